// What meetings, their states and their reasons are called.
import type { Meeting, MeetingState } from '../api/types';

export const platformNames: Record<string, string> = {
  google_meet: 'Google Meet',
  teams: 'Microsoft Teams',
  zoom: 'Zoom',
  jitsi: 'Jitsi',
  matrix: 'Matrix',
};
export const platformOf = ({ platform }: Pick<Meeting, 'platform'>) => platformNames[platform] ?? platform;

export const stateNames: Record<MeetingState, string> = {
  requested: 'Requested',
  starting: 'Starting',
  active: 'In the call',
  reconfiguring: 'Changing',
  stopping: 'Leaving',
  completed: 'Completed',
  failed: 'Failed',
  error: 'Error',
};

/** Within a sentence or a drawing; a state that is not known here is itself. */
export const sayState = (state: string): string =>
  (stateNames as Record<string, string>)[state]?.toLowerCase() ?? state;

const phases: Record<string, string> = {
  joining: 'The bot opens the call.',
  awaiting_admission: 'The bot waits in the lobby: somebody in the call has to let it in.',
  needs_human_help: 'The bot cannot get in by itself: somebody has to help it.',
};

const reasons: Record<string, string> = {
  stopped: 'Somebody stopped it.',
  left_alone: 'Everybody else had left.',
  startup_alone: 'Nobody else came.',
  evicted: 'It was removed from the call.',
  awaiting_admission_timeout: 'Nobody let it in.',
  awaiting_admission_rejected: 'It was not let in.',
  join_failure: 'It did not get into the call.',
  auth_session_missing: 'The call asks for a sign-in that the bot does not have.',
  validation_error: 'The call’s address did not work.',
  max_bot_time_exceeded: 'It was in the call as long as this server allows.',
  stopped_before_admission: 'Somebody stopped it before it was let in.',
  stopped_with_no_audio: 'It heard nothing.',
  start_failed: 'It could not be started.',
  stop_failed: 'It could not be taken away.',
  bot_failed: 'The bot’s program broke off.',
  oom: 'The bot ran out of memory.',
  lost: 'Its machine lost it.',
};

const nowWords: Record<MeetingState, string> = {
  requested: 'A bot was asked for.',
  starting: 'A bot is being started.',
  active: 'The bot is in the call and listens.',
  reconfiguring: 'The bot is told of another language or task.',
  stopping: 'The bot leaves the call.',
  completed: 'The call is over.',
  failed: 'It did not work.',
  error: 'Something went wrong that nobody expected.',
};

/** How it stands, and why, in sentences. */
export function sayMeeting({ state, phase, reason, reason_raw }: Meeting): string[] {
  // A reason that is known was expected by somebody.
  const now = state === 'error' && reason && reasons[reason] ? nowWords.failed : nowWords[state];
  const said = [(state === 'starting' && phase && phases[phase]) || now];
  if (reason) said.push(reasons[reason] ?? (reason_raw ? `The reason: ${reason_raw}.` : `The reason: ${reason}.`));
  return said;
}

export const sayReason = (reason: string): string => reasons[reason] ?? reason;

const triggers: Record<string, string> = { requested: 'asked for' };
export const sayTrigger = (trigger: string): string => triggers[trigger] ?? trigger.replaceAll('_', ' ');
