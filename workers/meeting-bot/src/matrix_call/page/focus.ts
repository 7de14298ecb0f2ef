// Where the sound of a call is: the LiveKit servers that the homeserver names or the members are at, and the way in to each. A
// service is asked who we are by a token that is good for nothing else.
import type { MatrixClient } from 'matrix-js-sdk';
import type { Focus, MatrixAccess } from '../access.ts';
import { Ended } from '../protocol.ts';

const timeout = 15_000;
const mostFoci = 8;
const longestUrl = 2048;

/** Those of one's own homeserver, the first of which the bot is at. */
export async function ownFoci(access: MatrixAccess): Promise<readonly Focus[]> {
  if (access.foci) return access.foci;
  const ask = async (path: string, member: string, headers: Record<string, string>): Promise<Focus[]> => {
    const answer = await fetch(`${access.homeserverUrl}${path}`, { headers, signal: AbortSignal.timeout(timeout) });
    if (!answer.ok && answer.status !== 404) throw new Ended('no_way_in', `the homeserver does not say what calls run over: ${answer.status}`);
    return answer.ok ? fociIn(((await answer.json()) as Record<string, unknown>)[member]) : [];
  };
  const told = await ask('/_matrix/client/unstable/org.matrix.msc4143/rtc/transports', 'rtc_transports', { authorization: `Bearer ${access.accessToken}` });
  return told.length ? told : ask('/.well-known/matrix/client', 'org.matrix.msc4143.rtc_foci', {});
}

/** What somebody else has written: nothing but the addresses of LiveKit services. */
export function fociIn(value: unknown): Focus[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, mostFoci).flatMap((one: unknown): Focus[] => {
    const { type, livekit_service_url: url } = (one ?? {}) as Record<string, unknown>;
    const parsed = typeof url === 'string' && url.length <= longestUrl ? URL.parse(url) : null;
    return type === 'livekit' && parsed && ['http:', 'https:'].includes(parsed.protocol) ? [{ type, livekit_service_url: url as string }] : [];
  });
}

/** Where a member of the call says that their sound is. */
export interface Named {
  readonly userId: string;
  /** Where it is by the call's rules. */
  readonly at: unknown;
  /** What they wrote themselves. */
  readonly wrote: unknown;
}

/**
 * Where the bot goes for the others' sound. Besides what its own homeserver names, only what people of other homeservers do, over
 * TLS: where everybody is of one's own, nobody can send the bot elsewhere. A homeserver that names nothing leaves it to all.
 */
export function fociOf(members: readonly Named[], own: readonly Focus[], self: string): Focus[] {
  const serverOf = (id: string): string => id.slice(id.indexOf(':') + 1);
  const strangers = members.filter(({ userId }) => own.length === 0 || serverOf(userId) !== serverOf(self));
  const named = new Set(strangers.flatMap(({ wrote }) => fociIn(wrote)).map((one) => one.livekit_service_url).filter((url) => url.startsWith('https:')));
  for (const one of own) named.add(one.livekit_service_url);
  return members.flatMap(({ at }) => fociIn([at])).filter((one) => named.has(one.livekit_service_url));
}

export interface WayIn {
  readonly url: string;
  readonly jwt: string;
}

export async function wayIn(client: MatrixClient, access: MatrixAccess, focus: Focus): Promise<WayIn> {
  const { access_token, token_type, matrix_server_name, expires_in } = await client.getOpenIdToken();
  const answer = await fetch(`${focus.livekit_service_url.replace(/\/+$/, '')}/sfu/get`, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ room: access.roomId, openid_token: { access_token, token_type, matrix_server_name, expires_in }, device_id: access.deviceId }),
    redirect: 'error', signal: AbortSignal.timeout(timeout) });
  if (!answer.ok) throw new Ended('no_way_in', `the LiveKit service answers ${answer.status}`);
  const { url, jwt } = (await answer.json()) as Record<string, unknown>;
  if (typeof url !== 'string' || typeof jwt !== 'string' || !['ws:', 'wss:', 'http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new Ended('no_way_in', 'the LiveKit service names no server');
  }
  return { url, jwt };
}
