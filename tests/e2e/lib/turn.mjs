// As much of a TURN client (RFC 8656, long-term credentials) as asks a server for an allocation, and a coturn to ask.
import { spawn } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const cookie = 0x2112a442;
const allocate = 0x0003;
const attribute = { username: 0x0006, integrity: 0x0008, error: 0x0009, lifetime: 0x000d, realm: 0x0014, nonce: 0x0015, relayed: 0x0016, transport: 0x0019 };

function encoded(type, value) {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

function message(transaction, attributes, key) {
  const body = Buffer.concat(attributes);
  const head = Buffer.alloc(20);
  head.writeUInt16BE(allocate, 0);
  head.writeUInt32BE(cookie, 4);
  transaction.copy(head, 8);
  head.writeUInt16BE(body.length + (key ? 24 : 0), 2);
  if (!key) return Buffer.concat([head, body]);
  const hash = createHmac('sha1', key).update(head).update(body).digest();
  return Buffer.concat([head, body, encoded(attribute.integrity, hash)]);
}

function decoded(packet) {
  const found = new Map();
  for (let at = 20; at + 4 <= packet.length;) {
    const length = packet.readUInt16BE(at + 2);
    found.set(packet.readUInt16BE(at), packet.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { type: packet.readUInt16BE(0), found };
}

/** Sends until an answer to this transaction comes: UDP loses. */
function exchange(socket, port, host, packet, transaction, deadlineMs = 30_000) {
  return new Promise((resolve, reject) => {
    const again = setInterval(() => socket.send(packet, port, host), 500);
    const late = setTimeout(() => finish(() => reject(new Error('no answer from the TURN server'))), deadlineMs);
    const finish = (then) => { clearInterval(again); clearTimeout(late); socket.off('message', hear); then(); };
    const hear = (answer) => {
      if (answer.length >= 20 && answer.subarray(8, 20).equals(transaction)) finish(() => resolve(decoded(answer)));
    };
    socket.on('message', hear);
    socket.send(packet, port, host);
  });
}

/** Asks for an allocation with the credentials of `turnServer`'s answer; yields {port, lifetime} or {error}. */
export async function allocation({ username, password, uris }) {
  const [, host, port] = /^turn:([^:?]+):(\d+)/.exec(uris[0]);
  const socket = createSocket('udp4');
  try {
    const transport = encoded(attribute.transport, Buffer.from([17, 0, 0, 0]));
    const first = randomBytes(12);
    const challenge = await exchange(socket, Number(port), host, message(first, [transport]), first);
    const realm = challenge.found.get(attribute.realm);
    const key = createHash('md5').update(`${username}:${realm}:${password}`).digest();
    const second = randomBytes(12);
    const answer = await exchange(socket, Number(port), host, message(second, [transport, encoded(attribute.username, Buffer.from(username)),
      encoded(attribute.realm, realm), encoded(attribute.nonce, challenge.found.get(attribute.nonce))], key), second);
    const error = answer.found.get(attribute.error);
    if (error) return { error: error[2] * 100 + error[3] };
    return { port: answer.found.get(attribute.relayed).readUInt16BE(2) ^ (cookie >>> 16), lifetime: answer.found.get(attribute.lifetime).readUInt32BE(0) };
  } finally {
    socket.close();
  }
}

/** The program of coturn: TROUPE_TEST_TURNSERVER, or `turnserver` of the path; nothing when there is none. */
export function turnProgram() {
  const named = process.env.TROUPE_TEST_TURNSERVER;
  const candidates = named ? [named] : process.env.PATH.split(delimiter).map((folder) => join(folder, 'turnserver'));
  return candidates.find((file) => { try { accessSync(file, constants.X_OK); return true; } catch { return false; } });
}

/** Starts it with a shared secret; yields {stop}. */
export function startTurn(program, port, secret) {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-turn-'));
  const child = spawn(program, ['-n', '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=troupe.test', '--listening-ip=127.0.0.1',
    '--relay-ip=127.0.0.1', `--listening-port=${port}`, '--no-tls', '--no-dtls', '--no-cli', `--pidfile=${join(folder, 'pid')}`,
    `--userdb=${join(folder, 'turndb')}`, '--log-file=stdout', '--no-software-attribute'], { stdio: 'ignore', cwd: folder });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
