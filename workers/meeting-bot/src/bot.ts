// One bot in one call: opens the page, asks to be let in, listens, and ends for exactly one reason.
import type { Frame, Page } from 'playwright-core';
import { Company } from './audio/company.ts';
import { Ear } from './audio/ear.ts';
import { audible, Speakers } from './audio/speakers.ts';
import { openWindow, type Window } from './browser.ts';
import type { Callbacks } from './callbacks.ts';
import type { Change } from './commands.ts';
import type { BotConfig } from './config.ts';
import { type EndingName, Left } from './ending.ts';
import { log } from './log.ts';
import { noticeFor, stopWord } from './notice.ts';
import type { Platform, Where } from './platforms/platform.ts';
import { Recorder } from './recording/recorder.ts';
import { now, pause, within } from './time.ts';
import { Whisper } from './whisper.ts';

const loadWithin = 60_000;
/** From the page's load to the lobby or the call. */
const joinWithin = 90_000;
const lookEvery = 500;
/** Who speaks is asked more often than whether the call goes on. */
const listenEvery = 250;
/** A page that shows neither the call nor why not, so long that it is no change of view. */
const lostAfter = 30_000;
/** A page that cannot be asked at all: it has crashed. */
const mostFaults = 20;

const ends: Partial<Record<Where, EndingName>> = { rejected: 'rejected', not_answered: 'not_answered', removed: 'removed', over: 'over', sign_in: 'sign_in',
  not_found: 'not_found', wrong_passcode: 'wrong_passcode', captcha: 'captcha' };

export class Bot {
  readonly #config: BotConfig;
  readonly #callbacks: Callbacks;
  readonly #platform: Platform;
  readonly #environment: Record<string, string | undefined>;
  readonly #speakers = new Speakers();
  readonly #whisper: Whisper;
  readonly #stop = new AbortController();
  #window: Window | null = null;
  #page: Page | null = null;
  #ear: Ear | null = null;
  #recorder: Recorder | null = null;
  #admitted = false;
  #changed = false;
  readonly #followed: (report: object) => void;

  /** `followed` is told when a change of language or task has been followed. */
  constructor(config: BotConfig, callbacks: Callbacks, platform: Platform, environment: Record<string, string | undefined>, followed: (report: object) => void) {
    this.#config = config;
    this.#callbacks = callbacks;
    this.#platform = platform;
    this.#environment = environment;
    this.#followed = followed;
    this.#whisper = new Whisper(config, () => this.#speakers.current(), () => this.#report());
  }

  /** The word to leave: at once, wherever it is. */
  leave(): void {
    this.#stop.abort();
  }

