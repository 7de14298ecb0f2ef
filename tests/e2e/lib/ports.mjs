// Ports of a test's own. They lie below those that the kernel gives to whoever asks for any, so that a server which is killed
// finds its port free when it starts again, whatever was connected meanwhile, and no other test is given it in between.
import { createServer } from 'node:net';

const lowest = 10_000;
const span = 14_000;
let next = (process.pid * 64) % span; // each process begins elsewhere

function takes(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A port that nobody listens on; no second call yields it. */
export async function freePort() {
  for (let tries = 0; tries < span; tries++) {
    const port = lowest + (next++ % span);
    if (await takes(port)) return port;
  }
  throw new Error('no port is free');
}
