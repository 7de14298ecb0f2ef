// Load for tests: people who send without end, clients who follow, and somebody who asks again and again.
import { MatrixUser } from './troupe.mjs';

export const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** Sends without end through one process, trying again (at either) with the same transaction id until it is answered. */
export class Sender {
  constructor(user, room, bases) {
    Object.assign(this, { user, room, bases, acked: new Map(), tries: 0, running: true, slowest: 0 });
    this.loop = this.run();
  }
  async run() {
    for (let n = 0; this.running; n++) {
      const txn = `${this.user.id}.${n}`;
      const start = Date.now();
      for (let attempt = 0; ; attempt++) {
        this.tries++;
        const base = this.bases[attempt % this.bases.length];
        const at = Object.assign(new MatrixUser(), { base: base.matrix, token: this.user.token });
        try {
          this.acked.set(txn, await at.send(this.room, txn, txn));
          break;
        } catch (error) {
          if (error.status && error.status < 500) throw error;
          if (Date.now() - start > 90_000) throw new Error(`${txn} got no answer for 90 s: ${error.message}`);
          await pause(50);
        }
      }
      this.slowest = Math.max(this.slowest, Date.now() - start);
    }
  }
  async stop() {
    this.running = false;
    await this.loop;
  }
}

/**
 * Follows one room by /sync at one process; trouble is tried again. What an answer leaves out (`limited`) is read backwards
 * from /messages, up to the token of the answer before. `limit`: events in one answer. `resumes`: after its first answer it
 * asks for nothing until this is settled.
 */
export class Watcher {
  constructor(user, room, base, { limit = 1000, resumes } = {}) {
    Object.assign(this, { user, room, base, limit, resumes, seen: [], gaps: 0, running: true });
    this.loop = this.run();
  }
  async run() {
    while (this.running) {
      if (this.since) await this.resumes;
      try {
        const at = Object.assign(new MatrixUser(), { base: this.base.matrix, token: this.user.token });
        const answer = await at.sync({ ...(this.since ? { since: this.since } : {}), timeout: 1000,
          filter: { room: { timeline: { limit: this.limit } } } });
        const timeline = answer.rooms?.join?.[this.room]?.timeline;
        if (timeline?.limited && this.since) await this.fill(at, timeline.prev_batch);
        this.since = answer.next_batch;
        for (const event of timeline?.events ?? []) if (event.type === 'm.room.message') this.seen.push(event.event_id);
      } catch {
        await pause(50);
      }
    }
  }
  async fill(at, from) {
    this.gaps++;
    const missed = [];
    while (from) {
      const page = await at.messages(this.room, { from, to: this.since });
      missed.push(...page.chunk.filter((e) => e.type === 'm.room.message').map((e) => e.event_id));
      from = page.end;
    }
    this.seen.push(...missed.reverse());
  }
  async stop() {
    this.running = false;
    await this.loop;
  }
}

/** Asks one process for what it must read from the database. What fails while it may not is kept in `failures`; `inARow` were answered since the last failure. */
export class Asker {
  constructor(user, base) {
    Object.assign(this, { user, base, answered: 0, inARow: 0, failures: [], mayFail: true, running: true });
    this.loop = this.run();
  }
  async run() {
    const at = Object.assign(new MatrixUser(), this.user, { base: this.base.matrix });
    while (this.running) {
      const began = this.mayFail;
      try {
        await at.request('GET', `/_matrix/client/v3/profile/${encodeURIComponent(this.user.id)}`);
        this.inARow++;
        if (!this.mayFail) this.answered++;
      } catch (error) {
        this.inARow = 0;
        if (!began) this.failures.push(error.message);
      }
      await pause(5);
    }
  }
  async stop() {
    this.running = false;
    await this.loop;
  }
}
