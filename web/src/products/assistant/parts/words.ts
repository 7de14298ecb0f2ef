// Where a task and its steps stand, in words, and the colour of each.

export type Tone = 'running' | 'moving' | 'warning' | 'failed' | 'idle';
interface Said {
  word: string;
  tone: Tone;
}

const phases: Record<string, Said> = {
  planned: { word: 'Ready to run', tone: 'idle' },
  awaiting_choice: { word: 'Needs a choice', tone: 'warning' },
  awaiting_answer: { word: 'Needs an answer', tone: 'warning' },
  awaiting_approval: { word: 'Needs approval', tone: 'warning' },
  unknown_outcome: { word: 'Outcome unknown', tone: 'warning' },
  executing: { word: 'Running', tone: 'moving' },
  cancelling: { word: 'Stopping', tone: 'moving' },
  done: { word: 'Done', tone: 'running' },
  failed: { word: 'Failed', tone: 'failed' },
  rejected: { word: 'Rejected', tone: 'idle' },
  cancelled: { word: 'Cancelled', tone: 'idle' },
};
const steps: Record<string, Said> = {
  pending: { word: 'To do', tone: 'idle' },
  running: { word: 'Running', tone: 'moving' },
  done: { word: 'Done', tone: 'running' },
  error: { word: 'Failed', tone: 'failed' },
  skipped: { word: 'Not needed', tone: 'idle' },
};
const decisions: Record<string, Said> = {
  pending: { word: 'Waits', tone: 'warning' },
  approved: { word: 'Approved', tone: 'running' },
  rejected: { word: 'Rejected', tone: 'failed' },
  withdrawn: { word: 'Withdrawn', tone: 'idle' },
};

/** What is not known here, of a newer server, is shown as it is. */
const say = (known: Record<string, Said>, name: string): Said => known[name] ?? { word: inWords(name), tone: 'idle' };
export const sayPhase = (phase: string) => say(phases, phase);
export const sayStep = (status: string) => say(steps, status);
export const sayDecision = (state: string) => say(decisions, state);

const ended = new Set(['done', 'failed', 'rejected', 'cancelled']);
const moving = new Set(['executing', 'cancelling']);
export const isEnded = (phase: string) => ended.has(phase);
export const isMoving = (phase: string) => moving.has(phase);

/** "send_message" → "Send message" */
export function inWords(name: string): string {
  const words = name.replaceAll('_', ' ').trim();
  return words && words[0]!.toUpperCase() + words.slice(1);
}

/** "slack.send_message" → "Slack: send message"; by the service's own title where it is known. */
export function sayAction(action: string, title?: string): string {
  const dot = action.indexOf('.');
  if (dot < 0) return inWords(action);
  const service = title ?? inWords(action.slice(0, dot));
  const what = action.slice(dot + 1).replaceAll('_', ' ');
  return what ? `${service}: ${what}` : service; // Nobody has chosen yet what to do there.
}
