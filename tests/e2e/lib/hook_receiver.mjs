// Somebody who is told of meetings: checks both signatures with code of its own, and answers as a test says.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

function same(a, b) {
  const [left, right] = [Buffer.from(a ?? ''), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Whether a request is signed with `secret`, the way of Vexa and the way of Standard Webhooks. */
export function signedBothWays(secret, headers, body) {
  const now = Math.floor(Date.now() / 1000);
  if (Math.abs(now - Number(headers['webhook-timestamp'])) > 300 || headers['webhook-timestamp'] !== headers['x-webhook-timestamp']) return false;
  const vexa = `sha256=${createHmac('sha256', secret).update(`${headers['x-webhook-timestamp']}.`).update(body).digest('hex')}`;
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const standard = `v1,${createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`).update(body).digest('base64')}`;
  return same(headers['x-webhook-signature'], vexa) && same(headers['webhook-signature'], standard);
}

export class HookReceiver {
  /** `answer(request, number)` yields a status, or {status, headers, body}; without it 200. Every request is kept. */
  static async start(answer = () => 200) {
    const receiver = new HookReceiver();
    receiver.requests = [];
    receiver.answer = answer;
    receiver.server = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      const body = Buffer.concat(pieces);
      const kept = { path: request.url, method: request.method, headers: request.headers, raw: body, body: JSON.parse(body) };
      receiver.requests.push(kept);
      let said = await receiver.answer(kept, receiver.requests.length - 1);
      if (said === undefined) return; // it never answers
      if (typeof said === 'number') said = { status: said };
      response.writeHead(said.status, said.headers ?? {});
      response.end(said.body ?? '');
    });
    await new Promise((r) => receiver.server.listen(0, '127.0.0.1', r));
    return receiver;
  }
  get url() { return `http://127.0.0.1:${this.server.address().port}/hook`; }
  ids() { return this.requests.map((one) => one.headers['webhook-id']); }
  stop() {
    this.server.closeAllConnections();
    return new Promise((r) => this.server.close(r));
  }
}
