// What is said in the room while the call goes on: who listens, who declines, and that the bot shall go. What cannot be read
// leaves everybody unheard, or ends the bot: never is somebody heard because a decline was missed.
import { Direction, EventType, type MatrixEvent, MatrixEventEvent, MsgType, RelationType, RoomEvent, RoomMemberEvent } from 'matrix-js-sdk';
import type { MatrixAccess } from '../access.ts';
import { type Change, Consent, isDecline, type Said, wordsOf } from '../consent.ts';
import type { Account } from './account.ts';
import type { Surroundings } from './call.ts';

/** Of what one answer left out: more than this is not read, and the bot leaves. */
const mostPages = 50;
const pageOf = 100;
const mostAsked = 1_000;
const mostDeclined = 10_000;
/** Messages of the bot's account whose marks are looked up at the begin: the newest. */
const mostOwn = 20;
const mostTries = 4;
const firstPause = 100;

export class Talk {
  readonly consent: Consent;
  readonly #account: Account;
  readonly #self: string;
  readonly #stopWord: string;
  readonly #over: Surroundings['over'];
  readonly #changed: (change: Change) => void;
  readonly #held: () => void;
  readonly #asked = new Map<string, Promise<boolean>>();
  /** When each has declined last: what was said before that undoes nothing. */
  readonly #declinedAt = new Map<string, number>();
  /** The same for everybody who has no place there. */
  #floor = 0;
  /** Who may just have declined: it is looked up. */
  readonly #unsure = new Map<string, number>();
  readonly #early: readonly { readonly event: MatrixEvent; readonly order: number }[];
  #seen = 0;
  #last: string | undefined;
  /** What is being read; the begin is the first. */
  #gaps = 1;
  #reading: Promise<void> = Promise.resolve();

