// A person's client that is open all the time: it follows every room by /sync and goes on when the server was away.
import { pause } from './chaos.mjs';

const filter = { presence: { types: [] }, account_data: { types: [] },
  room: { ephemeral: { types: [] }, account_data: { types: [] }, timeline: { limit: 1000, types: ['m.room.message'] } } };

export class Follower {
  constructor(user) {
    this.user = user;
    this.rooms = new Map(); // room → its message events, oldest first
    this.running = true;
    this.turn();
    this.loop = this.run();
  }
  turn() { this.changed = new Promise((r) => { this.wake = r; }); }

  async run() {
    while (this.running) {
      try {
        const answer = await this.user.sync({ ...(this.since ? { since: this.since } : {}), timeout: 2_000, filter });
        for (const [room, { timeline }] of Object.entries(answer.rooms?.join ?? {})) {
          const events = timeline.limited
            ? (await this.user.history(room)).filter((e) => e.type === 'm.room.message')
            : [...(this.rooms.get(room) ?? []), ...timeline.events];
          this.rooms.set(room, events);
        }
        this.since = answer.next_batch;
        this.wake();
        this.turn();
      } catch (error) {
        if (error.status && error.status < 500) { this.failure = error; return; }
        await pause(30); // the server is away
      }
    }
  }
  events(room) { return this.rooms.get(room) ?? []; }
  /** Looks whenever something came, until `check` yields something true. */
  async until(check, what, deadlineMs) {
    for (const end = Date.now() + deadlineMs;;) {
      if (this.failure) throw this.failure;
      const value = check();
      if (value) return value;
      if (Date.now() > end) throw new Error(`waited ${deadlineMs} ms for ${what()}`);
      await Promise.race([this.changed, pause(500)]);
    }
  }
  async stop() {
    this.running = false;
    await this.loop;
  }
}

/** The messages that these events show, oldest first, each with its newest text: {id, sender, body, content, edits}. */
export function messagesOf(events) {
  const messages = new Map();
  for (const event of events) {
    const relation = event.content['m.relates_to'];
    if (relation?.rel_type === 'm.replace') {
      const message = messages.get(relation.event_id);
      if (!message || message.sender !== event.sender) throw new Error(`${event.event_id} edits what is not there`);
      message.body = event.content['m.new_content'].body;
      message.edits++;
    } else {
      messages.set(event.event_id, { id: event.event_id, sender: event.sender, body: event.content.body ?? '', content: event.content, edits: 0 });
    }
  }
  return [...messages.values()];
}
