// The form of a service's settings: what it begins with, and what of it is sent.
import type { Pack, PackChange, PackSettings } from '../api/types';

export type Rule = 'pack' | 'asker' | 'administrator' | 'named';

export interface ServiceValues {
  enabled: boolean;
  /** '' is the pack's own address. */
  base_url: string;
  rule: Rule;
  /** One user id a line. */
  names: string;
  /** By name; '' stays as it is. */
  secrets: Record<string, string>;
  /** Stored ones that are to go. */
  forget: Record<string, boolean>;
}

export function startOf({ enabled }: Pack, settings: PackSettings): ServiceValues {
  return {
    enabled,
    base_url: settings.base_url_from === 'stored' ? settings.base_url : '',
    rule: settings.approval_set ? settings.approval.by : 'pack',
    names: (settings.approval_set ? (settings.approval.names ?? []) : []).join('\n'),
    secrets: Object.fromEntries(settings.keys.map(({ name }) => [name, ''])),
    forget: {},
  };
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** Only what is other than before: a secret that nobody typed is not sent. */
export function changeOf(values: ServiceValues, start: ServiceValues): PackChange {
  const secrets: Record<string, string | null> = {};
  for (const [name, forget] of Object.entries(values.forget)) if (forget) secrets[name] = null;
  for (const [name, value] of Object.entries(values.secrets)) if (value) secrets[name] = value;
  const names = linesOf(values.names);
  const ruleChanged =
    values.rule !== start.rule || (values.rule === 'named' && names.join('\n') !== linesOf(start.names).join('\n'));
  return {
    ...(values.enabled !== start.enabled && { enabled: values.enabled }),
    ...(values.base_url.trim() !== start.base_url && { base_url: values.base_url.trim() }),
    ...(Object.keys(secrets).length > 0 && { secrets }),
    ...(ruleChanged && { approval: { by: values.rule, ...(values.rule === 'named' && { names }) } }),
  };
}
