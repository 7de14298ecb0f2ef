// The file of a message, by the fields of its content: Client-Server API #instant-messaging.

export interface FileOfMessage {
  kind: 'picture' | 'sound' | 'film' | 'other';
  /** Nothing: the file is encrypted, or its address is none. */
  mediaId?: string;
}

const kinds: Record<string, FileOfMessage['kind']> = {
  'm.image': 'picture',
  'm.audio': 'sound',
  'm.video': 'film',
  'm.file': 'other',
};

/** Nothing: the message has no file. */
export function reportedFile(content: Record<string, unknown>): FileOfMessage | undefined {
  const { msgtype, url, file } = content;
  const sticker = msgtype === undefined && typeof url === 'string';
  const kind = sticker ? 'picture' : typeof msgtype === 'string' ? kinds[msgtype] : undefined;
  if (!kind) return undefined;
  const mediaId = typeof url === 'string' && !file ? /^mxc:\/\/[^/]+\/([\w-]+)$/.exec(url)?.[1] : undefined;
  return { kind, ...(mediaId && { mediaId }) };
}
