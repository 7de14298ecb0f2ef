// A person's client in a Matrix call, in a page of its own: what Element Call does with the same two libraries, and a legacy call.
// Bundled by lib/call_peers.mjs. It shares no code with the meeting bot, whose other side it is.
import { BaseKeyProvider, createKeyMaterialFromBuffer, Room } from 'livekit-client';
import { createClient, RoomStateEvent, type MatrixClient } from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { MatrixRTCSession, MatrixRTCSessionEvent } from 'matrix-js-sdk/lib/matrixrtc/index.js';
import { createNewMatrixCall, type MatrixCall } from 'matrix-js-sdk/lib/webrtc/call.js';

interface Wanted {
  baseUrl: string; userId: string; accessToken: string; deviceId: string; room: string; service: string;
  /** Frames are sealed with another key than the one that the others are given. */
  wrongKey?: boolean;
}
class Keys extends BaseKeyProvider {
  constructor() { super({ ratchetWindowSize: 10, keyringSize: 256 }); }
  async put(key: Uint8Array, identity: string, number: number): Promise<void> {
    this.onSetEncryptionKey(await createKeyMaterialFromBuffer(key.slice().buffer as ArrayBuffer), identity, number);
  }
}

class Peer {
  client!: MatrixClient;
  session!: MatrixRTCSession;
  livekit: Room | null = null;
  call: MatrixCall | null = null;
  wanted!: Wanted;

  async signIn(wanted: Wanted): Promise<void> {
    (logger as unknown as { disableAll(): void }).disableAll();
    this.wanted = wanted;
    this.client = createClient({ baseUrl: wanted.baseUrl, userId: wanted.userId, accessToken: wanted.accessToken, deviceId: wanted.deviceId });
    await this.client.initRustCrypto({ useIndexedDB: false });
    await this.client.startClient({ initialSyncLimit: 20 });
    while (!this.client.isInitialSyncComplete()) await new Promise((r) => setTimeout(r, 50));
  }

  async joinCall(): Promise<void> {
    const { wanted, client } = this;
    const room = client.getRoom(wanted.room)!;
    const encrypted = room.hasEncryptionStateEvent();
    const session = (this.session = MatrixRTCSession.sessionForSlot(client, room, { application: 'm.call', id: 'ROOM' }));
    room.on(RoomStateEvent.Events, () => void session.ensureRecalculateSessionMembers());
    const keys = new Keys(), own = `${wanted.userId}:${wanted.deviceId}`;
    session.on(MatrixRTCSessionEvent.EncryptionKeyChanged, (key, number, _, identity) => {
      void keys.put(wanted.wrongKey && identity === own ? crypto.getRandomValues(new Uint8Array(16)) : key, identity, number);
    });
    const openid = await client.getOpenIdToken();
    const answer = await fetch(`${wanted.service}/sfu/get`, { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ room: wanted.room, openid_token: openid, device_id: wanted.deviceId }) });
    const { url, jwt } = await answer.json() as { url: string; jwt: string };
    this.livekit = new Room({ singlePeerConnection: false,
      ...(encrypted && { e2ee: { keyProvider: keys, worker: new Worker('/worker.js', { type: 'module' }) } }) });
    if (encrypted) await this.livekit.setE2EEEnabled(true);
    await this.livekit.connect(url, jwt, { autoSubscribe: true, rtcConfig: { iceServers: [] } });
    session.joinRTCSession({ userId: wanted.userId, deviceId: wanted.deviceId, memberId: own },
      [{ type: 'livekit', livekit_service_url: wanted.service, livekit_alias: wanted.room }], undefined, { manageMediaKeys: encrypted });
  }
  async speak(): Promise<void> {
    await this.livekit!.localParticipant.setMicrophoneEnabled(true, { echoCancellation: false, noiseSuppression: false, autoGainControl: false });
  }
  members(): string[] { return this.session.memberships.map((one) => one.userId); }
  participants(): string[] { return [...(this.livekit?.remoteParticipants.keys() ?? [])]; }
  async react(event: string, key: string): Promise<string> {
    return (await this.client.sendEvent(this.wanted.room, 'm.reaction' as never, { 'm.relates_to': { rel_type: 'm.annotation', event_id: event, key } } as never)).event_id;
  }
  async redact(event: string): Promise<void> { await this.client.redactEvent(this.wanted.room, event); }
  async say(body: string): Promise<void> { await this.client.sendTextMessage(this.wanted.room, body); }
  /** Notices of somebody, decrypted. */
  notices(sender: string): { id: string; body: string }[] {
    return this.client.getRoom(this.wanted.room)!.getLiveTimeline().getEvents().filter((event) => event.getSender() === sender && event.getContent().msgtype === 'm.notice')
      .map((event) => ({ id: event.getId()!, body: event.getContent().body as string }));
  }
  async leaveCall(): Promise<void> {
    await this.session?.leaveRoomSession(5000);
    await this.livekit?.disconnect();
  }
  async ring(): Promise<string> {
    this.call = createNewMatrixCall(this.client, this.wanted.room)!;
    await this.call.placeVoiceCall();
    return this.call.callId;
  }
  ringing(): string { return this.call?.state ?? ''; }
  hangUp(): void { this.call?.hangup('user_hangup' as never, false); }
}
(window as unknown as { peer: Peer }).peer = new Peer();
