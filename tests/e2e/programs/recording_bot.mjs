// A meeting bot that brings pieces of a recording, as Troupe's own does, and leaves at SIGTERM.
const config = JSON.parse(process.env.BOT_CONFIG);
const post = (url, method, body, type) => fetch(url, { method, body, headers: { 'content-type': type } });
const say = (status, more = {}) => post(config.botManagerCallbackUrl.replace('/exited', '/status_change'), 'POST',
  JSON.stringify({ connection_id: config.connectionId, container_id: config.container_name, status, ...more }), 'application/json');

const stay = setInterval(() => {}, 60_000);
process.on('SIGTERM', async () => {
  clearInterval(stay);
  await say('completed', { reason: 'self_initiated_leave', exit_code: 0 });
  process.exit(0);
});
await say('active');
for (let number = 0; number < 4;) {
  const piece = Buffer.alloc(10_000, `piece ${number} `);
  const answer = await post(`${config.recordingUploadUrl}/part-1/${number}?until_ms=${(number + 1) * 5_000}`, 'PUT', piece, 'application/octet-stream').catch((error) => ({ status: error.message }));
  console.log('piece', number, answer.status);
  if (answer.status === 200) ++number;
  else await new Promise((r) => setTimeout(r, 200));
}
