// For tests: meetings and what is said in them. Nothing of this is bundled.
import { vi } from 'vitest';
import type { Delivery, History, Meeting, Segment, Webhook } from './api/types';

export const aMeeting = (more: Partial<Meeting> = {}): Meeting => ({
  id: 12,
  state: 'active',
  platform: 'google_meet',
  native_meeting_id: 'abc-defg-hij',
  link: 'https://meet.google.com/abc-defg-hij',
  owner: '@anna:example.org',
  bot_name: 'Troupe',
  language: 'en',
  task: 'transcribe',
  driver: 'process',
  stop_requested: false,
  attempts: 1,
  summary: 'none',
  recording: false,
  created_at: '2026-01-01T10:00:00Z',
  active_at: '2026-01-01T10:01:00Z',
  ...more,
});

export const aHistory = (more: Partial<Meeting> = {}): History => ({
  meeting: aMeeting(more),
  consents: [],
  transitions: [
    {
      number: 1,
      to: 'requested',
      trigger: 'requested',
      cause: 'somebody asked',
      actor: '@anna:example.org',
      attempt: 0,
      at: '2026-01-01T10:00:00Z',
    },
    {
      number: 2,
      from: 'requested',
      to: 'starting',
      trigger: 'start',
      cause: 'a container is made',
      actor: 'troupe',
      attempt: 1,
      at: '2026-01-01T10:00:01Z',
    },
    {
      number: 3,
      from: 'starting',
      to: 'active',
      trigger: 'joined',
      cause: 'its bot says: active',
      actor: 'bot',
      attempt: 1,
      at: '2026-01-01T10:01:00Z',
    },
  ],
  attempts: [{ number: 1, task_id: 'meeting-12-1', container: 'running', wanted_at: '2026-01-01T10:00:00Z' }],
  after: [],
});

export const aSegment = (id: string, more: Partial<Segment> = {}): Segment => ({
  id,
  session_uid: 's',
  start_ms: 0,
  end_ms: 1000,
  said_at: '2026-01-01T10:01:00Z',
  until_at: '2026-01-01T10:01:02Z',
  text: 'Hello.',
  language: 'en',
  speaker: 'Anna',
  mapping: 'mapped',
  final: true,
  retracted: false,
  changed: 1,
  updated_at: '2026-01-01T10:01:02Z',
  ...more,
});

export const aWebhook = (more: Partial<Webhook> = {}): Webhook => ({
  id: 7,
  url: 'https://example.org/hook',
  events: { 'meeting.completed': true, 'bot.failed': false },
  format: 'envelope',
  enabled: true,
  owner: '@anna:example.org',
  tenant_wide: false,
  is_signed: true,
  created_at: '2026-01-01T10:00:00Z',
  ...more,
});

export const aDelivery = (more: Partial<Delivery> = {}): Delivery => ({
  id: 31,
  event_id: 'evt_31',
  event_type: 'meeting.completed',
  meeting_id: 12,
  state: 'delivered',
  tries: 1,
  status: 200,
  begun_at: '2026-01-01T11:00:00Z',
  done_at: '2026-01-01T11:00:01Z',
  ...more,
});

/** In place of the browser's EventSource: what is open, and what the server would say. */
export class FakeSource {
  static open: FakeSource[] = [];
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();
  constructor(readonly url: string) {
    FakeSource.open.push(this);
  }
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void) {
    this.listeners.set(name, listener);
  }
  close() {
    FakeSource.open = FakeSource.open.filter((source) => source !== this);
  }
  say(name: string, data: unknown) {
    this.listeners.get(name)?.({ data: JSON.stringify(data), lastEventId: '' } as MessageEvent<string>);
  }
}

export function withStreams() {
  FakeSource.open = [];
  vi.stubGlobal('EventSource', FakeSource);
}
