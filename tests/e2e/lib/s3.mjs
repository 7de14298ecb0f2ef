// A bucket as S3 shows it, in memory: objects, ranges, listings, uploads in parts. Signatures are looked at by the unit tests.
import { createServer } from 'node:http';

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

export class Bucket {
  static async start(name = 'media') {
    const bucket = new Bucket();
    Object.assign(bucket, { name, objects: new Map(), uploads: new Map(), away: false, number: 0 });
    bucket.http = createServer((request, response) => bucket.answer(request, response).catch(() => response.destroy()));
    await new Promise((r) => bucket.http.listen(0, '127.0.0.1', r));
    return bucket;
  }
  async stop() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }
  /** As a server's environment. */
  env(prefix = '') {
    return { TROUPE_MEDIA_STORAGE: 's3', TROUPE_S3_ENDPOINT: `http://127.0.0.1:${this.http.address().port}`, TROUPE_S3_BUCKET: this.name,
      TROUPE_S3_ACCESS_KEY: 'key', TROUPE_S3_SECRET_KEY: 'secret', ...(prefix && { TROUPE_S3_PREFIX: prefix }) };
  }
  /** The keys of files. */
  files(prefix = '') { return [...this.objects.keys()].filter((key) => key.startsWith(`${prefix}media/`)); }

  async answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const url = new URL(request.url, 'http://bucket');
    const key = decodeURIComponent(url.pathname).slice(`/${this.name}`.length + 1);
    const say = (status, headers = {}, text = '') => response.writeHead(status, { 'content-length': Buffer.byteLength(text), ...headers }).end(text);
    if (this.away) return void say(503);
    if (!key) return void say(200, {}, url.searchParams.has('uploads') ? '<R></R>' : this.list(url.searchParams.get('prefix') ?? ''));
    if (url.searchParams.has('uploads')) {
      const id = `upload-${++this.number}`;
      this.uploads.set(id, []);
      return void say(200, {}, `<R><UploadId>${id}</UploadId></R>`);
    }
    const id = url.searchParams.get('uploadId');
    if (id && request.method === 'PUT') {
      this.uploads.get(id)[Number(url.searchParams.get('partNumber')) - 1] = body;
      return void say(200, { etag: '"part"' });
    }
    if (id) {
      if (request.method === 'POST') this.objects.set(key, { bytes: Buffer.concat(this.uploads.get(id)), at: Date.now() });
      this.uploads.delete(id);
      return void say(200, {}, '<R></R>');
    }
    if (request.method === 'PUT') {
      this.objects.set(key, { bytes: body, at: Date.now() });
      return void say(200);
    }
    if (request.method === 'DELETE') {
      this.objects.delete(key);
      return void say(204);
    }
    const found = this.objects.get(key);
    if (!found) return void say(404, {}, request.method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code></Error>');
    const facts = { 'last-modified': new Date(found.at).toUTCString(), date: new Date().toUTCString() };
    if (request.method === 'HEAD') return void response.writeHead(200, { ...facts, 'content-length': found.bytes.length }).end();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range);
    const part = found.bytes.subarray(Number(first), Number(last) + 1);
    response.writeHead(206, { ...facts, 'content-length': part.length }).end(part);
  }

  list(prefix) {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    return `<R><IsTruncated>false</IsTruncated>${keys.map((key) => `<Contents><Key>${escaped(key)}</Key></Contents>`).join('')}</R>`;
  }
}
