// The sound of each person goes to a session of its own, which is told whose it is: nobody has to guess.
import type { BotConfig, SpeechTask } from '../config.ts';
import { log } from '../log.ts';
import { Whisper } from '../whisper.ts';

/** At once; whoever comes on top of that is not written down. */
export const mostVoices = 32;

export interface Voice {
  readonly id: string;
  readonly name: string;
}

export class Voices {
  readonly #config: BotConfig;
  readonly #began: () => void;
  readonly #open = new Map<string, Whisper>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #refused = new Set<string>();
  #sessions = 0;
  language: string | null;
  task: SpeechTask;

  constructor(config: BotConfig, began: () => void) {
    this.#config = config;
    this.#began = began;
    this.language = config.language;
    this.task = config.task;
  }

  audio(voice: Voice, frame: Float32Array): void {
    let whisper = this.#open.get(voice.id);
    if (!whisper) {
      if (this.#open.size >= mostVoices) {
        if (!this.#refused.has(voice.id) && this.#refused.size < 1_000) log('not written down, they are too many:', this.#refused.add(voice.id).size);
        return;
      }
      whisper = new Whisper(this.#config, () => [], this.#began, { voice, uid: () => `${this.#config.connectionId}:${++this.#sessions}` });
      Object.assign(whisper, { language: this.language, task: this.task });
      this.#open.set(voice.id, whisper);
      whisper.open();
    }
    whisper.audio(frame);
  }

  /** Who is not among these has gone, or is not to be heard any more. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of [...this.#open.keys()]) if (!ids.has(id)) this.drop(id);
  }

  drop(id: string): void {
    const whisper = this.#open.get(id);
    if (!whisper) return;
    this.#open.delete(id);
    const leaving: Promise<void> = whisper.close(4_000).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  reconfigure(language: string | null, task: SpeechTask): void {
    Object.assign(this, { language, task });
    for (const whisper of this.#open.values()) whisper.reconfigure(language, task);
  }

  /** Whether all sessions take sound. */
  get ready(): boolean {
    return [...this.#open.values()].every((one) => one.state.ready);
  }

  async close(ms: number): Promise<void> {
    await Promise.all([...[...this.#open.values()].map((one) => one.close(ms)), ...this.#leaving]);
    this.#open.clear();
  }
}