  reconfigure(change: Change): void {
    const language = change.language === undefined ? this.#whisper.language : change.language;
    const task = change.task ?? this.#whisper.task;
    this.#changed = true;
    // It comes over two channels, and more than once until it is heard.
    const same = language === this.#whisper.language && task === this.#whisper.task;
    if (!same) log('from now on', language ?? 'any language', task);
    if (!same && this.#admitted) this.#whisper.reconfigure(language, task);
    else Object.assign(this.#whisper, { language, task });
    if (!this.#admitted || this.#whisper.state.ready) this.#report();
  }

  #saying: Promise<unknown> = Promise.resolve();
  /** In the call's chat, where there is one that takes it. */
  say(text: string): void {
    const page = this.#page;
    if (!this.#admitted || !page || page.isClosed()) return log('there is no call to write in');
    // One behind the other: each fills the field and sends it.
    this.#saying = this.#saying.then(() => this.#platform.say(this.#platform.frame(page), text)).catch(() => false)
      .then((said) => log(said ? 'wrote in the chat what it was told' : 'the chat took nothing'));
  }

  /** A change is followed when the new session takes sound, or when the call it is for has not begun. */
  #report(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#followed({ action: 'reconfigure', status: 'applied', language: this.#whisper.language, task: this.#whisper.task });
  }

  /** Never throws. What it has opened is closed when it yields. */
  async run(): Promise<EndingName> {
    const ending = await this.#attend().catch((error: unknown): EndingName => {
      if (this.#stop.signal.aborted) return this.#admitted ? 'told_to_leave' : 'told_before_admission';
      log(error);
      if (error instanceof Left) return error.ending;
      return !this.#window ? 'no_browser' : this.#admitted ? 'page_lost' : 'no_way_in';
    });
    await this.#tidy();
    return ending;
  }

  async #attend(): Promise<never> {
    this.#window = await openWindow(this.#environment);
    this.#check();
    const { context } = this.#window;
    this.#ear = await Ear.install(context, this.#platform.capture);
    if (this.#config.recordingUrl) this.#recorder = await Recorder.install(context, this.#config.recordingUrl);
    const page = (this.#page = await context.newPage());
    page.on('dialog', (dialog) => void dialog.accept().catch(() => {}));
    // Whatever else a page opens is not the call.
    context.on('page', (other) => { if (other !== page) void other.close().catch(() => {}); });
    await this.#unlessStopped(page.goto(this.#platform.address(this.#config), { waitUntil: 'domcontentloaded', timeout: loadWithin }));
    this.#callbacks.say('joining');
    await this.#enter(page);
    return this.#listen(page);
  }

  #check(): void {
    this.#stop.signal.throwIfAborted();
  }
  /** Of many, in a call of hours: what waits for the end must not pile up. */
  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    signal.throwIfAborted();
    let stop = (): void => {};
    const stopped = new Promise<never>((_, reject) => { stop = () => reject(new Error('told to leave')); });
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
  #frame(page: Page): Frame {
    if (page.isClosed()) throw new Left('page_lost', 'the page is closed');
    return this.#platform.frame(page);
  }

  /** From the page to the call. */
  async #enter(page: Page): Promise<void> {
    const due = now() + joinWithin;
    let asked = false;
    let lobby: number | null = null;
    for (;;) {
      this.#check();
      const frame = this.#frame(page);
      const where = await this.#unlessStopped(this.#platform.look(frame)).catch(whileLoading);
      if (where === 'in_call') break;
      if (where === 'lobby') {
        if (lobby === null) {
          lobby = now();
          this.#callbacks.say('awaiting_admission');
          log('in the lobby');
        }
      } else if (ends[where]) {
        throw new Left(ends[where] === 'over' ? 'not_found' : ends[where]!);
      } else if (!asked || lobby === null) {
        const pressed = await this.#unlessStopped(this.#platform.approach(frame, this.#config)).catch(whileLoading) === true;
        if (pressed && !asked) log('asked to join');
        asked ||= pressed;
      }
      if (lobby !== null && now() - lobby >= this.#config.leave.lobby) throw new Left('not_answered');
      if (lobby === null && now() > due) throw new Left('no_way_in', asked ? 'asked, and nothing came of it' : 'the page has no way in that is known');
      await pause(lookEvery, this.#stop.signal);
    }
    // Said also when nobody had to let it in: servers know no other way to the call.
    if (lobby === null) this.#callbacks.say('awaiting_admission');
    this.#admitted = true;
    this.#callbacks.say('active');
    log('in the call');
  }

  /** In the call, until it ends. */
  async #listen(page: Page): Promise<never> {
    this.#whisper.open();
    let heardIn: Frame | null = null;
    let recordedIn: Frame | null = null;
    const company = new Company(this.#config.leave, now());
    let noticed = !this.#config.notice;
    if (noticed) this.#callbacks.notice('off');
    let stops: number | null = null;
    let faults = 0;
    let seen = now();
    let looked = 0;
    for (;;) {
      this.#check();
      const frame = this.#frame(page);
      try {
        if (heardIn !== frame) {
          await this.#unlessStopped(this.#ear!.start(frame, (sound) => this.#whisper.audio(sound)));
          heardIn = frame;
        }
        // Nothing is kept before it was said that it is.
        if (noticed && recordedIn !== frame) {
          await this.#recorder?.follow(frame);
          recordedIn = frame;
        }
        const levels = await this.#unlessStopped(this.#ear!.levels(frame));
        const people = await this.#platform.participants(frame);
        for (const turn of this.#speakers.look(people ?? [], levels, now())) this.#whisper.turn(turn);
        const alone = company.look(people, levels, now());
        if (levels.some(({ level }) => level > audible)) seen = now();
        if (now() - looked >= lookEvery) {
          looked = now();
          const where = await this.#unlessStopped(this.#platform.look(frame));
          if (where === 'in_call') seen = now();
          else if (ends[where]) throw new Left(ends[where]!);
          else if (now() - seen > (where === 'lobby' ? this.#config.leave.lobby : lostAfter)) {
            throw new Left(where === 'lobby' ? 'removed' : 'over', 'the page does not show the call any more');
          }
          if (!noticed) {
            noticed = true;
            const isSaid = await this.#platform.say(frame, noticeFor(this.#config)).catch(() => false);
            log(isSaid ? 'said in the chat who listens' : 'there is no chat to say who listens');
            this.#callbacks.notice(isSaid ? 'given' : 'failed');
          }
          const asked = await this.#platform.count(frame, stopWord);
          if (stops !== null && asked > stops) throw new Left('asked_in_chat');
          stops = asked;
        }
        // Only now: a page that says why the call is over shows nobody either.
        if (alone) throw new Left(alone);
        faults = 0;
      } catch (error) {
        if (error instanceof Left || this.#stop.signal.aborted) throw error;
        if (++faults >= mostFaults || page.isClosed()) throw new Left('page_lost', String(error));
        heardIn = recordedIn = null; // a page that was loaded anew has forgotten it
      }
      await pause(listenEvery, this.#stop.signal);
    }
  }

  async #tidy(): Promise<void> {
    // While the page is there: what it has recorded last is in it yet.
    await this.#recorder?.end();
    this.#ear?.stop();
    const page = this.#page;
    const goodbye = page && !page.isClosed() ? this.#platform.leave(this.#platform.frame(page)) : Promise.resolve();
    await Promise.all([this.#whisper.close(4_000), this.#recorder?.close(), within(4_000, goodbye, undefined)]);
    const browser = this.#window?.browser;
    if (browser) await within(5_000, browser.close(), undefined);
    log('heard', this.#whisper.state.frames, 'frames in the last session');
  }
}

/** A page between two documents answers nothing. */
function whileLoading(error: unknown): 'outside' {
  if (!/Execution context was destroyed|navigat|detached|Timeout|intercepts pointer|Target closed|Element is not/i.test(String(error))) throw error;
  return 'outside';
}
