// What is said in the room while the call goes on: who listens, who declines, and that the bot shall go.
import { Direction, EventType, type MatrixEvent, MatrixEventEvent, MsgType, RoomEvent, RoomMemberEvent } from 'matrix-js-sdk';
import type { MatrixAccess } from '../access.ts';
import { acceptWord, type Change, Consent, type Said, wordsOf } from '../consent.ts';
import type { Account } from './account.ts';
import type { Surroundings } from './call.ts';

/** Of what one answer left out: more than this is not read, and the bot leaves. */
const mostPages = 50;
const pageOf = 100;
const mostAsked = 1_000;

export class Talk {
  readonly consent: Consent;
  readonly #account: Account;
  readonly #self: string;
  readonly #stopWord: string;
  readonly #over: Surroundings['over'];
  readonly #changed: (change: Change) => void;
  readonly #held: () => void;
  readonly #asked = new Map<string, Promise<boolean>>();
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
    for (const event of this.#account.room.getLiveTimeline().getEvents()) await this.#see(event, true);
    this.#last = this.#newest();
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
      let found = until === undefined;
      for (let page = 0; from && !found; ++page) {
        if (page >= mostPages) throw new Error('too much was said');
        const answer: Awaited<ReturnType<typeof client.createMessagesRequest>> = await client.createMessagesRequest(room.roomId, from, pageOf, Direction.Backward);
        for (const raw of answer.chunk) {
          if ((found = raw.event_id === until)) break;
          missed.push(client.getEventMapper()(raw));
        }
        from = answer.end;
      }
      for (const event of missed.reverse()) await this.#see(event, true);
      // What came behind it meanwhile was seen before it: once more, in its order.
      for (const event of room.getLiveTimeline().getEvents()) await this.#see(event, true);
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
    if (wordsOf(said) === acceptWord && order < (this.#declinedAt.get(sender) ?? 0)) return;
    const change = this.consent.see(said.type === EventType.Reaction ? { ...said, toOurs: await this.#isOurs(event) } : said);
    if (change?.declined && this.#declinedAt.size < mostAsked) this.#declinedAt.set(sender, order);
    if (change) this.#changed(change);
  }

  /** Whether the account has said what the reaction is to: also in an earlier meeting, or before this page. */
  async #isOurs(reaction: MatrixEvent): Promise<boolean> {
    const to = reaction.getRelation()?.event_id;
    if (!to) return false;
    const known = this.#account.room.findEventById(to);
    if (known) return known.getSender() === this.#self;
    const asked = this.#asked.get(to) ?? this.#account.client.fetchRoomEvent(this.#account.room.roomId, to).then((found) => found.sender === this.#self, () => false);
    if (this.#asked.size < mostAsked) this.#asked.set(to, asked);
    return asked;
  }
}
