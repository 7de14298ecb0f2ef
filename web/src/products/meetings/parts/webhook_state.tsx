// Whether a webhook is told, as a word with a colour; and why not.
import type { Webhook } from '../api/types';

export function WebhookStateBadge({ webhook: { enabled } }: { webhook: Webhook }) {
  return (
    <span className="state" data-tone={enabled ? 'running' : 'failed'}>
      {enabled ? 'On' : 'Off'}
    </span>
  );
}

export function WhyOff({ webhook: { enabled, disabled_why } }: { webhook: Webhook }) {
  if (enabled) return null;
  return <div className="small dim break-anywhere">It is told nothing{disabled_why ? `: ${disabled_why}` : '.'}</div>;
}
