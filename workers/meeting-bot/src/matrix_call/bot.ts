// One bot in one Matrix call, as a member of the room with a device of its own: from its page to the call, and in the call until
// it ends for exactly one reason.
import { Company } from '../audio/company.ts';
import { openWindow, type Window } from '../browser.ts';
import type { Callbacks } from '../callbacks.ts';
import type { Change as Settings } from '../commands.ts';
import type { BotConfig } from '../config.ts';
import { type EndingName, Left } from '../ending.ts';
import { log } from '../log.ts';
import { callNoticeFor } from '../notice.ts';
import { Recorder } from '../recording/recorder.ts';
import { now, pause, within } from '../time.ts';
import type { MatrixAccess } from './access.ts';
import { Link } from './link.ts';
import { endedBy, type Look } from './protocol.ts';
import { Reports } from './reports.ts';
import { Voices } from './voices.ts';

const lookEvery = 250;
const mostFaults = 20;

export class MatrixCallBot {
  readonly #config: BotConfig;
  readonly #access: MatrixAccess;
  readonly #callbacks: Callbacks;
  readonly #environment: Record<string, string | undefined>;
  readonly #followed: (report: object) => void;
  readonly #stop = new AbortController();
  readonly #reports: Reports;
  readonly #voices: Voices;
  readonly #names = new Map<string, string>();
  readonly #declined: Set<string>;
  #window: Window | null = null;
  #link: Link | null = null;
  #recorder: Recorder | null = null;
  #admitted = false;
  #changed = false;

  /** `followed` is told when a change of language or task has been followed. */
  constructor(config: BotConfig, access: MatrixAccess, callbacks: Callbacks, environment: Record<string, string | undefined>, followed: (report: object) => void) {
    this.#config = config;
    this.#access = access;
    this.#callbacks = callbacks;
    this.#environment = environment;
    this.#followed = followed;
    this.#declined = new Set(access.declined);
    this.#reports = new Reports(config, this.#stop.signal);
    this.#voices = new Voices(config, () => this.#report());
  }

  /** The word to leave: at once, wherever it is. */
  leave(): void {
    this.#stop.abort();
  }

  reconfigure(change: Settings): void {
    const language = change.language === undefined ? this.#voices.language : change.language;
    const task = change.task ?? this.#voices.task;
    this.#changed = true;
    // It comes over two channels, and more than once until it is heard.
    if (language !== this.#voices.language || task !== this.#voices.task) {
      log('from now on', language ?? 'any language', task);
      this.#voices.reconfigure(language, task);
    }
    this.#report();
  }

  /** Its account writes nothing of others' in the room. */
  say(): void {
    log('this call has no chat but its room');
  }

  /** A change is followed when the new sessions take sound. */
  #report(): void {
    if (!this.#changed || !this.#voices.ready) return;
    this.#changed = false;
    this.#followed({ action: 'reconfigure', status: 'applied', language: this.#voices.language, task: this.#voices.task });
  }

  /** Never throws. What it has opened is closed when it yields. */
  async run(): Promise<EndingName> {
    const ending = await this.#attend().catch((error: unknown): EndingName => {
      if (this.#stop.signal.aborted) return this.#admitted ? 'told_to_leave' : 'told_before_admission';
      log(error);
      if (error instanceof Left) return error.ending;
      return endedBy(error) ?? (!this.#window ? 'no_browser' : this.#admitted ? 'page_lost' : 'no_way_in');
    });
    await this.#tidy();
    return ending;
  }

  async #attend(): Promise<never> {
    this.#window = await openWindow(this.#environment, { ownPage: true });
    if (this.#config.recordingUrl) this.#recorder = await Recorder.install(this.#window.context, this.#config.recordingUrl);
    const link = (this.#link = await this.#unlessStopped(Link.open(this.#window.context, (person, frame) => this.#hear(person, frame))));
    this.#callbacks.say('joining');
    await this.#unlessStopped(link.ready(this.#access, this.#config.notice ? callNoticeFor(this.#config) : null));
    const declined = await this.#unlessStopped(this.#reports.device(this.#access.deviceId));
    if (!declined) throw new Left('no_way_in', 'the device was not signed');
    this.#callbacks.say('awaiting_admission');
    await this.#unlessStopped(link.join(declined));
    this.#admitted = true;
    this.#callbacks.say('active');
    log('in the call');
    this.#callbacks.notice(this.#config.notice ? 'given' : 'off');
    // The room was told, and whoever declines is not in what the page mixes.
    await this.#recorder?.follow(link.page.mainFrame());
    return this.#listen(link);
  }

  async #listen(link: Link): Promise<never> {
    const company = new Company(this.#config.leave, now());
    let faults = 0;
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const look = await this.#unlessStopped(link.look()).catch((error: unknown): null => {
        if (this.#stop.signal.aborted) throw error;
        if (++faults >= mostFaults || link.page.isClosed()) throw new Left('page_lost', String(error));
        return null;
      });
      if (look) {
        faults = 0;
        this.#take(look);
        const alone = company.look([{ id: this.#access.userId, name: '', self: true }, ...look.people.map(({ id, name }) => ({ id, name, self: false }))], [], now());
        if (look.over) throw new Left(look.over.why, look.over.detail);
        if (alone) throw new Left(alone);
      }
      await pause(lookEvery, this.#stop.signal);
    }
  }

  #take(look: Look): void {
    for (const line of look.lines) log(line);
    for (const change of look.consent) {
      if (change.declined) this.#declined.add(change.id);
      else this.#declined.delete(change.id);
      this.#voices.drop(change.id);
      this.#reports.consent(change);
      log(change.declined ? 'somebody declines' : 'somebody may be heard again');
    }
    for (const { id, name } of look.people) this.#names.set(id, name);
    const heard = new Set(look.people.filter((one) => one.heard).map((one) => one.id));
    this.#voices.keep(heard);
    for (const id of [...this.#names.keys()]) if (!look.people.some((one) => one.id === id)) this.#names.delete(id);
  }

  #hear(person: string, frame: Float32Array): void {
    // Who is not known yet is named by the next look.
    const name = this.#names.get(person);
    if (name === undefined || this.#declined.has(person) || this.#stop.signal.aborted) return;
    this.#voices.audio({ id: person, name }, frame);
  }

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

  async #tidy(): Promise<void> {
    // While the page is there: what it has recorded last is in it yet.
    await this.#recorder?.end();
    // What was said last counts as well.
    if (this.#link && !this.#link.page.isClosed()) await within(2_000, this.#link.look().then((look) => this.#take(look), () => {}), undefined);
    const goodbye = this.#link && !this.#link.page.isClosed() ? this.#link.leave() : Promise.resolve();
    await Promise.all([this.#voices.close(4_000), this.#recorder?.close(), within(5_000, goodbye, undefined), within(5_000, this.#reports.done(), undefined)]);
    const browser = this.#window?.browser;
    if (browser) await within(5_000, browser.close(), undefined);
  }
}
