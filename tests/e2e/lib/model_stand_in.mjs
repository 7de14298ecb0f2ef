// A stand-in for a language model that answers a word at a time and fails as it is told to, for tests with several of
// them: which one was asked what, and when.
import { createServer } from 'node:http';

/** One event of a streamed answer. */
export const event = (delta, finish = null) => `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const chunk = (content, finish = null) => event({ content }, finish);

export class ModelStandIn {
  /**
   * name: stands in every word of its answers. plan(question, text): how it answers this time: {whole}, {cut: byte},
   * {silent: byte}, {refuse: status, headers, body}; nothing is whole. tokens: what it says that an answer used, or a function of
   * the request's body; null: it does not say. delay: before it begins, in ms.
   */
  static async start(name, { plan, tokens = { prompt_tokens: 10, completion_tokens: 20 }, delay = 0, ...more } = {}) {
    const model = Object.assign(new this(), { name, tokens, delay, requests: [] }, plan && { plan }, more);
    model.http = createServer((request, response) => model.answer(request, response).catch(() => response.destroy()));
    await new Promise((r) => model.http.listen(0, '127.0.0.1', r));
    model.port = model.http.address().port;
    model.url = `http://127.0.0.1:${model.port}/v1`;
    return model;
  }
  plan() { return {}; }
  async stop() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }
  /** What a whole answer of it is. */
  text(question) { return `${Array.from({ length: 12 }, (_, i) => `${this.name}${i}`).join(' ')} for ${question}`; }

  async answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: [{ id: 'm' }, { id: this.name }] }));
      return;
    }
    const body = JSON.parse(Buffer.concat(pieces).toString());
    const question = body.messages.at(-1).content;
    const seen = { question, body, at: Date.now(), headers: request.headers, begun: null };
    this.requests.push(seen);
    const { cut, silent, refuse, headers = {}, body: said = '{}' } = this.plan(question, this, body) ?? {};
    if (refuse) {
      response.writeHead(refuse, { 'content-type': 'application/json', ...headers });
      response.end(said);
      return;
    }
    if (this.delay) await new Promise((r) => setTimeout(r, this.delay));
    const used = typeof this.tokens === 'function' ? this.tokens(body) : this.tokens;
    const whole = Buffer.from(this.events(question, body)
      + (used ? `data: ${JSON.stringify({ choices: [], usage: used })}\n\n` : '') + 'data: [DONE]\n\n');
    const end = cut ?? silent;
    if (cut === 0) return void request.socket.destroy(); // not even a status
    if (silent === 0) return; // no byte, ever
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    seen.begun = Date.now();
    if (end === undefined) return void response.end(whole);
    response.write(whole.subarray(0, Math.min(end, whole.length)));
    await new Promise((r) => setTimeout(r, 20));
    if (cut !== undefined) response.destroy();
  }
  /** A whole answer, without what it used. */
  events(question) { return this.text(question).split(/(?<= )/).map((word) => chunk(word)).join('') + chunk('', 'stop'); }
  /** How many bytes a whole answer has. */
  bytes(question) { return Buffer.byteLength(this.events(question)); }
}
