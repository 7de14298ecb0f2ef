// The threads that hold the models. A thread does one job at a time; Scheduler decides whose.
import { Worker } from 'node:worker_threads';

export class Engine {
  #threads = [];
  #free = [];

  /** `lost(why)` is called when a thread ends by itself. */
  constructor(count, lost) {
    for (let i = 0; i < count; i++) {
      const worker = new Worker(new URL('./engine_thread.mjs', import.meta.url));
      const thread = { worker, job: undefined };
      thread.ready = new Promise((resolve, reject) => {
        thread.resolveReady = resolve;
        thread.rejectReady = reject;
      });
      thread.ready.catch(() => {});
      worker.on('message', (answer) => this.#take(thread, answer));
      worker.on('error', (error) => this.#lost(thread, error.message, lost));
      worker.on('exit', (code) => this.#lost(thread, `status ${code}`, lost));
      this.#threads.push(thread);
    }
  }

  /** Resolves when every thread has its models; rejects when one cannot load them. */
  async ready() {
    await Promise.all(this.#threads.map((thread) => thread.ready));
  }

  get hasFree() {
    return this.#free.length > 0;
  }

  /** Needs `hasFree`. Resolves to the job's answer; rejects with what went wrong in this one job. */
  run(job) {
    const thread = this.#free.pop();
    return new Promise((resolve, reject) => {
      thread.job = { resolve, reject };
      thread.worker.postMessage(job);
    });
  }

  async close() {
    this.closing = true;
    await Promise.all(this.#threads.map((thread) => thread.worker.terminate()));
  }

  #take(thread, answer) {
    if (answer.loaded) {
      this.#free.push(thread);
      thread.resolveReady();
      return;
    }
    const { job } = thread;
    thread.job = undefined;
    this.#free.push(thread);
    if (answer.error) job.reject(new Error(answer.error));
    else job.resolve(answer);
  }

  #lost(thread, why, lost) {
    if (this.closing || thread.gone) return;
    thread.gone = true;
    thread.rejectReady(new Error(why));
    if (thread.job || this.#free.includes(thread)) lost(why);
  }
}
