// The file of a message, by the fields of its content: Client-Server API #instant-messaging.

export interface FileOfMessage {
  kind: 'picture' | 'sound' | 'film' | 'other';
  /** Nothing: the file is encrypted, its address is none, or it lies elsewhere. */
  mediaId?: string;
  /** Another server's: what has the same id here is some other file. */
  elsewhere?: boolean;
}

const kinds: Record<string, FileOfMessage['kind']> = {
  'm.image': 'picture',
  'm.audio': 'sound',
  'm.video': 'film',
  'm.file': 'other',
};

/** Nothing: the message has no file. `reporter` is a user of this server, whose name their id ends with. */
export function reportedFile(content: Record<string, unknown>, reporter: string): FileOfMessage | undefined {
  const { msgtype, url, file } = content;
  const sticker = msgtype === undefined && typeof url === 'string';
  const kind = sticker ? 'picture' : typeof msgtype === 'string' ? kinds[msgtype] : undefined;
  if (!kind) return undefined;
  const [, server, mediaId] = (typeof url === 'string' && !file && /^mxc:\/\/([^/]+)\/([\w-]+)$/.exec(url)) || [];
  if (server && server !== reporter.slice(reporter.indexOf(':') + 1)) return { kind, elsewhere: true };
  return { kind, ...(mediaId && { mediaId }) };
}
