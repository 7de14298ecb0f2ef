// Commands over Redis channels: bot_commands:{connectionId}, and bot_commands:meeting:{id} as later servers name it. They may
// come twice, and a channel that is not ours to read is no error. Without Redis the word to leave is SIGTERM.
import { createClient } from '@redis/client';
import { type BotConfig, ConfigError, languageOf, type SpeechTask, taskOf } from './config.ts';
import { log } from './log.ts';
import { within } from './time.ts';
import { wired } from './wire.ts';

/** What a change leaves out stays as it is. */
export interface Change {
  language?: string | null;
  task?: SpeechTask;
}
export interface CommandHandlers {
  leave(): void;
  reconfigure(change: Change): void;
  /** Writes in the call's chat. */
  say(text: string): void;
}

const longestCommand = 16 * 1024;
type Command = { action: 'leave' } | { action: 'reconfigure'; change: Change } | { action: 'chat_send'; text: string };

/** Null: nothing to obey. Unknown actions are not for this bot. */
export function commandOf(message: string): Command | null {
  if (message.length > longestCommand) return null;
  try {
    const body: unknown = JSON.parse(message);
    if (typeof body !== 'object' || body === null) return null;
    const from = body as Record<string, unknown>;
    if (from['action'] === 'leave') return { action: 'leave' };
    if (from['action'] === 'chat_send') {
      const text = from['text'];
      return typeof text === 'string' && text !== '' ? { action: 'chat_send', text } : null;
    }
    if (from['action'] !== 'reconfigure') return null;
    const change: Change = {};
    if ('language' in from) change.language = languageOf(from['language']);
    if ('task' in from) change.task = taskOf(from['task']);
    return { action: 'reconfigure', change };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ConfigError) return null;
    throw error;
  }
}

export class Commands {
  readonly #client;
  /** A connection that has subscribed can do nothing else. */
  readonly #speaker;
  readonly #reports: string;
  readonly #channels: string[];

  constructor(config: BotConfig, handlers: CommandHandlers) {
    this.#channels = [`bot_commands:${config.connectionId}`, ...(config.meetingId === null ? [] : [`bot_commands:meeting:${config.meetingId}`])];
    this.#client = config.redisUrl === null ? null : createClient({ url: config.redisUrl, RESP: 2, disableClientInfo: true,
      socket: { connectTimeout: 5_000, reconnectStrategy: (tries) => Math.min(250 * 2 ** Math.min(tries, 5), 5_000) } });
    this.#reports = `bot_reports:${config.connectionId}`;
    this.#speaker = this.#client?.duplicate() ?? null;
    for (const one of [this.#client, this.#speaker]) one?.on('error', (error: Error) => log('Redis:', error));
    this.handle = (message) => {
      const command = commandOf(message);
      if (!command) return log('a command that is none of this bot');
      if (command.action === 'leave') handlers.leave();
      else if (command.action === 'reconfigure') handlers.reconfigure(command.change);
      else if (this.#isNew(message)) handlers.say(command.text);
    };
  }

  /** Words come over both channels, and are said once: the same again after some seconds are said again. */
  #isNew(message: string): boolean {
    const now = Date.now();
    const again = message === this.#said.message && now - this.#said.at < 2_000;
    if (!again) this.#said = { message, at: now };
    return !again;
  }
  #said = { message: '', at: 0 };

  /** Public for tests. */
  readonly handle: (message: string) => void;

  /** Subscribes, and goes on trying; waits at most a few seconds, since a call is not missed for a command channel. */
  async open(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const ready = client.connect().then(() => Promise.all(this.#channels.map((channel) =>
      client.subscribe(channel, (message) => this.handle(message)).then(
        () => log('listening for commands'), (error: unknown) => log('a command channel is not ours:', error as Error)))));
    ready.catch((error: unknown) => log('Redis:', error as Error));
    await within(5_000, ready.then(() => undefined), undefined);
  }

  /** Says it to whoever listens; that nobody does is no error. */
  report(body: object): void {
    const speaker = this.#speaker;
    if (!speaker) return;
    const said = (speaker.isOpen ? Promise.resolve() : speaker.connect().then(() => {})).then(() => speaker.publish(this.#reports, wired(body)));
    said.then(() => log('reported'), (error: unknown) => log('a report was not taken:', error as Error));
  }

  close(): void {
    for (const one of [this.#client, this.#speaker]) if (one?.isOpen) one.destroy();
  }
}
