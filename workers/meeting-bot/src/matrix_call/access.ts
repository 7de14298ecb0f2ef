// The account that the bot is in a Matrix room with, as BOT_CONFIG says: absent, the bot is a guest of Element Call's page.
import { ConfigError } from '../config_error.ts';

export interface Focus {
  readonly type: 'livekit';
  readonly livekit_service_url: string;
}
export interface MatrixAccess {
  readonly homeserverUrl: string;
  readonly userId: string;
  readonly deviceId: string;
  /** Of this one meeting's device. */
  readonly accessToken: string;
  readonly roomId: string;
  /** `legacy`: a call of two without a server between them. */
  readonly call: 'rtc' | 'legacy';
  readonly callId: string | null;
  /** Who has said in this room that they are not to be heard. */
  readonly declined: readonly string[];
  /** Where the sound goes; null: what the homeserver says. */
  readonly foci: readonly Focus[] | null;
}

/** The specification's own limit of an identifier. */
export const longestId = 255;
const longestUrl = 2048;
const mostDeclined = 10_000;
const mostFoci = 8;

type Members = Record<string, unknown>;

function text(from: Members, name: string, longest: number): string {
  const value = from[name];
  if (typeof value !== 'string' || value === '' || value.length > longest) throw new ConfigError(`matrix.${name} must be a text of at most ${longest} characters`);
  return value;
}

function web(from: Members, name: string): string {
  const url = URL.parse(text(from, name, longestUrl));
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new ConfigError(`matrix.${name} must be an address (http: https:)`);
  return url.href.replace(/\/+$/, '');
}

function list(from: Members, name: string, most: number): unknown[] | null {
  const value = from[name];
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || value.length > most) throw new ConfigError(`matrix.${name} must be a list of at most ${most}`);
  return value;
}

export function accessFrom(value: unknown): MatrixAccess | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) throw new ConfigError('matrix must be an object');
  const from = value as Members;
  const call = from['call'];
  if (call !== 'rtc' && call !== 'legacy') throw new ConfigError('matrix.call must be rtc or legacy');
  const declined = list(from, 'declined', mostDeclined) ?? [];
  if (!declined.every((one): one is string => typeof one === 'string' && one.length <= longestId)) throw new ConfigError('matrix.declined must be a list of user ids');
  return {
    homeserverUrl: web(from, 'homeserverUrl'),
    userId: text(from, 'userId', longestId),
    deviceId: text(from, 'deviceId', longestId),
    accessToken: text(from, 'accessToken', 4096),
    roomId: text(from, 'roomId', longestId),
    call,
    callId: from['callId'] === undefined || from['callId'] === null ? null : text(from, 'callId', longestId),
    declined,
    foci: list(from, 'foci', mostFoci)?.map((one) => ({ type: 'livekit', livekit_service_url: web((one ?? {}) as Members, 'livekit_service_url') })) ?? null,
  };
}
