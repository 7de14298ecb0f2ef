// What is said in the room while the call goes on: who listens, who declines, and that the bot shall go.
import { Direction, type MatrixEvent, MatrixEventEvent, MsgType, RoomEvent, RoomMemberEvent } from 'matrix-js-sdk';
import type { MatrixAccess } from '../access.ts';
import { acceptWord, type Change, Consent, declineWord, isDeclineMark, type Said, wordsOf } from '../consent.ts';
import type { Account } from './account.ts';
import type { Surroundings } from './call.ts';

/** Of what one answer left out: more than this is not read, and the bot leaves. */
const mostPages = 50;
const pageOf = 100;
const mostAsked = 1_000;
/** More people than this who have declined are not let back in by a word. */
const mostDeclined = 20_000;
/** A message that cannot be looked up just now is asked for again so often. */
const lookUps = 3;
const lookUpPause = 500;

export class Talk {
  readonly consent: Consent;
  readonly #account: Account;
  readonly #self: string;
  readonly #stopWord: string;
  readonly #over: Surroundings['over'];
  readonly #changed: (change: Change) => void;
  readonly #held: () => void;
  readonly #asked = new Map<string, Promise<boolean>>();
  /** When each of those who declined did so last. */
  readonly #declinedAt = new Map<string, number>();
  #seen = 0;
  #last: string | undefined;
  #gaps = 0;

  /** `held`: whether it is known who declines has changed. */
  constructor(account: Account, access: MatrixAccess, stopWord: string, over: Surroundings['over'], changed: (change: Change) => void, held: () => void) {
    this.#held = held;
    this.#account = account;
    this.#self = access.userId;
    this.#stopWord = stopWord;
    this.#over = over;
    this.#changed = changed;
    this.consent = new Consent(access.declined);
    // They have said so before all that this page finds in the room: no old word lets them back in.
    for (const id of access.declined) this.#declinedAt.set(id, Infinity);
    const { room, client } = account;
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
  async catchUp(): Promise<void> {
    for (const event of this.#account.room.getLiveTimeline().getEvents()) await this.#read(event);
    this.#last = this.#newest();
    const now = ++this.#seen;
    for (const [id, at] of this.#declinedAt) if (at === Infinity) this.#declinedAt.set(id, now);
  }

  /** What came before others were let in: nobody is heard until it is known what it says, if its key is there. */
  async #read(event: MatrixEvent): Promise<void> {
    const order = ++this.#seen;
    await this.#account.client.decryptEventIfNeeded(event);
    await this.#see(event, true, order);
  }

  /** False while it is not known who declines. */
  get knows(): boolean {
    return this.#gaps === 0;
  }

  also(declined: readonly string[]): void {
    for (const change of this.consent.alsoDeclined(declined)) this.#changed(change);
  }

  async tell(notice: string): Promise<void> {
    await this.#account.client.sendMessage(this.#account.room.roomId, { msgtype: MsgType.Notice, body: notice });
  }

  #newest(): string | undefined {
    return this.#account.room.getLiveTimeline().getEvents().at(-1)?.getId() ?? this.#last;
  }

  async #readGap(): Promise<void> {
    this.#gaps++;
    this.#held();
    try {
      const { client, room } = this.#account;
      const missed: MatrixEvent[] = [];
      const until = this.#last;
      let from: string | null | undefined = room.getLiveTimeline().getPaginationToken(Direction.Backward);
      let found = false; // where nothing is known, all that may be read is
      for (let page = 0; from && !found; ++page) {
        if (page >= mostPages) throw new Error('too much was said');
        const answer: Awaited<ReturnType<typeof client.createMessagesRequest>> = await client.createMessagesRequest(room.roomId, from, pageOf, Direction.Backward);
        for (const raw of answer.chunk) {
          if ((found = raw.event_id === until)) break;
          missed.push(client.getEventMapper()(raw));
        }
        from = answer.end;
      }
      for (const event of missed.reverse()) await this.#read(event);
      // What came behind it meanwhile was seen before it: once more, in its order.
      for (const event of room.getLiveTimeline().getEvents()) await this.#read(event);
      this.#last = this.#newest();
    } catch (error) {
      return this.#over('page_lost', `what was said meanwhile cannot be read: ${String(error)}`);
    }
    this.#gaps--;
    this.#held();
  }

  /** `order`: when it came; it may be readable only behind what came later. */
  async #see(event: MatrixEvent, before = false, order = ++this.#seen): Promise<void> {
    if (event.isEncrypted() && (event.isDecryptionFailure() || event.getClearContent() === null)) {
      // It is decrypted behind its coming, and its key may be late; words that nobody can read say nothing.
      event.once(MatrixEventEvent.Decrypted, (decrypted) => void this.#see(decrypted, true, order));
      return;
    }
    const id = event.getId(), sender = event.getSender();
    if (!before) this.#last = id ?? this.#last;
    if (!id || !sender || sender === this.#self) return;
    // As it is now: a redaction empties the event itself.
    const content = structuredClone(event.getContent());
    const redacts = event.event.redacts ?? (content as { redacts?: unknown }).redacts;
    const said: Said = { id, sender, type: event.getType(), content, redacts: typeof redacts === 'string' ? redacts : undefined };
    if (!before && wordsOf(said) === this.#stopWord) return this.#over('asked_in_chat', 'somebody wrote it');
    if (wordsOf(said) === acceptWord && order < this.#mayAcceptFrom(sender)) return;
    const whole = isDeclineMark(said) ? { ...said, toOurs: await this.#isOurs(event) } : said;
    if (wordsOf(whole) === declineWord || whole.toOurs === true) this.#declines(sender, order);
    const change = this.consent.see(whole);
    if (change) this.#changed(change);
  }

  /** The order from which a word of theirs counts: behind the last time that they declined. */
  #mayAcceptFrom(sender: string): number {
    const at = this.#declinedAt.get(sender);
    if (at !== undefined) return at;
    return this.#declinedAt.size < mostDeclined ? 0 : Infinity;
  }

  #declines(sender: string, order: number): void {
    const before = this.#declinedAt.get(sender);
    if (before === undefined && this.#declinedAt.size >= mostDeclined) return;
    this.#declinedAt.set(sender, Math.max(before ?? 0, order));
  }

  /** Whether the account has said what the reaction is to: also in an earlier meeting, or before this page. */
  async #isOurs(reaction: MatrixEvent): Promise<boolean> {
    const to = reaction.getRelation()?.event_id;
    if (!to) return false;
    const known = this.#account.room.findEventById(to);
    if (known) return known.getSender() === this.#self;
    const asked = this.#asked.get(to) ?? this.#lookUp(to);
    if (this.#asked.size < mostAsked) this.#asked.set(to, asked);
    return asked;
  }

  /** Where nobody can say, it is: who sets this mark is rather not heard. */
  async #lookUp(id: string): Promise<boolean> {
    for (let tried = 1; ; ++tried) {
      try {
        return (await this.#account.client.fetchRoomEvent(this.#account.room.roomId, id)).sender === this.#self;
      } catch (error) {
        const status = (error as { httpStatus?: number }).httpStatus;
        if (status === 403 || status === 404) return false; // not a message of this room
        if (tried >= lookUps) {
          this.#asked.delete(id);
          return true;
        }
        await new Promise((resolve) => setTimeout(resolve, lookUpPause));
      }
    }
  }
}
