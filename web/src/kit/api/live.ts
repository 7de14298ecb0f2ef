// Streams of events: an EventSource that comes back by itself, with growing pauses, from where it broke off.

export type LiveState = 'connecting' | 'live' | 'lost';
export interface LiveHandlers<Name extends string = string> {
  onState(state: LiveState): void;
  /** The stream is (again) there; what happened in between may be missing when `again`. */
  onOpen(again: boolean): void;
  onEvent(name: Name, data: unknown): void;
}

/** What is streamed from where. */
export interface Feed<Name extends string> {
  path: string;
  /** The query parameter that takes the id of the last event seen. */
  resume: string;
  /** Where to begin. */
  first?: string;
  names: readonly Name[];
}

/** The part of EventSource that is used, so that tests can bring their own. */
export interface Source {
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

const firstPauseMs = 300;
/** A stream that is back this soon was never missed: the server ends each one after some minutes. */
const graceMs = 2_000;
const longestPauseMs = 10_000;

export class LiveStream<Name extends string = string> {
  private source: Source | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private grace: ReturnType<typeof setTimeout> | undefined;
  private cursor = '';
  private failures = 0;
  private wasOpen = false;
  private closed = false;
  private resting = false;

  constructor(
    private readonly handlers: LiveHandlers<Name>,
    private readonly feed: Feed<Name>,
    private readonly open: (url: string) => Source = (url) => new EventSource(url),
  ) {
    this.cursor = feed.first ?? '';
    handlers.onState('connecting');
    this.connect();
  }

  /** Tries at once instead of waiting for the end of the pause: the page came back, or the machine is online again. */
  hurry() {
    if (this.closed || (this.timer === undefined && !this.resting)) return;
    clearTimeout(this.timer);
    this.resting = false;
    this.connect();
  }

  /** Lets go of the connection until `hurry`: a browser has six for one server, and a page nobody sees needs none. */
  rest() {
    if (this.closed || this.resting) return;
    this.resting = true;
    clearTimeout(this.timer);
    clearTimeout(this.grace);
    this.timer = undefined;
    this.source?.close();
    this.source = undefined;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.grace);
    this.source?.close();
  }

  private connect() {
    this.timer = undefined;
    const { path, resume, names } = this.feed;
    const source = this.open(
      path + (this.cursor ? `${path.includes('?') ? '&' : '?'}${resume}=${encodeURIComponent(this.cursor)}` : ''),
    );
    this.source = source;
    source.addEventListener('hello', (event) => {
      this.failures = 0;
      clearTimeout(this.grace);
      const { cursor } = JSON.parse(event.data) as { cursor?: number | string };
      if (cursor !== undefined) this.cursor = String(cursor);
      this.handlers.onState('live');
      this.handlers.onOpen(this.wasOpen);
      this.wasOpen = true;
    });
    for (const name of names) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) this.cursor = event.lastEventId;
        this.handlers.onEvent(name, JSON.parse(event.data || '{}'));
      });
    }
    source.addEventListener('error', () => {
      // EventSource would try again by itself, but not after every kind of error, and without growing pauses.
      source.close();
      if (this.closed || this.source !== source) return;
      this.source = undefined;
      if (this.failures > 0 || !this.wasOpen) this.lose();
      else this.grace = setTimeout(() => this.lose(), graceMs);
      this.timer = setTimeout(() => this.connect(), this.pauseMs());
    });
  }

  private lose() {
    clearTimeout(this.grace);
    this.handlers.onState('lost');
  }

  private pauseMs(): number {
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures++);
    return pause * (0.75 + Math.random() * 0.5); // Spread, so that many pages do not come back in one moment.
  }
}

const outOfSightMs = 30_000;
/** A page that is out of sight lets its connection go after a while and comes back when it is looked at; yields the end of that. */
export function followVisibility(stream: { hurry(): void; rest(): void }): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') stream.hurry();
    else timer = setTimeout(() => stream.rest(), outOfSightMs);
  };
  window.addEventListener('online', look);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearTimeout(timer);
    window.removeEventListener('online', look);
    document.removeEventListener('visibilitychange', look);
  };
}
