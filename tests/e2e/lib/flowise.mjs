// A stand-in for Flowise 3.1 with its habits, good and bad, as they were read in its source and measured.
//
// A question chooses what happens by words in it, so that many rooms can try different things at once:
//   "slow"           the tokens come one by one (`tokenMs` apart)      "trap:json"     plain JSON although a stream was asked for
//   "trap:notoken"   a stream of metadata and end only                 "trap:error"    an `error` event, status 200
//   "trap:hang"      no byte, ever                                     "trap:stall"    some tokens, then nothing
//   "trap:cut"       some tokens, then the connection is cut           "trap:429"      too many requests, Retry-After: 1
//   "trap:500"       the run fails                                     "trap:unauthorized"  500 with "Unauthorized" inside
//   "trap:huge"      half a megabyte of text                           "trap:413"      too large
//   "action"         an agent flow that wants a person's yes or no     "sources", "followups", "picture": what they say
//   "whose"          the session it was asked in
//
// Options: port (a free one), tokenMs, key, streaming …; `report(stage, question)` hears of each run: asked, writing, done;
// `before(question, n)` is waited for before token n (from 0) of a slow answer, so that a test can look at what has come so far
// however slow the machine is.
//
// Two streams with one chatId do what Flowise does: the table of streams is keyed by chatId, so the second takes the first
// one's place and gets the tokens of both runs, and the first never ends. A run goes on after its client has left.
// A streamed request that fails before its stream is open gets no answer at all.
import { createServer } from 'node:http';

export const flowId = '3b1f2c9e-0c1d-4f7a-9f55-6c6c7b1d2e3f';

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

