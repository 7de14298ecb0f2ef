// What a bot is told at its start: BOT_CONFIG (or VEXA_BOT_CONFIG), one line of JSON, and WHISPER_LIVE_URL, as Vexa's bots
// read them. Unknown members are dropped; what is missing or wrong is named, never guessed.
import { ConfigError } from './config_error.ts';
import { accessFrom, type MatrixAccess } from './matrix_call/access.ts';

export const platforms = ['google_meet', 'teams', 'zoom', 'jitsi', 'matrix'] as const;
export type PlatformName = (typeof platforms)[number];
export type SpeechTask = 'transcribe' | 'translate';

export interface BotConfig {
  readonly platform: PlatformName;
  readonly meetingUrl: URL;
  readonly nativeMeetingId: string;
  readonly botName: string;
  readonly token: string;
  /** The session: said in every callback, and the name of the command channel. */
  readonly connectionId: string;
  readonly meetingId: number | null;
  readonly containerName: string | null;
  /** null: detected. */
  readonly language: string | null;
  readonly task: SpeechTask;
  readonly redisUrl: string | null;
  readonly whisperUrl: string | null;
  /** The address that ends in /exited; null: nobody is told. */
  readonly callbackUrl: URL | null;
  readonly passcode: string | null;
  /** Milliseconds. */
  readonly leave: { readonly lobby: number; readonly nobodyCame: number; readonly everyoneLeft: number };
  /** Where the call's sound is brought, piece by piece; null: it is not recorded. */
  readonly recordingUrl: URL | null;
  /** Says in the call's chat who listens. */
  readonly notice: boolean;
  /** The account that it is in a Matrix room with. */
  readonly matrix: MatrixAccess | null;
}

export { ConfigError };

const longestText = 4096;
const longestConfig = 128 * 1024;
const day = 86_400_000;
const wanted = { lobby: 300_000, nobodyCame: 120_000, everyoneLeft: 60_000 };

type Members = Record<string, unknown>;

function text(from: Members, name: string): string {
  const value = from[name];
  if (typeof value !== 'string' || value === '') throw new ConfigError(`${name} must be a text that is not empty`);
  if (value.length > longestText) throw new ConfigError(`${name} is longer than ${longestText} characters`);
  return value;
}

function maybeText(from: Members, name: string): string | null {
  return from[name] === undefined || from[name] === null || from[name] === '' ? null : text(from, name);
}

function address(value: string, name: string, schemes: string[]): URL {
  const url = URL.parse(value);
  if (!url || !schemes.includes(url.protocol)) throw new ConfigError(`${name} must be an address (${schemes.join(' ')})`);
  return url;
}

function milliseconds(from: Members, name: string, otherwise: number): number {
  const value = from[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new ConfigError(`automaticLeave.${name} must be a number of milliseconds`);
  }
  return Math.min(value, day);
}

export function taskOf(value: unknown): SpeechTask {
  if (value === undefined || value === null || value === '' || value === 'transcribe') return 'transcribe';
  if (value === 'translate') return 'translate';
  throw new ConfigError('task must be transcribe or translate');
}

export function languageOf(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || !/^[a-z]{2,3}$/.test(value)) throw new ConfigError('language must be a code such as en');
  return value;
}

function members(value: unknown, name: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ConfigError(`${name} must be an object`);
  return value as Members;
}

/** Throws ConfigError with a sentence that names the member, never its value: the text holds secrets. */
export function configFrom(environment: Record<string, string | undefined>): BotConfig {
  const given = environment['BOT_CONFIG'] || environment['VEXA_BOT_CONFIG'];
  if (!given) throw new ConfigError('BOT_CONFIG is not set');
  if (given.length > longestConfig) throw new ConfigError('BOT_CONFIG is too long');
  let parsed: unknown;
  try {
    parsed = JSON.parse(given);
  } catch {
    throw new ConfigError('BOT_CONFIG is not JSON');
  }
  const from = members(parsed, 'BOT_CONFIG');
  const platform = platforms.find((name) => name === from['platform']);
  if (!platform) throw new ConfigError(`platform must be one of ${platforms.join(', ')}`);
  const leave = members(from['automaticLeave'] ?? {}, 'automaticLeave');
  const callback = maybeText(from, 'botManagerCallbackUrl');
  const callbackUrl = callback ? address(callback, 'botManagerCallbackUrl', ['http:', 'https:']) : null;
  if (callbackUrl && !callbackUrl.pathname.endsWith('/exited')) throw new ConfigError('botManagerCallbackUrl must end in /exited');
  const whisper = environment['WHISPER_LIVE_URL'] || null;
  if (whisper) address(whisper, 'WHISPER_LIVE_URL', ['ws:', 'wss:']);
  const redis = maybeText(from, 'redisUrl');
  if (redis) address(redis, 'redisUrl', ['redis:', 'rediss:']);
  const matrix = platform === 'matrix' ? accessFrom(from['matrix']) : null;
  const recording = from['recordingEnabled'] === true ? maybeText(from, 'recordingUploadUrl') : null;
  const id = from['meeting_id'];
  return {
    platform,
    meetingUrl: address(text(from, 'meetingUrl'), 'meetingUrl', ['https:']),
    nativeMeetingId: text(from, 'nativeMeetingId'),
    botName: text(from, 'botName'),
    token: text(from, 'token'),
    connectionId: text(from, 'connectionId'),
    meetingId: typeof id === 'number' ? id : null,
    containerName: maybeText(from, 'container_name'),
    language: languageOf(from['language']),
    task: taskOf(from['task']),
    redisUrl: redis,
    whisperUrl: whisper,
    callbackUrl,
    passcode: maybeText(from, 'passcode'),
    leave: {
      lobby: milliseconds(leave, 'waitingRoomTimeout', wanted.lobby),
      nobodyCame: milliseconds(leave, 'noOneJoinedTimeout', wanted.nobodyCame),
      everyoneLeft: milliseconds(leave, 'everyoneLeftTimeout', wanted.everyoneLeft),
    },
    recordingUrl: recording ? address(recording, 'recordingUploadUrl', ['http:', 'https:']) : null,
    notice: environment['MEETING_BOT_NOTICE'] !== 'off',
    matrix,
  };
}
