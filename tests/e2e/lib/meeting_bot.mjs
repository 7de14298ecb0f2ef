// A meeting's bot inside a test's own process, in a container of the stand-in engine: it does what bots do, at random.
import { pause } from './chaos.mjs';
import { Voice } from './meeting_voice.mjs';

export class MeetingBot {
  constructor(container, chance) {
    Object.assign(this, { container, chance, config: JSON.parse(container.env.BOT_CONFIG), from: performance.now(), to: Infinity, isStubborn: chance.likely(0.1), acknowledged: [] });
    this.meeting = this.config.meeting_id;
    this.leaving = new AbortController();
    container.ends.push(() => {
      this.to = performance.now();
      this.leaving.abort();
    });
    container.onSignal = () => { if (!this.isStubborn) this.leave('completed', 'self_initiated_leave', 0); };
    this.run().catch((error) => { if (this.container.status === 'running') this.trouble = error; });
  }
  overlaps(other) { return this.from < other.to && other.from < this.to; }

  /** Calls back until it is heard, as long as it runs. */
  async say(status, more = {}) {
    const url = this.config.botManagerCallbackUrl.replace('/exited', '/status_change');
    const body = JSON.stringify({ connection_id: this.config.connectionId, container_id: this.config.container_name, status, ...more });
    for (let tries = 0; tries < 100 && this.container.status === 'running'; ++tries) {
      try {
        const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        await answer.text();
        if (answer.status < 500) return;
      } catch { /* Troupe is away */ }
      await pause(this.chance.between(50, 200));
    }
  }
  /** Says so many pieces, each again until it is acknowledged, as long as it runs. */
  async speak(count) {
    for (let n = 1; n <= count; ++n) {
      const text = `sentence ${n} of ${this.config.connectionId}`;
      for (let tries = 0; tries < 100 && this.container.status === 'running'; ++tries) {
        try {
          this.voice ??= await Voice.of(this.config);
          if (this.chance.likely(0.3)) await this.voice.say('Ann', `sentence ${n}`, n * 2, false);
          await this.voice.say('Ann', text, n * 2);
          this.acknowledged.push(text);
          break;
        } catch {
          this.voice?.end();
          this.voice = undefined;
          await pause(this.chance.between(50, 200));
        }
      }
      await pause(this.chance.between(0, 300));
    }
    this.voice?.end();
  }
  async leave(status, reason, code) {
    if (this.isLeaving) return;
    this.isLeaving = true;
    await this.say(status, { reason, exit_code: code });
    this.container.exit(code);
  }
  async run() {
    const rest = (from, to) => pause(this.chance.between(from, to), this.leaving.signal);
    await rest(0, 200);
    await this.say('joining');
    if (this.chance.likely(0.1)) return this.container.exit(3);
    await rest(0, 200);
    await this.say('awaiting_admission');
    if (this.chance.likely(0.05)) return this.leave('failed', 'admission_rejected_by_admin', 1);
    if (this.chance.likely(0.05)) return undefined; // it waits in the lobby
    await this.say('active');
    await this.speak(Math.floor(this.chance.between(0, 8)));
    if (this.chance.likely(0.3)) return this.leave('completed', this.chance.pick(['left_alone_timeout', 'removed_by_admin', 'normal_completion']), 0);
    return undefined; // until it is stopped
  }
}