  /** Hears the room from now on; nobody is known before `catchUp`. `held`: whether it is known who declines has changed. */
  constructor(account: Account, access: MatrixAccess, stopWord: string, over: Surroundings['over'], changed: (change: Change) => void, held: () => void) {
    this.#held = held;
    this.#account = account;
    this.#self = access.userId;
    this.#stopWord = stopWord;
    this.#over = over;
    this.#changed = changed;
    this.consent = new Consent(access.declined);
    const { room, client } = account;
    this.#early = room.getLiveTimeline().getEvents().map((event) => ({ event, order: ++this.#seen }));
    this.#last = this.#newest();
    // Whoever started the bot knows more than what was said before.
    for (const person of access.declined) this.#declines(person, this.#seen + 1);
    ++this.#seen;
    room.on(RoomEvent.Timeline, (event, of, atStart, _, data) => {
      if (of?.roomId === access.roomId && !atStart && data.liveEvent) void this.#see(event);
    });
    // The server leaves out what does not fit into one answer: nobody is heard until that was read, too.
    room.on(RoomEvent.TimelineReset, () => void this.#readGap());
    client.on(RoomMemberEvent.Membership, (_, member) => {
      if (member.roomId !== access.roomId || member.userId !== this.#self) return;
      if (member.membership !== 'join') over('removed', `the account's membership is now ${member.membership}`);
    });
  }

  /** What was said before the page listened. */
  catchUp(): Promise<void> {
    return this.#read(async () => {
      const ours = this.#early.filter(({ event }) => event.getSender() === this.#self && event.getId()?.startsWith('$') && !event.isState()).slice(-mostOwn);
      const known = new Set(this.#early.map(({ event }) => event.getId()));
      // Marks that are older than what is known come before it.
      for (const { event } of ours) for (const mark of await this.#marksUnder(event.getId()!)) if (!known.has(mark.getId())) await this.#see(mark, true, 0);
      for (const { event, order } of this.#early) await this.#see(event, true, order);
    });
  }

  /** False while it is not known who declines. */
  get knows(): boolean {
    return this.#gaps === 0;
  }

  mayBeHeard(person: string): boolean {
    return this.knows && !this.#unsure.has(person) && !this.consent.declines(person);
  }

  /** Who has declined elsewhere: later than all that is here by now. */
  also(declined: readonly string[]): void {
    const order = ++this.#seen;
    for (const person of declined) this.#declines(person, order);
    for (const change of this.consent.alsoDeclined(declined)) this.#changed(change);
  }

  async tell(notice: string): Promise<void> {
    await this.#account.client.sendMessage(this.#account.room.roomId, { msgtype: MsgType.Notice, body: notice });
  }

  #declines(person: string, order: number): void {
    if (this.#declinedAt.has(person) || this.#declinedAt.size < mostDeclined) this.#declinedAt.set(person, Math.max(order, this.#declinedAt.get(person) ?? 0));
    else this.#floor = Math.max(this.#floor, order);
  }

  /** The newest that the server has, too. */
  #newest(): string | undefined {
    return this.#account.room.getLiveTimeline().getEvents().findLast((one) => one.getId()?.startsWith('$'))?.getId() ?? this.#last;
  }

  /** One after the other. What fails ends the bot, and nobody is heard any more. */
  #read(work: () => Promise<void>): Promise<void> {
    return (this.#reading = this.#reading.then(work).then(() => {
      this.#gaps--;
      this.#held();
    }).catch((error: unknown) => this.#over('page_lost', `what was said meanwhile cannot be read: ${String(error)}`)));
  }

  #readGap(): Promise<void> {
    this.#gaps++;
    this.#held();
    const { client, room } = this.#account;
    const until = this.#last;
    let from: string | null | undefined = room.getLiveTimeline().getPaginationToken(Direction.Backward);
    return this.#read(async () => {
      const missed: MatrixEvent[] = [];
      let found = false;
      for (let page = 0; !found; ++page) {
        if (page >= mostPages) throw new Error('too much was said');
        if (!from) {
          if (until === undefined && page > 0) break; // the room's begin: nothing was known before
          throw new Error('the server does not have it');
        }
        const at: string = from;
        const answer = await again(() => client.createMessagesRequest(room.roomId, at, pageOf, Direction.Backward));
        for (const raw of answer.chunk) {
          if ((found = until !== undefined && raw.event_id === until)) break;
          missed.push(client.getEventMapper()(raw));
        }
        from = answer.end;
      }
      for (const event of missed.reverse()) await this.#see(event, true);
      // What came behind it meanwhile was seen before it: once more, in its order.
      for (const event of room.getLiveTimeline().getEvents()) await this.#see(event, true);
      this.#last = this.#newest();
    });
  }

  async #marksUnder(id: string): Promise<MatrixEvent[]> {
    const { client, room } = this.#account;
    const marks: MatrixEvent[] = [];
    let from: string | undefined;
    for (let page = 0; page < mostPages; ++page) {
      const answer = await again(() => client.fetchRelations(room.roomId, id, RelationType.Annotation, EventType.Reaction, { limit: pageOf, ...(from && { from }) }));
      marks.push(...answer.chunk.map((raw) => client.getEventMapper()(raw)));
      if (!(from = answer.next_batch)) return marks.reverse();
    }
    throw new Error('too many marks');
  }

  /** `order`: when it came; it may be readable only behind what came later. */
  async #see(event: MatrixEvent, before = false, order = ++this.#seen): Promise<void> {
    const id = event.getId(), sender = event.getSender();
    if (!before && id?.startsWith('$')) this.#last = id;
    // What was said before is waited for: until then it is not known.
    if (before && event.isEncrypted() && event.getClearContent() === null) await this.#account.client.decryptEventIfNeeded(event);
    if (event.isEncrypted() && (event.isDecryptionFailure() || event.getClearContent() === null)) {
      // It is decrypted behind its coming, and its key may be late; words that nobody can read say nothing.
      event.once(MatrixEventEvent.Decrypted, (decrypted) => void this.#see(decrypted, true, order));
      return;
    }
    if (!id || !sender || sender === this.#self) return;
    // As it is now: a redaction empties the event itself.
    const content = structuredClone(event.getContent());
    const redacts = event.event.redacts ?? (content as { redacts?: unknown }).redacts;
    const said: Said = { id, sender, type: event.getType(), content, redacts: typeof redacts === 'string' ? redacts : undefined };
    if (!before && wordsOf(said) === this.#stopWord) return this.#over('asked_in_chat', 'somebody wrote it');
    // Only what would be a decline is worth a question.
    const asks = said.type === EventType.Reaction && isDecline({ ...said, toOurs: true });
    if (!asks) return this.#decide(said, order);
    const known = this.#account.room.findEventById(event.getRelation()?.event_id ?? '');
    if (known) return this.#decide({ ...said, toOurs: known.getSender() === this.#self }, order);
    // Until it is known whose it is, who has put the mark is not heard.
    this.#unsure.set(sender, (this.#unsure.get(sender) ?? 0) + 1);
    this.#held();
    const toOurs = await this.#isOurs(event);
    this.#decide({ ...said, toOurs }, order);
    const left = this.#unsure.get(sender)! - 1;
    if (left) this.#unsure.set(sender, left);
    else this.#unsure.delete(sender);
    this.#held();
  }

  #decide(said: Said, order: number): void {
    if (isDecline(said)) this.#declines(said.sender, order);
    const change = this.consent.see(said, order >= Math.max(this.#floor, this.#declinedAt.get(said.sender) ?? 0));
    if (change) this.#changed(change);
  }

  /** Whether the account has said what the reaction is to: also in an earlier meeting. Where nobody can tell, the mark counts. */
  async #isOurs(reaction: MatrixEvent): Promise<boolean> {
    const to = reaction.getRelation()?.event_id;
    if (!to) return false;
    const { client, room } = this.#account;
    const asked = this.#asked.get(to) ?? again(() => client.fetchRoomEvent(room.roomId, to)).then((found) => found.sender === this.#self);
    if (this.#asked.size < mostAsked) this.#asked.set(to, asked);
    return asked.catch(() => {
      this.#asked.delete(to);
      return true;
    });
  }
}

/** A server may be busy for a moment. */
async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; ++tries) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= mostTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, firstPause * 2 ** tries));
    }
  }
}
