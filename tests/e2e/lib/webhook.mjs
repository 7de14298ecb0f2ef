// A web service as a webhook bot asks it: answers each message at once, or says 202 and answers later by the one-time
// token. What it has promised to answer is in a file, so that it may be killed anywhere and keeps its word.
import { createServer } from 'node:http';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

export class Webhook {
  /**
   * Options: port (a free one); thinkMs, before it says anything; later (the answer comes by the token) with laterMs,
   * troupe (the platform's address, or a list of them to try in turn) and file (where promises are kept); meanwhile (a text shown until then);
   * say(question), its words; report(stage, text): asked, promised, done, and refused (with the status) when an answer
   * is not taken.
   */
  static async start(options = {}) {
    const service = new Webhook();
    Object.assign(service, { port: 0, thinkMs: 100, later: false, laterMs: 300, meanwhile: '', report: () => {}, promises: [],
      say: (question) => `heard ${question.text} from ${question.sender} in ${question.session}`, ...options });
    if (service.later && existsSync(service.file)) service.promises = JSON.parse(readFileSync(service.file, 'utf8'));
    for (const promise of service.promises) service.keep(promise);
    service.http = createServer((request, response) => service.answer(request, response).catch(() => response.destroy()));
    await new Promise((r) => service.http.listen(service.port, '127.0.0.1', r));
    return service;
  }
  get url() { return `http://127.0.0.1:${this.http.address().port}/`; }
  async stop() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }

  async answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const question = JSON.parse(Buffer.concat(pieces).toString());
    this.report('asked', question.text);
    await sleep(this.thinkMs);
    const answer = { text: this.say(question) };
    if (!this.later) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return this.report('done', question.text);
    }
    const promise = { path: question.reply.path, text: question.text, answer };
    this.promises.push(promise);
    this.write();
    response.writeHead(202, { 'content-type': 'application/json' }).end(this.meanwhile ? JSON.stringify({ text: this.meanwhile }) : '');
    this.report('promised', question.text);
    this.keep(promise);
  }

  /** Answers by the token, and goes on trying while the platform is away. */
  async keep(promise) {
    await sleep(this.laterMs);
    const addresses = [this.troupe].flat();
    for (let tried = 0; ; tried++) {
      try {
        const taken = await fetch(addresses[tried % addresses.length] + promise.path, { method: 'POST', headers: { 'content-type': 'application/json' },
          body: JSON.stringify(promise.answer), signal: AbortSignal.timeout(30_000) });
        await taken.text();
        if (taken.status < 500 && taken.status !== 429) {
          this.promises = this.promises.filter((p) => p !== promise);
          this.write();
          return this.report(taken.status === 200 ? 'done' : 'refused', taken.status === 200 ? promise.text : `${promise.text}: ${taken.status}`);
        }
      } catch { /* away: it was killed, or is */ }
      await sleep(50);
    }
  }
  write() {
    writeFileSync(`${this.file}.new`, JSON.stringify(this.promises));
    renameSync(`${this.file}.new`, this.file);
  }
}
