// One bot of every brain, the services behind them in processes of their own, and people who talk to them: for tests
// that ask whether each message gets exactly one answer.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { messagesOf } from './follower.mjs';
import { StandIn } from './stand_in.mjs';
import { until } from './troupe.mjs';

const program = join(import.meta.dirname, '../programs/answering_bot.mjs');
const counted = (n, from) => Array.from({ length: n }, (_, i) => `word${i + from}`).join(' ');

/**
 * What each bot is asked and what a whole answer to it is. A message's text carries a word of its own (`mark`), and the
 * answers tell the conversation that they belong to, so that one that went astray is seen. `begins`: how an answer begins
 * that comes word by word, up to where it names its question.
 */
export const kinds = {
  echo: { ask: (mark) => mark, whole: (body, mark) => body === mark },
  flowise: { service: 'flowise', streams: true, ask: (mark) => `slow whose ${mark}`,
    begins: (mark) => `${counted(40, 0)} for slow whose ${mark}`,
    whole: (body, mark, talk) => body === `${counted(40, 0)} for slow whose ${mark} in flowise:${talk.place}` },
  openai: { service: 'openai', streams: true, ask: (mark) => `paced ${mark}`,
    begins: (mark) => `${counted(24, 1)} for paced ${mark}`,
    whole: (body, mark) => {
      const parts = new RegExp(`^${counted(24, 1)} for (.*) heard (\\[.*\\])$`).exec(body);
      if (!parts) return false;
      const heard = JSON.parse(parts[2]);
      const marks = heard.map((text) => /paced (\S+-\d+z)$/.exec(text)?.[1]);
      const name = mark.slice(0, mark.lastIndexOf('-'));
      return heard.at(-1) === parts[1] && marks.at(-1) === mark && new Set(marks).size === marks.length
        && marks.every((m) => m?.startsWith(`${name}-`));
    } },
  webhook: { service: 'webhook', ask: (mark) => mark, whole: (body, mark, talk) => body === `heard ${mark} from ${talk.user.id} in webhook:${talk.place}` },
  later: { service: 'later', streams: true, ask: (mark) => mark, begins: () => 'One moment.',
    whole: (body, mark, talk) => body === `heard ${mark} from ${talk.user.id} in later:${talk.place}` },
  command: { ask: (mark, plan) => (plan.remindIn ? `!remind in ${plan.remindIn} seconds to ${mark}` : '!ping'),
    whole: (body, mark, talk, plan) => (plan.remindIn ? /^Reminder \d+ is set for /.test(body) : body === 'pong') },
  program: { ask: (mark) => mark, whole: (body, mark) => body === `heard: ${mark}` },
};
export const services = ['flowise', 'openai', 'webhook', 'later'];

/** The sentences that a person may get in place of an answer when the brain was killed; the first group is what came. */
const sentence = /^([^]*?)(?:\n\n)?(?:I cannot answer this right now|My brain took too long to answer|The answer broke off here) \(reference [0-9a-f]{8}\)\.$/;

/**
 * Starts the services, makes and starts one bot of every kind (or of the kinds named). Yields {bots: kind → user id,
 * services: name → StandIn}. `platforms`: where later answers are posted to.
 */
export async function startBots(troupe, { only = Object.keys(kinds), platforms = troupe.platform } = {}) {
  const running = {
    flowise: await StandIn.start('flowise', { tokenMs: 30 }),
    openai: await StandIn.start('openai', { wordMs: 40 }),
    webhook: await StandIn.start('webhook', { thinkMs: 150 }),
    later: await StandIn.start('webhook', { thinkMs: 50, later: true, laterMs: 400, meanwhile: 'One moment.',
      troupe: platforms, file: join(troupe.data, 'promises.json') }),
  };
  const flow = '3b1f2c9e-0c1d-4f7a-9f55-6c6c7b1d2e3f';
  const brains = {
    echo: { kind: 'echo', config: {} },
    flowise: { kind: 'flowise', config: { url: `${running.flowise.base}/api/v1/prediction/${flow}` } },
    openai: { kind: 'openai', config: { base_url: `${running.openai.base}/v1`, model: 'stand-in', retries: 5, name_senders: false } },
    webhook: { kind: 'webhook', config: { url: `${running.webhook.base}/`, retries: 5, later_s: 0 } },
    later: { kind: 'webhook', config: { url: `${running.later.base}/`, retries: 5 } },
    command: { kind: 'command', config: { shortest_interval_minutes: 1 } },
    program: { kind: 'program', config: { command: [process.execPath, program, troupe.data], stop_grace_s: 2 } },
  };
  const bots = {};
  for (const id of only) {
    const brain = brains[id];
    const made = await troupe.api('POST', '/api/v1/bots', { bot_id: id, brain });
    assert.ok(made.status < 300, JSON.stringify(made.body));
    const started = await troupe.api('POST', `/api/v1/bots/${id}/start`);
    assert.ok(started.status < 300, JSON.stringify(started.body));
    bots[id] = made.body.bot.user_id;
  }
  return { bots, services: running };
}

