import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveStream, type LiveState, type Source } from './live';

const liveFeed = { path: '/api/v1/live', resume: 'since', names: ['bot', 'reset'] };

class FakeSource implements Source {
  listeners = new Map<string, (event: MessageEvent<string>) => void>();
  closed = false;
  constructor(readonly url: string) {}
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void) {
    this.listeners.set(name, listener);
  }
  close() {
    this.closed = true;
  }
  say(name: string, data = '{}', lastEventId = '') {
    this.listeners.get(name)?.({ data, lastEventId } as MessageEvent<string>);
  }
}

function start() {
  const sources: FakeSource[] = [];
  const states: LiveState[] = [];
  const opened: boolean[] = [];
  const events: [string, unknown][] = [];
  const stream = new LiveStream(
    {
      onState: (state) => states.push(state),
      onOpen: (again) => opened.push(again),
      onEvent: (name, data) => events.push([name, data]),
    },
    liveFeed,
    (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
  );
  return { stream, sources, states, opened, events, last: () => sources.at(-1)! };
}

describe('LiveStream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('hands events over and is live after hello', () => {
    const live = start();
    expect(live.states).toEqual(['connecting']);
    live.last().say('hello', '{"cursor":7}');
    live.last().say('bot', '{"bot_id":"a","event":"ready"}', '8');
    expect(live.states).toEqual(['connecting', 'live']);
    expect(live.opened).toEqual([false]);
    expect(live.events).toEqual([['bot', { bot_id: 'a', event: 'ready' }]]);
  });

  it('comes back from where it broke off, and nobody notices when that is quick', () => {
    const live = start();
    live.last().say('hello', '{"cursor":7}');
    live.last().say('bot', '{}', '9');
    live.last().say('error');
    expect(live.sources[0]!.closed).toBe(true);
    vi.advanceTimersByTime(300);
    expect(live.last().url).toBe('/api/v1/live?since=9');
    live.last().say('hello', '{"cursor":9}');
    vi.advanceTimersByTime(60_000);
    expect(live.states).toEqual(['connecting', 'live', 'live']);
    expect(live.opened).toEqual([false, true]);
  });

  it('says so when it stays away, and waits longer each time', () => {
    const live = start();
    live.last().say('hello', '{"cursor":7}');
    const waits: number[] = [];
    for (let round = 0; round < 8; ++round) {
      const before = live.sources.length;
      live.last().say('error');
      let waited = 0;
      while (live.sources.length === before) {
        vi.advanceTimersByTime(100);
        waited += 100;
      }
      waits.push(waited);
    }
    expect(live.states.at(-1)).toBe('lost');
    expect(waits).toEqual([300, 600, 1200, 2400, 4800, 9600, 10_000, 10_000]);
  });

  it('is lost when a new connection hangs', () => {
    const live = start();
    live.last().say('hello', '{"cursor":7}');
    live.last().say('error');
    vi.advanceTimersByTime(2_500);
    expect(live.states.at(-1)).toBe('lost');
    live.last().say('hello', '{"cursor":7}');
    expect(live.states.at(-1)).toBe('live');
  });

  it('lets go of the connection while nobody looks', () => {
    const live = start();
    live.last().say('hello', '{"cursor":7}');
    live.stream.rest();
    expect(live.last().closed).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(live.sources.length).toBe(1);
    live.stream.hurry();
    expect(live.last().url).toBe('/api/v1/live?since=7');
    live.last().say('hello', '{"cursor":9}');
    expect(live.opened).toEqual([false, true]);
  });

  it('hurries when asked, and stays away when closed', () => {
    const live = start();
    live.last().say('error');
    live.stream.hurry();
    expect(live.sources.length).toBe(2);
    live.stream.hurry(); // Nothing waits: nothing happens.
    expect(live.sources.length).toBe(2);
    live.stream.close();
    live.last().say('error');
    vi.advanceTimersByTime(60_000);
    expect(live.sources.length).toBe(2);
  });
});
