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
 * TLS and on a public host: where everybody is of one's own, nobody can send the bot elsewhere. A homeserver that names nothing
 * leaves it to who has been in the call longest (the first of `members`), and to nobody else.
 */
export function fociOf(members: readonly Named[], own: readonly Focus[], self: string): Focus[] {
  const serverOf = (id: string): string => id.slice(id.indexOf(':') + 1);
  const believed = own.length === 0 ? members.slice(0, 1) : members.filter(({ userId }) => serverOf(userId) !== serverOf(self));
  const named = new Set(believed.flatMap(({ wrote }) => fociIn(wrote)).map((one) => one.livekit_service_url).filter((url) => isPublic(url)));
  for (const one of own) named.add(one.livekit_service_url);
  return members.flatMap(({ at }) => fociIn([at])).filter((one) => named.has(one.livekit_service_url));
}

/** Over TLS, by a name that is of no machine or net of one's own. */
export function isPublic(url: string, protocols: readonly string[] = ['https:']): boolean {
  const parsed = URL.parse(url), host = parsed?.hostname.replace(/\.$/, '') ?? '';
  // A number in the end is an address of four, brackets one of six: no service that a stranger names needs one.
  if (!parsed || !protocols.includes(parsed.protocol) || parsed.username || parsed.password || host.startsWith('[') || /(^|\.)\d+$/.test(host)) return false;
  return host.includes('.') && !/\.(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa)$/.test(host);
}

export interface WayIn {
  readonly url: string;
  readonly jwt: string;
}

/** `own`: the homeserver's, which may be a machine of one's own net; a stranger's leads to a public server only. */
export async function wayIn(client: MatrixClient, access: MatrixAccess, focus: Focus, own: boolean): Promise<WayIn> {
  const { access_token, token_type, matrix_server_name, expires_in } = await client.getOpenIdToken();
  const answer = await fetch(`${focus.livekit_service_url.replace(/\/+$/, '')}/sfu/get`, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ room: access.roomId, openid_token: { access_token, token_type, matrix_server_name, expires_in }, device_id: access.deviceId }),
    redirect: 'error', signal: AbortSignal.timeout(timeout) });
  if (!answer.ok) throw new Ended('no_way_in', `the LiveKit service answers ${answer.status}`);
  const { url, jwt } = (await answer.json()) as Record<string, unknown>;
  if (typeof url !== 'string' || typeof jwt !== 'string' || !['ws:', 'wss:', 'http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new Ended('no_way_in', 'the LiveKit service names no server');
  }
  if (!own && !isPublic(url, ['wss:', 'https:'])) throw new Ended('no_way_in', 'the LiveKit service of a stranger names a server that is not public');
  return { url, jwt };
}