export class Flowise {
  static async start(options = {}) {
    const flowise = new Flowise();
    Object.assign(flowise, { streaming: true, key: null, tokenMs: 30, uploads: true, speech: true, requests: [], runs: [],
      messages: [], stored: new Map(), stopped: new Set(), pending: new Map(), upserts: [], attachments: [],
      port: 0, report: () => {}, before: () => {}, ...options });
    flowise.streams = new Map();  // chatId → response: a second one replaces the first
    flowise.sockets = new Set();
    flowise.server = createServer((req, res) => flowise.handle(req, res).catch((error) => {
      flowise.failure = error;
      res.destroy();
    }));
    flowise.server.on('connection', (socket) => {
      flowise.sockets.add(socket);
      socket.on('close', () => flowise.sockets.delete(socket));
    });
    await new Promise((r) => flowise.server.listen(flowise.port, '127.0.0.1', r));
    return flowise;
  }
  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((r) => this.server.close(r));
  }
  get base() { return `http://127.0.0.1:${this.server.address().port}`; }
  get url() { return `${this.base}/api/v1/prediction/${flowId}`; }
  /** The bodies of all predictions, in order. */
  get questions() { return this.requests.filter((r) => r.path.startsWith('/api/v1/prediction/')).map((r) => r.json); }

  async handle(req, res) {
    const url = new URL(req.url, this.base);
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const request = { method: req.method, path: decodeURIComponent(url.pathname), query: url.searchParams, headers: req.headers, body };
    if ((req.headers['content-type'] ?? '').startsWith('application/json')) request.json = JSON.parse(body.toString());
    this.requests.push(request);
    const path = url.pathname.replace('/api/v1', '');
    if (path === '/ping') return this.text(res, 200, 'pong');
    if (path === '/version') return this.json(res, 200, { version: '3.1.4' });
    const [, what, id, chat] = path.split('/');
    if (what === 'get-upload-file') return this.getFile(res, url);
    if (!['prediction', 'chatflows-streaming', 'chatflows-uploads', 'chatmessage', 'attachments', 'vector'].includes(what)) return this.text(res, 404, 'Not Found');
    if (what === 'chatmessage' && id === 'abort') {
      this.stopped.add(decodeURIComponent(path.split('/')[4] ?? ''));
      return this.json(res, 200, { status: 200 });
    }
    const flow = what === 'vector' ? chat : id;
    if (flow !== flowId) {
      const status = what === 'prediction' ? 404 : 500;
      return this.fail(req, res, request, status, `Error: chatflowsService - Chatflow ${flow} not found`);
    }
    if (what === 'chatflows-streaming') return this.json(res, 200, { isStreaming: this.streaming });
    if (what === 'chatflows-uploads') return this.json(res, 200, { isSpeechToTextEnabled: this.speech, isImageUploadAllowed: true, isRAGFileUploadAllowed: false, imgUploadSizeAndTypes: [], fileUploadSizeAndTypes: [] });
    if (what === 'chatmessage') {
      if (!this.key || req.headers.authorization !== `Bearer ${this.key}`) return this.json(res, 401, { error: 'Unauthorized Access' });
      return this.json(res, 200, this.messages.filter((m) => m.chatId === url.searchParams.get('chatId')));
    }
    if (what === 'attachments') return this.attach(res, request, decodeURIComponent(chat));
    if (what === 'vector') {
      const files = [...body.toString('latin1').matchAll(/filename="([^"]*)"/g)].map((m) => m[1]);
      const field = (name) => new RegExp(`name="${name}"\r\n\r\n([^\r]*)`).exec(body.toString('latin1'))?.[1];
      this.upserts.push({ files, chunkSize: field('chunkSize'), chunkOverlap: field('chunkOverlap') });
      return this.json(res, 200, { numAdded: files.length * 2, numUpdated: 0, numSkipped: 0, numDeleted: 0, addedDocs: [] });
    }
    return this.predict(req, res, request);
  }

  /** Flowise's error middleware: nothing at all when the request asked for a stream. */
  fail(req, res, request, statusCode, message) {
    if (request.json?.streaming === true || request.json?.streaming === 'true') return;
    this.json(res, statusCode, { statusCode, success: false, message, stack: {} });
  }

  async predict(req, res, request) {
    const { question = '', streaming, chatId, overrideConfig = {}, humanInput, uploads = [] } = request.json;
    const chat = chatId ?? overrideConfig.sessionId ?? 'anonymous';
    const session = overrideConfig.sessionId ?? chatId;
    if (question.includes('trap:hang')) return;
    if (question.includes('trap:429') && this.once(`429 ${question}`)) {
      return this.text(res, 429, 'Too many requests', { 'Retry-After': '1' });  // its rate limiter answers itself
    }
    if (question.includes('trap:flood')) return this.text(res, 429, 'Too many requests', { 'Retry-After': '600' });
    if (question.includes('trap:413')) return this.text(res, 413, 'request entity too large');
    const wantsStream = (streaming === true || streaming === 'true') && this.streaming && !question.includes('trap:json');
    if (wantsStream) {
      this.streams.set(chat, res);
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' });
      res.flushHeaders();
    }
    const emit = (event, data) => wantsStream && this.streams.get(chat)?.write(`message:\ndata:${JSON.stringify({ event, data })}\n\n`);
    const close = () => {
      if (!wantsStream) return;
      emit('end', '[DONE]');
      this.streams.get(chat)?.end();
      this.streams.delete(chat);
    };
    const broken = (message) => {
      emit('error', message);
      this.fail(req, res, request, 500, message);
      close();
    };
    if (question.includes('trap:unauthorized') || (this.key && req.headers.authorization !== `Bearer ${this.key}`)) return broken('Error: predictionsServices.buildChatflow - Unauthorized');
    if (question.includes('trap:error') || question.includes('trap:500')) return broken('Error: the model is on holiday');
    const run = { chat, session, question, uploads, humanInput, began: Date.now() };
    this.runs.push(run);
    this.report('asked', question);
    const answer = await this.answer(run);
    const messageId = `m${this.messages.length}`;
    const tokens = answer.text.match(/\S+\s*/g) ?? [];
    const pause = /slow|trap:stall|trap:cut/.test(question) ? this.tokenMs : 0;
    let sent = 0;
    if (!question.includes('trap:notoken') || !wantsStream) {
      emit('start', tokens[0] ?? '');
      for (const token of tokens) {
        if (this.stopped.has(chat)) { emit('abort', '[DONE]'); break; }
        if (pause) {
          await sleep(pause);
          await this.before(question, sent);
        }
        emit('token', token);
        if (sent === 0) this.report('writing', question);
        if (++sent === 3 && question.includes('trap:stall')) return;
        if (sent === 3 && question.includes('trap:cut')) { res.socket.destroy(); break; }
      }
    }
    run.ended = Date.now();
    if (answer.sourceDocuments) emit('sourceDocuments', answer.sourceDocuments);
    if (answer.artifacts) emit('artifacts', answer.artifacts);
    if (answer.action) emit('action', answer.action);
    this.messages.push({ id: messageId, role: 'apiMessage', chatId: chat, sessionId: session, content: answer.text });
    const metadata = { chatId: chat, chatMessageId: messageId, question: run.heard ?? question, sessionId: session, memoryType: 'Buffer Memory' };
    if (answer.followUpPrompts) metadata.followUpPrompts = answer.followUpPrompts;
    if (answer.action) metadata.action = answer.action;
    this.report('done', question);
    if (!wantsStream) return this.json(res, 200, { text: answer.text, ...metadata, ...(answer.followUpPrompts ? { followUpPrompts: JSON.stringify(JSON.stringify(answer.followUpPrompts)) } : {}), sourceDocuments: answer.sourceDocuments, artifacts: answer.artifacts, isStreamValid: this.streaming });
    emit('metadata', metadata);
    close();
  }

  async answer(run) {
    const { question, session } = run;
    const answer = { text: `You said: ${question}` };
    if (run.humanInput) {
      const waiting = this.pending.get(session);
      this.pending.delete(session);
      answer.text = waiting === run.humanInput.startNodeId ? `The person said ${run.humanInput.type}.` : 'Nothing was waiting.';
      return answer;
    }
    if (question.startsWith('action')) {
      this.pending.set(session, 'humanInputAgentflow_0');
      answer.text = '\n\nShall I do it?';
      answer.action = { id: 'a1', mapping: { approve: 'Proceed', reject: 'Reject' },
        elements: [{ type: 'agentflowv2-approve-button', label: 'Proceed' }, { type: 'agentflowv2-reject-button', label: 'Reject' }],
        data: { nodeId: 'humanInputAgentflow_0', nodeLabel: 'Human Input 0', input: 'Shall I do it?' } };
    }
    if (question.includes('slow')) answer.text = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ') + ` for ${question}`;
    if (question.includes('whose')) answer.text += ` in ${session}`;
    if (question.includes('trap:huge')) answer.text = 'This is a paragraph.\n\n'.repeat(25_000);
    if (question.includes('markdown')) answer.text = '# Title\n\n**bold** <script>alert(1)</script><b>raw</b>\n\n- one\n- two';
    if (question.includes('sources')) answer.sourceDocuments = [{ pageContent: 'Water boils at 100 degrees.', metadata: { source: '/data/physics.pdf' } }, { pageContent: 'More', metadata: { source: 'https://example.org/page', title: 'A page' } }];
    if (question.includes('followups')) answer.followUpPrompts = ['What else?', 'Why?'];
    if (question.includes('picture')) {
      this.stored.set('chart.png', Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
      answer.artifacts = [{ type: 'png', data: 'FILE-STORAGE::chart.png' }];
    }
    for (const upload of run.uploads) {
      if (upload.type === 'audio') { run.heard = 'what was spoken'; answer.text = `You said: ${run.heard}`; }
      else if (upload.type === 'file:full') answer.text += ` | ${upload.name}: ${upload.data}`;
      else {
        const [head, data] = upload.data.split(',');
        answer.text += ` | ${upload.name} ${head} ${Buffer.from(data, 'base64').length} bytes`;
      }
    }
    return answer;
  }

  attach(res, request, chat) {
    const text = request.body.toString('latin1');
    const name = /filename="([^"]*)"/.exec(text)?.[1] ?? '';
    this.attachments.push({ chat, name });
    if (!this.uploads) return this.json(res, 400, { statusCode: 400, success: false, message: 'File upload is not enabled for this chatflow', stack: {} });
    const start = text.indexOf('\r\n\r\n') + 4;
    const content = Buffer.from(text.slice(start, text.lastIndexOf('\r\n--')), 'latin1').toString();
    this.json(res, 200, [{ name, mimeType: 'text/plain', size: content.length, content: `text of ${content}` }]);
  }

  getFile(res, url) {
    const file = this.stored.get(url.searchParams.get('fileName'));
    if (!file) return this.text(res, 404, 'no such file');
    res.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    res.end(file);
  }

  once(key) {
    this.seen ??= new Set();
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }
  json(res, status, body) {
    res.writeHead(status, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify(body));
  }
  text(res, status, body, headers = {}) {
    res.writeHead(status, { 'Content-Type': 'text/plain', ...headers });
    res.end(body);
  }
}
