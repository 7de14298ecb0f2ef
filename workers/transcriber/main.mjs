// Speech to text on this machine's processor. Speaks WhisperLive (WebSocket) and OpenAI's /v1/audio/transcriptions.
// Usage: node main.mjs [--listen 127.0.0.1:0] [--max-clients 50] [--threads 1] [--max-connection-time 0]
// Prints `ready ws://HOST:PORT` once it serves. Ends at SIGTERM, SIGINT, or when its standard input ends: whoever started it
// need not come back to end it. TRANSCRIBER_API_KEY: the key that clients must bring.
import { Engine } from './src/engine.mjs';
import { parseOptions, usage } from './src/options.mjs';
import { Server } from './src/server.mjs';

const fail = (words) => {
  process.stderr.write(`transcriber: ${words}\n`);
  process.exit(1);
};

const { options, error } = parseOptions(process.argv.slice(2), process.env);
if (error) fail(`${error}\n${usage}`);

// A thread that is lost is not mended: whoever started this starts it anew, with nothing half done inside.
const engine = new Engine(options.threads, (why) => fail(`a thread of the model ended: ${why}`));
try {
  await engine.ready();
} catch (failure) {
  fail(`the model cannot be loaded: ${failure.message}`);
}
const server = new Server(engine, options);
let address;
try {
  address = await server.listen();
} catch (failure) {
  fail(`cannot listen on ${options.host}:${options.port}: ${failure.message}`);
}

let ending = false;
async function end() {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(0), 3000).unref();  // a peer that does not take its goodbye
  await server.close();
  await engine.close();
  process.exit(0);
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.stdin.on('end', end).on('error', end).on('close', end).resume();
process.stdout.on('error', end);
process.stdout.write(`ready ws://${address}\n`);
