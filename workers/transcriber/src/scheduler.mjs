// Whose job the models do next: everybody in turn, one job each.

export class Scheduler {
  #clients = [];

  constructor(engine) {
    this.engine = engine;
  }

  /** A client has next(urgent), take(job, answer) and fail(job, error). */
  add(client) {
    this.#clients.push(client);
  }

  remove(client) {
    this.#clients = this.#clients.filter((one) => one !== client);
  }

  get size() {
    return this.#clients.length;
  }

  /** Somebody may have a job now. What must be done comes before texts that only grow: those get the time that is left. */
  wake() {
    while (this.engine.hasFree) {
      const found = this.#find(true) ?? this.#find(false);
      if (!found) return;
      this.#run(found.client, found.job);
    }
  }

  #find(urgent) {
    for (let i = 0; i < this.#clients.length; i++) {
      const client = this.#clients[i];
      const job = client.next(urgent);
      if (!job) continue;
      this.#clients.splice(i, 1);
      this.#clients.push(client);
      return { client, job };
    }
    return undefined;
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
