// One line of what the assistant called or ran, from the detail of its entry in the log.
import type { AuditEntry } from '@/kit/api/types';

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

/** "companycam POST /v2/projects/1002/comments → 201"; empty for what is no call or command. */
export function saidOf({ kind, detail }: Pick<AuditEntry, 'kind' | 'detail'>): string {
  const known = detail ?? {};
  if (kind === 'api_call') {
    const outcome = text(known.status) || text(known.error);
    return [text(known.service), text(known.method), pathOf(text(known.url)), outcome && `→ ${outcome}`]
      .filter(Boolean)
      .join(' ');
  }
  if (kind === 'command_run') {
    const outcome = text(known.exit_code) || text(known.error);
    return [text(known.command), outcome && `→ ${outcome}`].filter(Boolean).join(' ');
  }
  return '';
}

/** The whole address stands in the detail. */
const pathOf = (url: string): string => (URL.canParse(url) ? new URL(url).pathname : url);
