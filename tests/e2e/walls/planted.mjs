// A listener with holes: stands before the real one and does to single operations what a forgotten check would do. The
// walls' suite is shown it and has to see every one of them.
import { createServer, request } from 'node:http';

/** What is planted: {name, operation, caught: 'assault' | 'snapshot', matches(request), by(land), answer?}. */
export function holes(land) {
  const { birch } = land;
  const theirs = { cookie: birch.admin.cookie };
  const ofBirch = (path) => decodeURIComponent(path).includes('birch');
  return [
    { name: 'a route that forgot the tenant', operation: 'GET /api/v1/bots/{bot_id}/usage', headers: (path) => ofBirch(path) && theirs },
    { name: 'a route that forgot the role', operation: 'GET /api/v1/settings', headers: () => ({ cookie: land.house.admin.cookie }) },
    { name: 'a route that forgot the scope', operation: 'GET /api/v1/keys', headers: (path, headers) => headers.authorization && { authorization: `Bearer ${land.aster.adminKey.token}` } },
    { name: 'a route that forgot the cookie rule', operation: 'POST /api/v1/bots/{bot_id}/start', headers: (path, headers) => ({ ...headers, 'sec-fetch-site': 'same-origin', origin: undefined }) },
    { name: 'a list that forgot the tenant', operation: 'GET /api/v1/bots', answer: (answer) => ({ ...answer, text: answer.text.replace('"items":[', `"items":[{"bot_id":"${birch.talker.bot_id}"},`) }) },
    { name: 'an answer that tells what exists', operation: 'GET /api/v1/users/{user_id}', answer: (answer, path) => (answer.status === 404 && ofBirch(path) ? { ...answer, status: 403 } : answer) },
    { name: 'a header that tells', operation: 'GET /api/v1/brains', answer: (answer) => ({ ...answer, headers: { ...answer.headers, 'x-room': birch.roomId } }) },
    { name: 'a crash', operation: 'GET /api/v1/bots/{bot_id}/history', answer: (answer, path) => (ofBirch(path) ? { ...answer, status: 500 } : answer) },
    { name: 'a silent change', operation: 'GET /api/v1/lifecycle', caught: 'snapshot', silently: () => land.birch.ask('PATCH', `/api/v1/bots/${birch.adviser.bot_id}`, { display_name: 'changed behind their backs' }) },
  ];
}

/** A listener on a free port that passes everything on, with one hole. */
export async function leaky(target, hole) {
  const [method, pattern] = hole.operation.split(' ');
  const here = new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+')}(\\?|$)`);
  const server = createServer((asked, answer) => {
    const pieces = [];
    asked.on('data', (piece) => pieces.push(piece));
    asked.on('end', async () => {
      const hit = asked.method === method && here.test(asked.url);
      let { headers } = asked;
      if (hit && hole.headers) {
        const other = hole.headers(asked.url, headers);
        if (other) headers = Object.fromEntries(Object.entries({ ...headers, cookie: undefined, authorization: undefined, ...other }).filter(([, value]) => value !== undefined));
      }
      if (hit) await hole.silently?.();
      const onward = request({ host: '127.0.0.1', port: new URL(target).port, method: asked.method, path: asked.url, headers }, (came) => {
        const parts = [];
        came.on('data', (part) => parts.push(part));
        came.on('end', () => {
          const plain = { status: came.statusCode, headers: came.headers, text: Buffer.concat(parts).toString('utf8') };
          const shown = hit && hole.answer ? hole.answer(plain, asked.url) : plain;
          const { 'content-length': length, 'transfer-encoding': encoding, ...rest } = shown.headers;
          answer.writeHead(shown.status, rest).end(shown.text);
        });
      });
      onward.on('error', () => answer.destroy());
      onward.end(Buffer.concat(pieces));
    });
  });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); return new Promise((r) => server.close(r)); } };
}
