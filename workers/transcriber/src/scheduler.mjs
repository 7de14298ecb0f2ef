// Whose job the models do next: everybody in turn, one job each.

export class Scheduler {
  #clients = [];

  constructor(engine) {
    this.engine = engine;
  }

  /** A client has next(), take(job, answer) and fail(job, error). */
  add(client) {
    this.#clients.push(client);
  }

  remove(client) {
    this.#clients = this.#clients.filter((one) => one !== client);
  }

  get size() {
    return this.#clients.length;
  }

  /** Somebody may have a job now. */
  wake() {
    for (let asked = 0; asked < this.#clients.length && this.engine.hasFree; asked++) {
      const client = this.#clients.shift();
      this.#clients.push(client);
      const job = client.next();
      if (job) {
        this.#run(client, job);
        asked = -1;  // everybody may be asked again, in the order that is now
      }
    }
  }

  async #run(client, job) {
    let answer, failure;
    try {
      answer = await this.engine.run(job);
    } catch (error) {
      failure = error;
    }
    if (this.#clients.includes(client)) {
      if (failure) client.fail(job, failure);
      else client.take(job, answer);
    }
    this.wake();
  }
}
