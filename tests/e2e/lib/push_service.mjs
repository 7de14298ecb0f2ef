// Stands in for push services: keeps what is posted to it, and reads Web Push messages as a browser does, by Node's own
// crypto (RFC 8188, 8291, 8292).
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { createServer } from 'node:http';

export class PushService {
  static async start() {
    const service = Object.assign(new PushService(), { pushes: [], status: 201, tries: 0 });
    service.http = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      service.tries++;
      const push = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(pieces) };
      if (service.status < 300) service.pushes.push(push);
      response.writeHead(service.status, service.status === 302 ? { location: `${service.url}/elsewhere` } : {}).end();
    });
    await new Promise((r) => service.http.listen(0, '127.0.0.1', r));
    service.url = `http://127.0.0.1:${service.http.address().port}`;
    return service;
  }
  async stop() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }
}

/** A browser that has subscribed. */
export class Browser {
  constructor(endpoint) {
    this.endpoint = endpoint;
    this.ecdh = createECDH('prime256v1');
    this.publicKey = this.ecdh.generateKeys();
    this.auth = randomBytes(16);
  }
  get pushkey() { return this.publicKey.toString('base64url'); }
  get data() { return { endpoint: this.endpoint, auth: this.auth.toString('base64url') }; }

  read(body) {
    const salt = body.subarray(0, 16);
    const recordSize = body.readUInt32BE(16);
    const sender = body.subarray(21, 21 + body[20]);
    const record = body.subarray(21 + body[20]);
    if (record.length > recordSize) throw new Error('more than one record');
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.publicKey, sender]);
    const secret = Buffer.from(hkdfSync('sha256', this.ecdh.computeSecret(sender), this.auth, info, 32));
    const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16));
    const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12));
    const opener = createDecipheriv('aes-128-gcm', key, nonce);
    opener.setAuthTag(record.subarray(-16));
    const plain = Buffer.concat([opener.update(record.subarray(0, -16)), opener.final()]);
    const end = plain.lastIndexOf(2);
    if (plain.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('no end of the last record');
    return JSON.parse(plain.subarray(0, end).toString());
  }
}

/** The claims of a VAPID header whose signature holds; throws otherwise. */
export function vapidOf(header, key) {
  const [, token, shown] = header.match(/^vapid t=([^,]+), k=(\S+)$/);
  if (shown !== key) throw new Error('another key');
  const point = Buffer.from(key, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const [head, claims, signature] = token.split('.');
  const signed = verify('sha256', Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  if (!signed) throw new Error('the signature does not hold');
  return JSON.parse(Buffer.from(claims, 'base64url').toString());
}
