// A bot as anybody might write it, with nothing but Node: reads its token from the file it is told, joins where it is
// invited, answers every message once. It keeps where it has read to in its working folder and makes each transaction id
// from the event it answers, so it may be killed anywhere and still the room sees one answer.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const base = process.env.TROUPE_HOMESERVER;
const me = process.env.TROUPE_USER_ID;
const token = readFileSync(process.env.TROUPE_TOKEN_FILE, 'utf8').trim();
const stateFile = 'since';

async function request(method, path, body) {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${answer.errcode}`), { status: response.status });
  return answer;
}

function readSince() {
  try { return readFileSync(stateFile, 'utf8'); } catch { return ''; }
}
function writeSince(since) {
  writeFileSync(`${stateFile}.new`, since);
  renameSync(`${stateFile}.new`, stateFile);
}

async function answer(room, event) {
  const txn = event.event_id.replace(/[^A-Za-z0-9]/g, '_');
  await request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/answer${txn}`,
    { msgtype: 'm.notice', body: `heard: ${event.content.body}`, 'm.relates_to': { 'm.in_reply_to': { event_id: event.event_id } } });
  console.log(`answered ${event.event_id}`);
}

async function look() {
  const since = readSince();
  const query = new URLSearchParams({ timeout: '20000', ...(since && { since }) });
  query.set('filter', JSON.stringify({ room: { timeline: { limit: 100 } } }));  // what was said while it was dead
  const sync = await request('GET', `/_matrix/client/v3/sync?${query}`);
  for (const room of Object.keys(sync.rooms?.invite ?? {})) {
    await request('POST', `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {});
    console.log(`joined ${room}`);
  }
  for (const [room, news] of Object.entries(sync.rooms?.join ?? {})) {
    for (const event of news.timeline.events) {
      if (event.type === 'm.room.message' && event.sender !== me && event.content.msgtype === 'm.text') await answer(room, event);
    }
  }
  writeSince(sync.next_batch);
}

console.log(`running as ${me}, pid ${process.pid}`);
for (;;) {
  try {
    await look();
  } catch (error) {
    if (error.status === 401) process.exit(3); // the token was taken away
    console.error(String(error));
    await new Promise((r) => setTimeout(r, 200)); // the server is away or restarts
  }
}
