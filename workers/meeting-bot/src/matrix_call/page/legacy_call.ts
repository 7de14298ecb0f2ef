// A call of two as Matrix had them first: somebody rings, the bot takes it, and says nothing.
import { CallErrorCode, CallEvent, CallParty, CallState, type MatrixCall } from 'matrix-js-sdk/lib/webrtc/call.js';
import { CallEventHandlerEvent } from 'matrix-js-sdk/lib/webrtc/callEventHandler.js';
import type { MatrixAccess } from '../access.ts';
import { Ended } from '../protocol.ts';
import type { Account } from './account.ts';
import type { Call, Surroundings } from './call.ts';
import type { Sounds } from './sounds.ts';
import { until } from './until.ts';

const ringsWithin = 30_000;
const standsWithin = 60_000;

export class LegacyCall implements Call {
  readonly #access: MatrixAccess;
  readonly #around: Surroundings;
  readonly #sounds: Sounds;
  #call: MatrixCall | null = null;

  constructor(account: Account, access: MatrixAccess, around: Surroundings, sounds: Sounds) {
    this.#access = access;
    this.#around = around;
    this.#sounds = sounds;
    const { client } = account;
    client.on(CallEventHandlerEvent.Incoming, (call) => this.#rings(call));
    // What rang while the device was made is known already.
    for (const call of client.callEventHandler?.calls.values() ?? []) this.#rings(call);
  }

  #rings(call: MatrixCall): void {
    const { roomId, callId } = this.#access;
    if (call.roomId !== roomId || (callId !== null && call.callId !== callId)) return;
    if (!this.#call) this.#call = call;
  }

  async join(): Promise<void> {
    await until(() => this.#call !== null, ringsWithin, 'the ringing');
    const call = this.#call!;
    const other = call.getOpponentMember()?.userId ?? null;
    if (other === null || !this.#around.mayBeHeard(other)) {
      call.reject();
      throw new Ended('asked_in_chat', 'who rings has declined');
    }
    let fault: unknown;
    call.on(CallEvent.Error, (error) => { fault = error; });
    call.on(CallEvent.FeedsChanged, () => this.#hear(other));
    call.on(CallEvent.Hangup, () => { if (call.hangupParty !== CallParty.Local) this.#around.over('over', `hung up: ${call.hangupReason ?? ''}`); });
    await call.answer(true, false);
    await until(() => {
      if (call.state === CallState.Ended) throw new Ended('over', `it ended before it stood: ${fault instanceof Error ? fault.message : (call.hangupReason ?? '')}`);
      return call.state === CallState.Connected;
    }, standsWithin, 'the connection', (look) => call.once(CallEvent.State, look));
    this.#hear(other);
  }

  #hear(person: string): void {
    if (!this.#around.mayBeHeard(person)) return;
    for (const feed of this.#call?.getRemoteFeeds() ?? []) {
      for (const track of feed.stream.getAudioTracks()) void this.#sounds.add(person, track);
    }
  }

  members(): string[] {
    const other = this.#call?.state === CallState.Ended ? null : this.#call?.getOpponentMember()?.userId;
    return other ? [other] : [];
  }

  /** A call of two in which the other one is not heard is no call: it ends. */
  decided(person: string): void {
    if (this.#around.mayBeHeard(person)) return;
    this.#sounds.drop(person);
    this.#around.over('asked_in_chat', 'the other one has declined');
  }

  async leave(): Promise<void> {
    const call = this.#call;
    if (!call || call.state === CallState.Ended) return;
    const ended = new Promise<void>((resolve) => call.once(CallEvent.Hangup, () => resolve()));
    call.hangup(CallErrorCode.UserHangup, false);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  }
}