/** Sends until it is acknowledged, as clients do: the same transaction id each time. Yields the event id. */
export async function sendSurely(user, room, content, txn) {
  for (;;) {
    try {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${encodeURIComponent(txn)}`;
      return (await user.request('PUT', path, content)).event_id;
    } catch (error) {
      if (error.status && error.status < 500) throw error;
      await new Promise((r) => setTimeout(r, 30));
    }
  }
}

/** A conversation: people in a room with one bot or more. What was said in it is checked in `answersTo` and `account`. */
export class Talk {
  /** user: who writes; follower: their client; kind: the bot; others: kinds that are in the room as well. */
  constructor({ name, user, follower, kind, bots, others = [], people = [] }) {
    Object.assign(this, { name, user, follower, kind, bots, others, people, questions: [] });
  }
  get group() { return this.others.length > 0; }

  /** A new room with everybody in it. */
  async open() {
    const invited = [this.kind, ...this.others].map((kind) => this.bots[kind]);
    this.room = await this.user.createRoom({ preset: 'private_chat', invite: [...invited, ...this.people.map((p) => p.id)] });
    for (const person of this.people) await person.join(this.room);
    await until(async () => {
      const { joined } = await this.user.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(this.room)}/joined_members`);
      return invited.every((bot) => joined[bot]);
    }, `${invited} to join ${this.room}`, 60_000);
    this.root = undefined;
  }

  /** Asks; `plan` says what of this round concerns talks. Yields when the message is acknowledged. */
  async ask(round, plan) {
    const kind = this.group ? plan.groupKind : this.kind;
    const user = this.group && plan.otherPerson ? this.people[0] : this.user;
    const mark = `${this.name}-${round}z`;
    const text = kinds[kind].ask(mark, plan);
    const content = { msgtype: 'm.text', body: text };
    const question = { mark, round, kind, plan, room: this.room, place: this.room, user, bot: this.bots[kind], group: this.group };
    if (this.group) {
      content.body = `${kind}: ${text}`;
      content['m.mentions'] = { user_ids: [question.bot] };
      if (plan.inThread && this.root) {
        question.thread = this.root;
        question.place = `${this.room}:${this.root}`;
        content['m.relates_to'] = { rel_type: 'm.thread', event_id: this.root };
      }
    }
    this.questions.push(question);
    question.event = await sendSurely(user, this.room, content, `ask-${mark}`);
    if (this.group) this.root ??= question.event;
  }
}

/** What a bot's message answers: brains say it in their mark, the program by replying. */
export function answeredBy(message) {
  return message.content['org.troupe.bot']?.answers ?? message.content['m.relates_to']?.['m.in_reply_to']?.event_id;
}
const isReminder = (message) => message.body.startsWith('⏰');

/** The messages among these that answer a question. */
export const answersTo = (question, messages) => messages.filter((m) => m.sender === question.bot && answeredBy(m) === question.event && !isReminder(m));

/** 'whole', 'sentence' (only where the brain was killed), or what is wrong with the message as the final answer. */
export function judge(question, message, killed) {
  const { whole } = kinds[question.kind];
  const relation = message.content['m.relates_to'];
  if (question.thread && (relation?.rel_type !== 'm.thread' || relation.event_id !== question.thread)) return 'outside of its thread';
  if (!question.thread && relation?.rel_type === 'm.thread') return 'in a thread';
  if (whole(message.body, question.mark, question, question.plan)) return 'whole';
  const said = sentence.exec(message.body);
  if (!said) return 'not whole';
  if (!killed.has(kinds[question.kind].service)) return 'a sentence though its brain was not killed';
  // What had come before is the beginning of this very answer, broken off after any word.
  const begun = said[1].trim();
  if (begun === '') return 'sentence';
  const begins = kinds[question.kind].begins?.(question.mark);
  if (!begins) return begun.includes(question.mark) ? 'sentence' : 'begins with something else';
  return begins.startsWith(begun) || begun.startsWith(begins) ? 'sentence' : 'begins with something else';
}

/** The questions of a talk that have no answer yet that nothing will be added to, in words. Fails as soon as one has two. */
export function unsettled(talk, killedIn) {
  const messages = messagesOf(talk.follower.events(talk.room));
  return talk.questions.filter((q) => q.room === talk.room).flatMap((question) => {
    const answers = answersTo(question, messages);
    const shown = `${question.mark} (${question.event}) in ${talk.room}: ${JSON.stringify(answers.map((a) => a.body))}`;
    assert.ok(answers.length < 2, `two answers to ${shown}`);
    const verdict = answers.length ? judge(question, answers[0], killedIn(question.round)) : 'no answer';
    return ['whole', 'sentence'].includes(verdict) ? [] : [`${verdict}: ${shown}`];
  });
}

/**
 * The last look at a room, with everything that was ever said in it: each question has one answer, and nothing else was
 * said by a bot but what `expected` (body → times left) allows. Yields how the questions were answered.
 */
export function account(room, events, questions, killedIn, expected, bots) {
  const messages = messagesOf(events);
  const ofBots = messages.filter((m) => bots.has(m.sender));
  const counts = { whole: 0, sentence: 0 };
  const left = new Set(ofBots);
  for (const question of questions) {
    const answers = answersTo(question, ofBots);
    const shown = () => `${question.mark} (${question.event}) in ${room}: ${JSON.stringify(answers.map((a) => [a.id, a.body]))}`;
    assert.equal(answers.length, 1, `${answers.length} answers to ${shown()}`);
    const verdict = judge(question, answers[0], killedIn(question.round));
    assert.ok(verdict in counts, `${verdict}: ${shown()}`);
    counts[verdict]++;
    left.delete(answers[0]);
  }
  for (const message of left) {
    const key = message.body.split('\n\n(late by ')[0];
    assert.ok(expected.get(key) > 0, `nobody asked for ${message.id} in ${room}: ${message.sender} said ${JSON.stringify(message.body)}`);
    expected.set(key, expected.get(key) - 1);
  }
  return counts;
}
