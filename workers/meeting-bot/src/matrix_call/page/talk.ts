// What is said in the room while the call goes on: who listens, who declines, and that the bot shall go.
import { type MatrixEvent, MatrixEventEvent, MsgType, RoomEvent, RoomMemberEvent } from 'matrix-js-sdk';
import type { MatrixAccess } from '../access.ts';
import { type Change, Consent, type Said, wordsOf } from '../consent.ts';
import type { Account } from './account.ts';
import type { Surroundings } from './call.ts';

export class Talk {
  readonly consent: Consent;
  readonly #account: Account;
  readonly #self: string;
  readonly #stopWord: string;
  readonly #over: Surroundings['over'];
  readonly #changed: (change: Change) => void;

  constructor(account: Account, access: MatrixAccess, stopWord: string, over: Surroundings['over'], changed: (change: Change) => void) {
    this.#account = account;
    this.#self = access.userId;
    this.#stopWord = stopWord;
    this.#over = over;
    this.#changed = changed;
    this.consent = new Consent(access.declined);
    account.room.on(RoomEvent.Timeline, (event, room, atStart, _, data) => {
      if (room?.roomId === access.roomId && !atStart && data.liveEvent) this.#see(event);
    });
    account.client.on(RoomMemberEvent.Membership, (_, member) => {
      if (member.roomId !== access.roomId || member.userId !== this.#self) return;
      if (member.membership !== 'join') over('removed', `the account's membership is now ${member.membership}`);
    });
  }

  async tell(notice: string): Promise<void> {
    const { event_id } = await this.#account.client.sendMessage(this.#account.room.roomId, { msgtype: MsgType.Notice, body: notice });
    for (const change of this.consent.asked(event_id)) this.#changed(change);
  }

  #see(event: MatrixEvent): void {
    if (event.isEncrypted() && (event.isDecryptionFailure() || event.getClearContent() === null)) {
      // It is decrypted behind its coming, and its key may be late; words that nobody can read say nothing.
      event.once(MatrixEventEvent.Decrypted, (decrypted) => this.#see(decrypted));
      return;
    }
    const id = event.getId(), sender = event.getSender();
    if (!id || !sender || sender === this.#self) return;
    const content = event.getContent();
    const redacts = event.event.redacts ?? (content as { redacts?: unknown }).redacts;
    const said: Said = { id, sender, type: event.getType(), content, redacts: typeof redacts === 'string' ? redacts : undefined };
    if (wordsOf(said) === this.#stopWord) return this.#over('asked_in_chat', 'somebody wrote it');
    const change = this.consent.see(said);
    if (change) this.#changed(change);
  }
}
