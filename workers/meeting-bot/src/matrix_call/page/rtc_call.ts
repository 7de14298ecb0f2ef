// A call of a room as Element Call makes it (MatrixRTC): the bot is a member like everybody, so that all see it and give its
// device their frame keys; it goes wherever members' sound is.
import { EventType, RoomStateEvent } from 'matrix-js-sdk';
import { MatrixRTCSession, MatrixRTCSessionEvent } from 'matrix-js-sdk/lib/matrixrtc/index.js';
import type { MatrixAccess, Focus } from '../access.ts';
import { Ended } from '../protocol.ts';
import type { Account } from './account.ts';
import type { Call, Surroundings } from './call.ts';
import { fociOf, ownFoci, wayIn } from './focus.ts';
import { FrameKeys, onlySealed } from './frame_keys.ts';
import { LivekitRoom } from './livekit_room.ts';
import type { Sounds } from './sounds.ts';
import { until } from './until.ts';

const memberWithin = 30_000;
const leaveWithin = 3_000;
const mostRooms = 8;
/** A bot that is gone without a word is out of the call after this. */
const membership = { delayedLeaveEventDelayMs: 15_000, delayedLeaveEventRestartMs: 5_000 };

export class RtcCall implements Call {
  readonly #account: Account;
  readonly #access: MatrixAccess;
  readonly #around: Surroundings;
  readonly #sounds: Sounds;
  readonly #session: MatrixRTCSession;
  readonly #keys = new FrameKeys();
  readonly #rooms = new Map<string, LivekitRoom>();
  #own: readonly Focus[] = [];

  constructor(account: Account, access: MatrixAccess, around: Surroundings, sounds: Sounds) {
    this.#account = account;
    this.#access = access;
    this.#around = around;
    this.#sounds = sounds;
    this.#session = MatrixRTCSession.sessionForSlot(onlySealed(account.client), account.room, { application: 'm.call', id: 'ROOM' });
  }

  async join(): Promise<void> {
    const { room } = this.#account;
    this.#own = await ownFoci(this.#access);
    // Who makes a session by hand has to tell it of the room's state.
    room.on(RoomStateEvent.Events, (event) => {
      if (event.getType() === EventType.GroupCallMemberPrefix) void this.#session.ensureRecalculateSessionMembers();
    });
    await this.#session.initialMembershipCalculated;
    const mine = this.#own[0] ?? this.#fociOfOthers()[0];
    if (!mine) throw new Ended('no_way_in', 'neither the homeserver nor a member names a LiveKit service');
    let fault: unknown;
    this.#session.on(MatrixRTCSessionEvent.MembershipManagerError, (error) => { fault = error; });
    this.#session.on(MatrixRTCSessionEvent.EncryptionKeyChanged, (key, number, member, identity) => {
      const own = member.userId === this.#access.userId && member.deviceId === this.#access.deviceId;
      const mayBeHeard = (): boolean => own || this.#around.mayBeHeard(member.userId);
      if (mayBeHeard()) void this.#keys.set(identity, key, number, mayBeHeard);
    });
    this.#session.on(MatrixRTCSessionEvent.MembershipsChanged, () => this.#follow());
    await this.#enter(mine);
    const { userId, deviceId } = this.#access;
    this.#session.joinRTCSession({ userId, deviceId, memberId: `${userId}:${deviceId}` }, [{ ...mine, livekit_alias: room.roomId }], undefined,
      { manageMediaKeys: this.#encrypted, ...membership });
    await until(() => {
      if (fault) throw new Ended('no_way_in', `the room does not take the bot as a member of the call: ${String(fault)}`);
      return this.#session.memberships.some((one) => one.userId === userId && one.deviceId === deviceId);
    }, memberWithin, 'the membership', (look) => this.#session.once(MatrixRTCSessionEvent.MembershipsChanged, look));
    this.#session.on(MatrixRTCSessionEvent.MembershipManagerError, (error) => this.#around.over('page_lost', `membership: ${String(error)}`));
    this.#follow();
  }

  members(): string[] {
    return [...new Set(this.#session.memberships.map((one) => one.userId))].filter((id) => id !== this.#access.userId);
  }

  decided(person: string): void {
    if (!this.#around.mayBeHeard(person)) {
      for (const one of this.#session.memberships) if (one.userId === person) void this.#keys.forget(one.rtcBackendIdentity);
      this.#sounds.drop(person);
    } else this.#session.reemitEncryptionKeys();
    for (const room of this.#rooms.values()) room.look();
  }

  async leave(): Promise<void> {
    // First the sound: whoever still sees the bot is not heard.
    await Promise.all([...this.#rooms.values()].map((room) => room.leave()));
    await this.#session.leaveRoomSession(leaveWithin);
  }

  get #encrypted(): boolean {
    return this.#account.room.hasEncryptionStateEvent();
  }

  #follow(): void {
    for (const focus of this.#fociOfOthers()) {
      this.#enter(focus).catch((error: unknown) => this.#around.log(`not heard: who is at ${URL.parse(focus.livekit_service_url)?.host}: ${String(error)}`));
    }
    const present = new Set(this.members());
    for (const person of this.#sounds.people()) if (!present.has(person)) this.#sounds.drop(person);
    for (const room of this.#rooms.values()) room.look();
  }

  #fociOfOthers(): Focus[] {
    const { memberships } = this.#session, { userId } = this.#access;
    const others = memberships.filter((one) => one.userId !== userId);
    return fociOf(others.map((one) => ({ userId: one.userId, at: one.getTransport(memberships[0]!), wrote: one.transports })), this.#own, userId);
  }

  async #enter(focus: Focus): Promise<void> {
    const url = focus.livekit_service_url;
    if (this.#rooms.has(url) || this.#rooms.size >= mostRooms) return;
    const room = new LivekitRoom({ personOf: (identity) => this.#personOf(identity), encrypted: this.#encrypted, keys: this.#keys, sounds: this.#sounds, around: this.#around },
      () => wayIn(this.#account.client, this.#access, focus, this.#own.some((one) => one.livekit_service_url === url)));
    this.#rooms.set(url, room);
    try {
      await room.connect();
    } catch (error) {
      this.#rooms.delete(url);
      await room.leave();
      throw error instanceof Ended ? error : new Ended('no_way_in', `LiveKit: ${String(error)}`);
    }
  }

  /** Who sent the membership that this identity belongs to: never the name that somebody has given there. */
  #personOf(identity: string): string | null {
    const of = this.#session.memberships.find((one) => one.rtcBackendIdentity === identity);
    return of && of.userId !== this.#access.userId ? of.userId : null;
  }
}
