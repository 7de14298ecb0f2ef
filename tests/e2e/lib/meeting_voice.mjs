// What is said in a call, told to Troupe as a Vexa bot's transcriber tells it: pieces over the bot's own Redis.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Troupe, until } from './troupe.mjs';

const program = join(import.meta.dirname, '../programs/meeting_bot.mjs');

/** A server whose meeting bots are small programs that join calls by themselves. */
export async function startWithBots(env = {}) {
  const troupe = await Troupe.start({ env: {
    TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: '50', TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '5', ...env } });
  await troupe.terminate(); // the bot's command names the data folder, which is known now
  troupe.env.TROUPE_MEETINGS_BOT_COMMAND = [process.execPath, program, troupe.data].join(',');
  await troupe.launch();
  return troupe;
}

/** What the bot of a meeting was started with, once it runs. */
export const botOf = (troupe, id) => until(() => JSON.parse(readFileSync(join(troupe.data, `bot-${id}.json`), 'utf8')).config, `the bot of ${id}`);

const word = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const command = (...words) => `*${words.length}\r\n${words.map(word).join('')}`;

export class Voice {
  /** Speaks in a meeting whose bot runs. */
  static async join(troupe, id) { return Voice.of(await botOf(troupe, id)); }
  /** The same for the bot with this config. */
  static async of(config) {
    const voice = new Voice();
    voice.config = config;
    const url = new URL(voice.config.redisUrl);
    voice.socket = connect(Number(url.port), url.hostname);
    voice.answers = '';
    voice.socket.on('data', (data) => { voice.answers += data; });
    voice.socket.on('error', () => {});
    voice.socket.on('close', () => { voice.isCut = true; });
    const words = ['AUTH', ...(url.username ? [decodeURIComponent(url.username)] : []), decodeURIComponent(url.password)];
    await voice.ask(...words);
    await voice.tell({ type: 'session_start', start_timestamp: new Date().toISOString() });
    return voice;
  }
  async ask(...words) {
    this.answers = '';
    this.socket.write(command(...words));
    const answer = await until(() => {
      if (this.isCut) throw Object.assign(new Error('the connection was cut'), { fatal: true });
      return this.answers.endsWith('\r\n') && this.answers;
    }, `an answer to ${words[0]}`);
    if (answer.startsWith('-')) throw new Error(answer);
    return answer;
  }
  tell(payload) {
    const whole = { uid: this.config.connectionId, token: this.config.token, meeting_id: this.config.meeting_id, ...payload };
    return this.ask('XADD', 'transcription_segments', '*', 'payload', JSON.stringify(whole));
  }
  /** From `start` seconds on; the same start again replaces what was said. */
  say(speaker, text, start, completed = true) {
    return this.tell({ type: 'transcription', segments: [{ start, end: start + 1, text, language: 'en', speaker, completed }] });
  }
  end() { this.socket.destroy(); }
}
