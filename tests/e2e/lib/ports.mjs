// Ports of a test's own. They lie below those that the kernel gives to whoever asks for any, so that a server which is killed
// finds its port free when it starts again, whatever was connected meanwhile. Test files run beside one another: each process
// takes whole blocks, and owns one as long as it lives, since it listens on the block's first port.
import { createServer } from 'node:net';

const lowest = 10_000;
const size = 50;
const blocks = 280;
let block = process.pid % blocks; // each process looks elsewhere first
let last = null; // the call before: one at a time looks for a block
let next = 0;
let end = 0;

/** A server that listens there and keeps nobody alive; nothing when somebody else does. */
function listener(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server.unref()));
  });
}

async function takeBlock() {
  for (let tries = 0; tries < blocks; tries++, block = (block + 1) % blocks) {
    const first = lowest + block * size;
    if (!(await listener(first))) continue;
    [next, end] = [first + 1, first + size];
    return;
  }
  throw new Error('no port is free');
}

async function take() {
  for (;;) {
    if (next === end) await takeBlock();
    const port = next++;
    const server = await listener(port);
    if (!server) continue;
    await new Promise((r) => server.close(r));
    return port;
  }
}

/** A port that nobody listens on; no second call yields it, in this process or in another that runs. */
export function freePort() {
  const mine = (last ?? Promise.resolve()).catch(() => {}).then(take);
  last = mine;
  return mine;
}
