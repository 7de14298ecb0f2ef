// A small meeting bot that stands in for a real one: it reads BOT_CONFIG as Vexa's bots do, calls back, and leaves at SIGTERM.
// The beginning of the call's name says how it behaves.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const config = JSON.parse(process.env.BOT_CONFIG);
const [behaviour] = config.nativeMeetingId.split('-');
if (process.argv[2]) writeFileSync(join(process.argv[2], `bot-${config.meeting_id}.json`), JSON.stringify({ config, pid: process.pid }));

async function say(status, more = {}) {
  const url = config.botManagerCallbackUrl.replace('/exited', '/status_change');
  const body = { connection_id: config.connectionId, container_id: config.container_name, status, ...more, timestamp: new Date().toISOString() };
  for (let tries = 0; tries < 40; ++tries) { // Troupe may be away for a while
    try {
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      return console.log(status, answer.status, await answer.text());
    } catch (error) {
      console.log(status, 'not heard', error.message);
      await new Promise((r) => setTimeout(r, 500));
    }
  }
}
const stay = setInterval(() => {}, 60_000);
async function leave(status, reason, code) {
  await say(status, { reason, exit_code: code });
  clearInterval(stay);
  process.exit(code);
}

process.on('SIGTERM', () => { if (behaviour !== 'stubborn') leave('completed', 'self_initiated_leave', 0); });
if (behaviour !== 'mute') {
  await say('joining');
  if (behaviour === 'dies') process.exit(3);
  await say('awaiting_admission');
  if (behaviour === 'refused') await leave('completed', 'admission_rejected_by_admin', 0);
  if (behaviour !== 'lobby') await say('active');
  if (behaviour === 'alone') await leave('completed', 'left_alone_timeout', 0);
  if (behaviour === 'crashes') process.exit(1);
  for (const eaten = []; behaviour === 'eats';) eaten.push(Buffer.alloc(8 << 20, eaten.length + 1));
}
