// Raw bytes over a socket, for requests that no HTTP client would send.
import { connect } from 'node:net';

/** Sends the pieces (strings or buffers; a number waits that many ms), yields what came back until the peer closed or `ms` passed. */
export function raw(port, pieces, { ms = 60_000, halfClose = false } = {}) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks = [];
    let ended = false;
    const finish = () => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      resolve({ text, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), closed });
    };
    let closed = false;
    const timer = setTimeout(finish, ms);
    socket.on('data', (d) => {
      chunks.push(d);
      const text = Buffer.concat(chunks).toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? -1);
      if (head >= 0 && length >= 0 && text.length >= head + 4 + length) finish();
    });
    socket.on('error', () => { closed = true; finish(); });
    socket.on('close', () => { closed = true; finish(); });
    socket.on('connect', async () => {
      for (const piece of pieces) {
        if (ended) return;
        if (typeof piece === 'number') await new Promise((r) => setTimeout(r, piece));
        else socket.write(piece);
      }
      if (halfClose) socket.end();
    });
  });
}
