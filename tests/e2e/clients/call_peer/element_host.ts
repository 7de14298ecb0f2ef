// The client around Element Call's own page: a Matrix client that answers the widget in its frame, as Element Web does.
// Bundled by lib/call_peers.mjs.
import { ClientEvent, createClient, EventTimeline, EventType, RoomEvent, RoomStateEvent, type MatrixClient, type MatrixEvent } from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { ClientWidgetApi, OpenIDRequestState, Widget, WidgetDriver, type Capability, type IOpenIDUpdate, type IRoomEvent, type SimpleObservable } from 'matrix-widget-api';

interface Wanted { baseUrl: string; userId: string; accessToken: string; deviceId: string; room: string; service: string; elementCall: string }

class Driver extends WidgetDriver {
  readonly client: MatrixClient;
  readonly wanted: Wanted;
  constructor(client: MatrixClient, wanted: Wanted) {
    super();
    this.client = client;
    this.wanted = wanted;
  }
  override async validateCapabilities(requested: Set<Capability>): Promise<Set<Capability>> { return requested; }
  override async sendEvent(type: string, content: unknown, stateKey: string | null = null): Promise<{ roomId: string; eventId: string }> {
    const { room } = this.wanted;
    const sent = stateKey === null ? await this.client.sendEvent(room, type as never, content as never) : await this.client.sendStateEvent(room, type as never, content as never, stateKey);
    return { roomId: room, eventId: sent.event_id };
  }
  override async sendDelayedEvent(delay: number, type: string, content: unknown, stateKey: string | null = null): Promise<{ roomId: string; delayId: string }> {
    const { room } = this.wanted;
    const { delay_id } = await this.client._unstable_sendDelayedStateEvent(room, { delay }, type as never, content as never, stateKey!);
    return { roomId: room, delayId: delay_id };
  }
  override async cancelScheduledDelayedEvent(id: string): Promise<void> { await this.client._unstable_cancelScheduledDelayedEvent(id); }
  override async restartScheduledDelayedEvent(id: string): Promise<void> { await this.client._unstable_restartScheduledDelayedEvent(id); }
  override async sendScheduledDelayedEvent(id: string): Promise<void> { await this.client._unstable_sendScheduledDelayedEvent(id); }
  override async sendToDevice(type: string, encrypted: boolean, contents: { [user: string]: { [device: string]: object } }): Promise<void> {
    if (!encrypted) throw new Error('nothing is sent in the clear');
    for (const [userId, devices] of Object.entries(contents)) {
      for (const [deviceId, content] of Object.entries(devices)) await this.client.encryptAndSendToDevice(type, [{ userId, deviceId }], content as never);
    }
  }
  override async readRoomState(room: string, type: string, stateKey: string | undefined): Promise<IRoomEvent[]> {
    const state = this.client.getRoom(room)?.getLiveTimeline().getState(EventTimeline.FORWARDS);
    const events = stateKey === undefined ? (state?.getStateEvents(type) ?? []) : [state?.getStateEvents(type, stateKey)];
    return events.flatMap((event) => (event ? [event.getEffectiveEvent() as IRoomEvent] : []));
  }
  override async readRoomTimeline(): Promise<IRoomEvent[]> { return []; }
  override async readStickyEvents(): Promise<IRoomEvent[]> { return []; }
  override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    void this.client.getOpenIdToken().then((token) => observer.update({ state: OpenIDRequestState.Allowed, token }));
  }
  override async *getTurnServers(): AsyncGenerator<never> { await new Promise(() => {}); }
  override getKnownRooms(): string[] { return [this.wanted.room]; }
  override async getRtcTransports(): Promise<never> { return { rtc_transports: [{ type: 'livekit', livekit_service_url: this.wanted.service }] } as never; }
}

async function open(wanted: Wanted): Promise<void> {
  (logger as unknown as { disableAll(): void }).disableAll();
  const client = createClient({ baseUrl: wanted.baseUrl, userId: wanted.userId, accessToken: wanted.accessToken, deviceId: wanted.deviceId });
  await client.initRustCrypto({ useIndexedDB: false });
  await client.startClient({ initialSyncLimit: 20 });
  while (!client.isInitialSyncComplete()) await new Promise((r) => setTimeout(r, 50));
  const frame = document.createElement('iframe');
  frame.allow = 'microphone; autoplay'; // a camera's picture takes the processor that the words need
  frame.style.cssText = 'width: 1200px; height: 800px';
  document.body.append(frame);
  const about = new URLSearchParams({ widgetId: 'call', parentUrl: location.origin, userId: wanted.userId, deviceId: wanted.deviceId, baseUrl: wanted.baseUrl, roomId: wanted.room,
    perParticipantE2EE: String(client.getRoom(wanted.room)!.hasEncryptionStateEvent()), intent: 'join_existing', skipLobby: 'false', confineToRoom: 'true', lang: 'en', header: 'none', theme: 'light' });
  const url = `${wanted.elementCall}/index.html#?${about}`;
  const api = new ClientWidgetApi(new Widget({ id: 'call', creatorUserId: wanted.userId, type: 'm.call', url, waitForIframeLoad: false }), frame, new Driver(client, wanted));
  api.setViewedRoomId(wanted.room);
  for (const action of ['io.element.join', 'im.vector.hangup', 'io.element.close', 'io.element.device_mute', 'io.element.tile_layout', 'io.element.spotlight_layout', 'set_always_on_screen']) {
    api.on(`action:${action}`, (event: CustomEvent) => {
      event.preventDefault();
      api.transport.reply(event.detail, {});
    });
  }
  const feed = (event: MatrixEvent): void => { if (event.getRoomId() === wanted.room && event.getType() !== EventType.RoomMessageEncrypted) void api.feedEvent(event.getEffectiveEvent() as IRoomEvent); };
  client.on(RoomStateEvent.Events, (event) => { if (event.getRoomId() === wanted.room) void api.feedStateUpdate(event.getEffectiveEvent() as IRoomEvent); });
  client.on(RoomEvent.Timeline, feed);
  client.on(ClientEvent.ReceivedToDeviceMessage, ({ message, encryptionInfo }) => void api.feedToDevice(message, encryptionInfo !== null));
  frame.src = url;
}
(window as unknown as { host: { open: typeof open } }).host = { open };
