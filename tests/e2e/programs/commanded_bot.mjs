// A meeting bot that hears commands as Vexa's do, over an unmodified Redis client: node-redis 5, or node-redis 4 or ioredis where
// the call's name says so. The beginning of the name says how it behaves; SIGTERM is heard too late to leave well.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const config = JSON.parse(process.env.BOT_CONFIG);
const [behaviour, library] = config.nativeMeetingId.split('-');
const file = join(process.argv[2], `bot-${config.meeting_id}.json`);
const heard = [];
const note = () => writeFileSync(file, JSON.stringify({ config, pid: process.pid, heard }));
note();

async function say(status, more = {}) {
  const url = config.botManagerCallbackUrl.replace('/exited', '/status_change');
  const body = { connection_id: config.connectionId, container_id: config.container_name, status, ...more };
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch(() => {});
}
process.on('SIGTERM', () => { heard.push('SIGTERM'); note(); process.exit(143); });

async function connect() {
  if (library === 'ioredis') {
    const { default: Redis } = await import('ioredis');
    const make = () => { const client = new Redis(config.redisUrl); client.on('error', () => {}); return client; };
    const hearing = make(), saying = make();
    return {
      subscribe: async (channel, take) => { hearing.on('message', (from, text) => from === channel && take(text)); await hearing.subscribe(channel); },
      publish: (channel, text) => saying.publish(channel, text),
      add: (stream, payload) => saying.xadd(stream, '*', 'payload', payload),
    };
  }
  const { createClient } = await import(library === 'noderedis4' ? 'redis4' : 'redis');
  const make = async () => createClient({ url: config.redisUrl }).on('error', () => {}).connect();
  const hearing = await make(), saying = await make();
  return {
    subscribe: (channel, take) => hearing.subscribe(channel, take),
    publish: (channel, text) => saying.publish(channel, text),
    add: (stream, payload) => saying.xAdd(stream, '*', { payload }),
  };
}

const redis = await connect();
await redis.subscribe(`bot_commands:${config.connectionId}`, async (text) => {
  const command = JSON.parse(text);
  heard.push(command);
  note();
  if (command.action === 'leave' && behaviour !== 'stays') {
    await say('completed', { reason: 'self_initiated_leave', completion_reason: 'stopped', exit_code: 0 });
    process.exit(0);
  }
  if (command.action === 'reconfigure' && behaviour === 'follows') {
    const { language, task } = command;
    await redis.publish(`bot_reports:${config.connectionId}`, JSON.stringify({ action: 'reconfigure', status: 'applied', language, task }));
  }
  if (command.action === 'reconfigure' && behaviour === 'speaks') {
    const segments = [{ start: '0.000', end: '2.000', text: 'Buenos dias a todos', completed: true, language: command.language }];
    await redis.add('transcription_segments', JSON.stringify({ type: 'transcription', token: config.token, uid: `W-${config.meeting_id}`, segments }));
  }
});
await say('joining');
await say('active');
