// Why a bot is not in the call any more, and how that is said: `reason` in the words of Vexa's bots where they have one,
// `completion_reason` in those that servers store. The two agree: a server that reads only one is not misled.

export interface Ending {
  readonly status: 'completed' | 'failed';
  readonly reason: string;
  readonly completion_reason?: string;
  readonly exit_code: number;
  readonly failure_stage?: 'requested' | 'joining' | 'awaiting_admission' | 'active';
}

const completed = (reason: string, completion_reason: string): Ending => ({ status: 'completed', reason, completion_reason, exit_code: 0 });
const failed = (reason: string, completion_reason: string | undefined, failure_stage: Ending['failure_stage']): Ending => ({
  status: 'failed', reason, ...(completion_reason && { completion_reason }), exit_code: 1, ...(failure_stage && { failure_stage }) });

export const endings = {
  told_to_leave: completed('self_initiated_leave', 'stopped'),
  told_before_admission: completed('stop_requested_pre_admission', 'stopped'),
  asked_in_chat: completed('self_initiated_leave_from_browser', 'stopped'),
  not_answered: completed('admission_timeout', 'awaiting_admission_timeout'),
  rejected: completed('admission_rejected_by_admin', 'awaiting_admission_rejected'),
  nobody_came: completed('startup_alone_timeout', 'startup_alone'),
  left_alone: completed('left_alone_timeout', 'left_alone'),
  removed: completed('removed_by_admin', 'evicted'),
  /** The call was ended for everybody. */
  over: completed('meeting_ended', 'left_alone'),
  sign_in: failed('auth_session_missing', 'auth_session_missing', 'joining'),
  not_found: failed('meeting_not_found', 'validation_error', 'joining'),
  wrong_passcode: failed('wrong_passcode', 'validation_error', 'joining'),
  captcha: failed('blocked_by_captcha', 'join_failure', 'joining'),
  no_way_in: failed('join_meeting_error', 'join_failure', 'joining'),
  no_browser: failed('browser_not_started', 'join_failure', 'joining'),
  page_lost: failed('platform_handler_exception', undefined, 'active'),
} as const satisfies Record<string, Ending>;
export type EndingName = keyof typeof endings;

/** Ends the bot from wherever it is. */
export class Left extends Error {
  readonly ending: EndingName;
  constructor(ending: EndingName, detail = '') {
    super(`${endings[ending].reason}${detail && `: ${detail}`}`);
    this.ending = ending;
  }
}
