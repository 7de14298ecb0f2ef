// A stand-in for an OpenAI-compatible server that behaves as badly as real ones do. What it does with a question is
// told by the question's first word; everything else is said back. Options: port (a free one), wordMs; `report(stage,
// question)` hears of each paced answer: asked, writing, done; `before(question, n)` is waited for before piece n of a long
// one is said, so that a test can look at what has come so far however slow the machine is.
import { createServer } from 'node:http';

const chunk = (delta, finish = null) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const text = (content, finish) => chunk({ content }, finish);
const whole = (content, finish = 'stop') => JSON.stringify({ object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }],
  usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } });
const failure = (message, code) => JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } });
const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** What `essay` is answered with. */
export const essay = Array.from({ length: 40 }, (_, i) => `${`Sentence ${i + 1} of a longer answer is here to be read`.padEnd(48, '!')}. `)
  .join('').slice(0, 1999) + '#';

export class OpenAi {
  static async start(options = {}) {
    const server = new OpenAi();
    Object.assign(server, { port: 0, wordMs: 40, report: () => {}, before: () => {}, ...options });
    server.requests = [];
    server.busy = 0; // how many requests are answered 429 first
    server.contextTurns = Infinity; // more messages than this are an overflow
    server.http = createServer((request, response) => server.answer(request, response).catch(() => response.destroy()));
    await new Promise((r) => server.http.listen(server.port, '127.0.0.1', r));
    server.url = `http://127.0.0.1:${server.http.address().port}/v1`;
    return server;
  }
  async stop() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }

  async answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const raw = Buffer.concat(pieces).toString();
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'stand-in' }, { id: 'other' }] }));
      return;
    }
    const body = JSON.parse(raw);
    this.requests.push({ headers: request.headers, body });
    const json = (status, content, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(content);
    };
    if (request.url !== '/v1/chat/completions') return json(404, failure('no such path'));
    if (body.model !== 'stand-in') return json(404, failure(`model '${body.model}' not found`, 'model_not_found'));
    if (this.busy > 0) {
      this.busy -= 1;
      return json(429, failure('slow down', 'rate_limit_exceeded'), { 'retry-after': '0' });
    }
    if (body.messages.length > this.contextTurns) {
      return json(400, failure("This model's maximum context length is 10 tokens.", 'context_length_exceeded'));
    }
    const last = body.messages.at(-1).content;
    const question = typeof last === 'string' ? last : last.filter((p) => p.type === 'text').map((p) => p.text).join(' ');
    const images = typeof last === 'string' ? 0 : last.filter((p) => p.type === 'image_url').length;
    const word = question.split(' ')[0];
    if (word === 'json') return json(200, whole('whole answer'));
    if (word === 'liar') { // a stream that is labelled as JSON
      return json(200, `${text('a stream ')}${text('after all', 'stop')}data: [DONE]\n\n`);
    }
    if (word === 'later' && !this.put_off) {
      this.put_off = true;
      return json(503, failure('loading'), { 'retry-after': new Date(Date.now() + 1000).toUTCString() });
    }
    if (word === '500') return json(500, '<html>internal error: key sk-should-not-be-shown</html>', { 'content-type': 'text/html' });
    if (word === 'stall') { request.socket.setTimeout(0); return; } // no byte, ever

    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    if (word === 'reasoning') {
      response.write(chunk({ role: 'assistant', reasoning_content: 'let me see' }));
      response.write(text('<thi'));
      response.write(text('nk>secret thoughts</think>\n\nthe answer', 'stop'));
      response.end('data: [DONE]\n\n');
    } else if (word === 'cut') { // in the middle of a chunk, inside a character
      response.write(text('half of '));
      response.write(Buffer.from(text('an ö')).subarray(0, -20));
      await pause(50);
      response.destroy();
    } else if (word === 'silence') { // begins and then says nothing more
      response.write(text('begun and '));
    } else if (word === 'error') {
      response.write(text('first words, '));
      response.write(`data: ${JSON.stringify({ error: { message: 'CUDA out of memory', type: 'server_error' } })}\n\n`);
      response.end();
    } else if (word === 'length') {
      response.end(text('as long as I ', null) + text('may', 'length') + 'data: [DONE]\n\n');
    } else if (word === 'paced') { // a word at a time; at the end, what it was told of earlier in this conversation
      this.report('asked', question);
      const heard = body.messages.filter((m) => m.role === 'user').map((m) => m.content);
      const said = [...Array.from({ length: 24 }, (_, i) => `word${i + 1}`), `for ${question}`];
      for (const [i, piece] of said.entries()) {
        await pause(this.wordMs);
        response.write(text(`${piece} `));
        if (i === 0) this.report('writing', question);
      }
      response.write(text(`heard ${JSON.stringify(heard)}`, 'stop'));
      this.report('done', question);
      response.end('data: [DONE]\n\n');
    } else if (word === 'tool') { // arguments over three chunks, not JSON in the end
      response.write(chunk({ role: 'assistant', tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }] }));
      for (const piece of ['{"secret_argu', 'ment": Par', 'is']) response.write(chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
      response.end(chunk({}, 'tool_calls') + 'data: {"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":9}}\n\ndata: [DONE]\n\n');
    } else if (word === 'markup') { // a tool call that the server did not read
      for (const piece of ['<tool_', 'call>{"name":"weather",', '"arguments":{"secret_argument":1}}</tool_call>']) {
        response.write(text(piece));
        await pause(700);
      }
      response.end(text('', 'stop') + 'data: [DONE]\n\n');
    } else if (word === 'topic') {
      response.end(text(`told: ${body.messages.filter((m) => m.role === 'system').map((m) => m.content).join('|')}`, 'stop'));
    } else if (word === 'essay') { // 2,000 characters in 40 pieces
      for (let i = 0; i < 40; ++i) {
        await this.before(question, i);
        response.write(text(essay.slice(i * 50, (i + 1) * 50)));
        await pause(this.wordMs);
      }
      response.end(text('', 'stop') + 'data: [DONE]\n\n');
    } else if (word === 'long') {
      for (let i = 1; i <= 30; ++i) {
        await this.before(question, i);
        response.write(text(`word${i} `));
        await pause(40);
      }
      response.write(text('end', 'stop'));
      response.end('data: [DONE]\n\n');
    } else { // carriage returns, comments, empty choices, characters cut between two packets, usage, no [DONE]
      const said = `You said: ${question}${images ? ` (${images} image)` : ''} [${body.messages.length}] é日`;
      const bytes = Buffer.from(`: keep-alive\r\n\r\n${chunk({ role: 'assistant', content: '' })}data: {"choices":[]}\r\n\r\n` +
        [...said].map((c) => text(c)).join('').replaceAll('\n', '\r\n') + text('', 'stop') +
        'data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}}\n\n');
      const middle = bytes.indexOf(Buffer.from('é')) + 1;
      response.write(bytes.subarray(0, middle));
      await pause(20);
      response.end(bytes.subarray(middle));
    }
  }
}
