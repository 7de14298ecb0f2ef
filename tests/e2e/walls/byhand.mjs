// What attackers tried by hand, beyond one request: more steps, more files, rooms in common. Each yields sentences about
// what went wrong; none: the wall held.
import { MatrixUser, until } from '../lib/troupe.mjs';

const client = '/_matrix/client/v3';
const room = (id) => `${client}/rooms/${encodeURIComponent(id)}`;

/** Tries a request and yields {status, text, json}. */
async function tried(land, headers, method, path, body) {
  const answer = await land.wire.platform.send({ method, path, headers, body });
  let json;
  try { json = JSON.parse(answer.text); } catch { /* not every answer is one */ }
  return { ...answer, json };
}
const asAdmin = (world) => ({ cookie: world.admin.cookie });

export const byHand = {
  'an import gives, takes and moves nothing of other tenants\' people': async ({ land, aster, birch, house }) => {
    const wrong = [];
    const victims = [birch.member, birch.operator, birch.robot, house.member, house.admin];
    const rows = victims.map((who) => `${who.local},a-password-of-twelve,attacked,admin`).join('\n');
    for (const join of ['', `&join=${encodeURIComponent(aster.roomId)}`]) {
      const begun = await tried(land, { ...asAdmin(aster), 'content-type': 'text/csv' }, 'POST', `/api/v1/users/import?dry_run=false${join}`, `username,password,display_name,role\n${rows}\n`);
      if (begun.status !== 202) { wrong.push(`the import was answered ${begun.status} ${begun.text}`); continue; }
      const done = await until(async () => { const { json } = await tried(land, asAdmin(aster), 'GET', `/api/v1/users/import/${begun.json.import_id}`); return json.finished_at && json; }, 'the import', 60_000);
      if (done.existed !== 0 || done.joined !== 0 || done.created !== 0 || done.failed !== victims.length) wrong.push(`the import says ${JSON.stringify({ ...done, errors: undefined })}`);
    }
    for (const who of victims.filter((v) => v.matrix)) {
      const { rooms } = await who.matrix.sync({ filter: '{"room":{"timeline":{"limit":1}}}' });
      if (rooms?.join?.[aster.roomId] || rooms?.invite?.[aster.roomId]) wrong.push(`${who.id} was dragged into a room`);
      if (!(await MatrixUser.login(land.troupe.matrix, who.local, who.password)).token) wrong.push(`${who.id} lost the password`);
    }
    return wrong;
  },

  'no way to make an administrator gives the homeserver\'s flag': async ({ land, aster, birch }) => {
    const wrong = [];
    const password = 'a-password-of-twelve';
    const locals = ['by-post', 'by-patch', 'by-form', 'by-import'].map((how) => `${aster.fresh('flag')}-${how}`);
    const steps = [
      () => tried(land, asAdmin(aster), 'POST', '/api/v1/users', { username: locals[0], password, role: 'admin' }),
      async () => { await tried(land, asAdmin(aster), 'POST', '/api/v1/users', { username: locals[1], password }); return tried(land, asAdmin(aster), 'PATCH', `/api/v1/users/${locals[1]}`, { role: 'admin' }); },
      () => tried(land, asAdmin(aster), 'POST', '/api/create_user', new URLSearchParams({ username: locals[2], password, is_admin: 'on' })),
      () => aster.import(`${locals[3]},${password},,admin\n`),
    ];
    for (const [at, step] of steps.entries()) {
      await step();
      let one;
      try { one = await MatrixUser.login(land.troupe.matrix, locals[at], password); } catch { continue; } // was not made at all: no flag either
      const lock = await one.raw('PUT', `/_matrix/client/v1/admin/lock/${encodeURIComponent(birch.second.id)}`, { locked: false });
      if (lock.status !== 403) wrong.push(`${locals[at]} may lock people of other tenants: ${lock.status}`);
      const { capabilities } = await one.request('GET', `${client}/capabilities`);
      if (capabilities['m.account_moderation']) wrong.push(`${locals[at]} is told that it may moderate accounts`);
      const named = await one.raw('PUT', `${client}/profile/${encodeURIComponent(birch.second.id)}/displayname`, { displayname: 'attacked' });
      if (named.status !== 403) wrong.push(`${locals[at]} may rename people of other tenants: ${named.status}`);
    }
    return wrong;
  },

  'a bot never gets an account that another tenant has the key to': async ({ land, aster, birch }) => {
    const wrong = [];
    // The attackers wait with an account of the name that the victims' next bot would have.
    const next = birch.fresh('next');
    await tried(land, asAdmin(aster), 'POST', '/create_bot_user', { username: `bot_${next}`, password: 'a-password-of-twelve' });
    const made = await tried(land, asAdmin(birch), 'POST', '/api/v1/bots', { bot_id: next, brain: { kind: 'echo', config: {} } });
    if (made.status < 300) {
      const trap = await MatrixUser.login(land.troupe.matrix, `bot_${next}`, 'a-password-of-twelve').catch(() => undefined);
      if (trap && made.json.bot.user_id === trap.id) wrong.push('a bot was given an account whose password another tenant has');
    } else if (made.status >= 500) wrong.push(`${made.status} ${made.text}`);
    return wrong;
  },

  'a deleted bot\'s account, its rooms and its name do not go to another tenant': async ({ land, aster, birch }) => {
    const gone = await birch.bot();
    const roomId = await birch.room(birch.admin, []);
    await birch.ask('POST', `/api/v1/bots/${gone.bot_id}/start`);
    await birch.admin.matrix.invite(roomId, gone.user_id);
    await until(async () => Object.keys((await birch.admin.matrix.request('GET', `${room(roomId)}/joined_members`)).joined).includes(gone.user_id), 'the bot to join', 60_000);
    await birch.ask('DELETE', `/api/v1/bots/${gone.bot_id}?confirm=${gone.bot_id}`);
    const wrong = [];
    for (const [path, body] of [['/api/v1/bots', { bot_id: gone.bot_id, brain: { kind: 'echo', config: {} } }],
      ['/create_bot', { bot_id: gone.bot_id, homeserver: '', user_id: gone.user_id, password: '', flowise_url: '' }],
      ['/api/bots', new URLSearchParams({ bot_user_id: gone.user_id, flowise_url: '', bot_password: '' })]]) {
      const taken = await tried(land, asAdmin(aster), 'POST', path, body);
      if (taken.status < 300) wrong.push(`POST ${path}: ${taken.status} ${taken.text}`);
    }
    return wrong;
  },

  'a room in common lets nobody speak, read or invite as the other\'s people': async ({ land, aster, birch }) => {
    const shared = await aster.room(aster.admin, [birch.second]);
    const wrong = [];
    const at = `/api/v1/rooms/${encodeURIComponent(shared)}`;
    for (const who of [birch.second, birch.member]) {
      for (const [method, path, body] of [['POST', `${at}/send`, { sender: who.local, text: 'attack' }], ['GET', `${at}/messages?user_id=${who.local}`],
        ['POST', `${at}/invite`, { sender: who.local, user_id: aster.second.local }], ['POST', `${at}/invite`, { sender: aster.admin.local, user_id: who.local }],
        ['POST', `${at}/join`, { user_id: who.local }], ['POST', `/api/v1/rooms`, { creator: who.local, name: 'attack' }], ['POST', '/api/v1/rooms', { creator: aster.admin.local, invite: [aster.second.id, who.id] }]]) {
        const answer = await tried(land, asAdmin(aster), method, path, body);
        if (answer.status < 400) wrong.push(`${method} ${path} ${JSON.stringify(body)}: ${answer.status}`);
      }
    }
    // Both may look at it, each as their own.
    for (const [world, who] of [[aster, aster.admin], [birch, birch.second]]) {
      const answer = await tried(land, asAdmin(world), 'GET', `${at}/messages?user_id=${who.local}`);
      if (answer.status !== 200) wrong.push(`${world.name} cannot read what is theirs: ${answer.status} ${answer.text}`);
    }
    await birch.second.matrix.request('POST', `${room(shared)}/leave`, {});
    const left = await tried(land, asAdmin(birch), 'GET', at);
    if (left.status !== 404) wrong.push(`a room that the last of a tenant has left is still theirs: ${left.status}`);
    return wrong;
  },

  'counts are of one\'s own': async ({ land, aster }) => {
    const wrong = [];
    const users = await tried(land, asAdmin(aster), 'GET', '/api/v1/users?limit=1000');
    const bots = await tried(land, asAdmin(aster), 'GET', '/api/v1/bots?limit=1000');
    const overview = (await tried(land, asAdmin(aster), 'GET', '/api/v1/overview')).json;
    if (users.json.total !== users.json.items.length) wrong.push(`${users.json.total} people are counted, ${users.json.items.length} shown`);
    if (overview.counts.users !== users.json.total) wrong.push(`the overview counts ${overview.counts.users} accounts, the tenant has ${users.json.total}`);
    if (overview.counts.bots !== bots.json.total) wrong.push(`the overview counts ${overview.counts.bots} bots, the tenant has ${bots.json.total}`);
    // Everybody that is a bot of the tenant is an account of the tenant, and nobody else's.
    const shown = new Set(users.json.items.map((item) => item.user_id));
    for (const bot of bots.json.items) if (!shown.has(bot.user_id)) wrong.push(`${bot.user_id} is a bot of the tenant and not an account of it`);
    for (const filter of ['role=admin', 'role=operator', 'role=member', 'kind=bot', 'kind=person', 'state=locked', 'state=deactivated', 'sort=-created_at']) {
      const some = await tried(land, asAdmin(aster), 'GET', `/api/v1/users?limit=1000&${filter}`);
      for (const item of some.json.items) if (!shown.has(item.user_id)) wrong.push(`?${filter} shows ${item.user_id}`);
      if (filter === 'role=admin' && !some.json.items.some((item) => item.user_id === aster.admin.id)) wrong.push('the tenant\'s administrator is not among its administrators');
    }
    return wrong;
  },

  'who is moved to another tenant leaves the old one whole': async ({ land, aster, birch }) => {
    const wrong = [];
    const mover = await birch.person(birch.fresh('mover'), 'operator');
    const key = await birch.key(mover, { name: 'mover' });
    await land.asServer('PATCH', `/api/v1/users/${mover.local}`, { tenant_id: aster.tenantId });
    const cookie = await tried(land, { cookie: mover.cookie }, 'GET', '/api/v1/session');
    if (cookie.status !== 401) wrong.push(`the session of the old tenant goes on: ${cookie.status}`);
    const bots = await tried(land, { authorization: `Bearer ${key.token}` }, 'GET', '/api/v1/bots?limit=1000');
    if (bots.text.includes(birch.canary) || bots.text.includes(birch.talker.bot_id)) wrong.push('the key still shows the old tenant\'s bots');
    const seen = await tried(land, asAdmin(birch), 'GET', `/api/v1/users/${mover.local}`);
    if (seen.status !== 404) wrong.push(`the old tenant still sees who was moved: ${seen.status}`);
    const keys = await tried(land, asAdmin(birch), 'GET', '/api/v1/keys');
    if (keys.text.includes(mover.id)) wrong.push('the old tenant still sees the keys of who was moved');
    return wrong;
  },

  'who is locked, closed or moved is out at once, streams included, by whichever listener it happened': async ({ land, aster, birch }) => {
    const wrong = [];
    const ways = {
      'locked in the console': (who) => aster.ask('POST', `/api/v1/users/${who.local}/lock`),
      'locked over Matrix': (who) => land.house.admin.matrix.request('PUT', `/_matrix/client/v1/admin/lock/${encodeURIComponent(who.id)}`, { locked: true }),
      'closed in the console': (who) => aster.ask('POST', `/api/v1/users/${who.local}/deactivate`, { confirm: who.local }),
      'closed over Matrix': (who) => who.matrix.request('POST', `${client}/account/deactivate`, { auth: { type: 'm.login.password', identifier: { type: 'm.id.user', user: who.id }, password: who.password } }),
      'moved to another tenant': (who) => land.asServer('PATCH', `/api/v1/users/${who.local}`, { tenant_id: birch.tenantId }),
    };
    await Promise.all(Object.entries(ways).map(async ([how, end]) => {
      const who = await aster.person(aster.fresh('goes'), 'operator');
      const key = { authorization: `Bearer ${(await aster.key(who, { name: 'goes' })).token}` };
      const credentials = how.startsWith('moved') ? [{ cookie: who.cookie }] : [{ cookie: who.cookie }, key];
      for (const headers of credentials) await tried(land, headers, 'GET', '/api/v1/session');
      const streams = await Promise.all(['/api/v1/live', `/api/v1/bots/${aster.talker.bot_id}/logs/live`, `/api/v1/bots/${aster.talker.bot_id}/chat/live`]
        .map((path) => land.wire.platform.watch({ path, headers: { cookie: who.cookie } })));
      await end(who);
      for (const headers of credentials) {
        const answer = await tried(land, headers, 'GET', '/api/v1/bots');
        if (answer.status !== 401) wrong.push(`${how}: ${Object.keys(headers)} is answered ${answer.status}`);
      }
      try {
        await until(() => streams.every((stream) => stream.ended), 'the streams to end', 40_000);
      } catch {
        wrong.push(`${how}: ${streams.filter((stream) => !stream.ended).length} of ${streams.length} streams go on`);
      }
      for (const stream of streams) stream.close();
    }));
    return wrong;
  },

  'who is demoted or moved away is no administrator any more, on either listener, at once': async ({ land, aster, birch, house }) => {
    const wrong = [];
    const lock = (who) => who.matrix.raw('PUT', `/_matrix/client/v1/admin/lock/${encodeURIComponent(birch.second.id)}`, { locked: false });
    const ways = {
      'a server administrator who is moved': async () => { const who = await house.person(house.fresh('chief'), 'admin'); return { who, end: () => land.asServer('PATCH', `/api/v1/users/${who.local}`, { tenant_id: aster.tenantId }) }; },
      'a server administrator who is demoted': async () => { const who = await house.person(house.fresh('chief'), 'admin'); return { who, end: () => land.asServer('PATCH', `/api/v1/users/${who.local}`, { role: 'member' }) }; },
      'a tenant\'s administrator who is demoted': async () => { const who = await aster.person(aster.fresh('chief'), 'admin'); return { who, tenants: true, end: () => aster.ask('PATCH', `/api/v1/users/${who.local}`, { role: 'member' }) }; },
    };
    for (const [how, begin] of Object.entries(ways)) {
      const { who, end, tenants } = await begin();
      const world = tenants ? aster : house;
      const key = { authorization: `Bearer ${(await world.key(who, { name: 'chief' })).token}` };
      if (!tenants && (await lock(who)).status !== 200) wrong.push(`${how}: had no flag to lose`);
      await end();
      const flag = await lock(who);
      if (flag.status !== 403 && flag.status !== 401) wrong.push(`${how}: locks over Matrix, ${flag.status}`);
      for (const headers of [{ cookie: who.cookie }, key]) {
        for (const path of ['/api/v1/tenants', '/api/v1/settings', ...(how.endsWith('demoted') ? ['/api/v1/audit', `/api/v1/rooms/${encodeURIComponent(world.roomId)}`] : [])]) {
          const answer = await tried(land, headers, 'GET', path);
          if (answer.status !== 403 && answer.status !== 401) wrong.push(`${how}: GET ${path} by ${Object.keys(headers)} is answered ${answer.status}`);
        }
      }
    }
    return wrong;
  },

  'programs are made by nobody but the server\'s administrators': async ({ land, aster, house }) => {
    const wrong = [];
    const brain = { kind: 'program', config: { command: ['/bin/true'] } };
    for (const [world, who] of [[aster, aster.operator], [aster, aster.admin], [house, house.operator]]) {
      const bot = await world.bot();
      for (const [method, path, body] of [['POST', '/api/v1/bots', { bot_id: world.fresh('bot'), brain }], ['PATCH', `/api/v1/bots/${bot.bot_id}`, { brain }]]) {
        const answer = await tried(land, { cookie: who.cookie }, method, path, body);
        if (answer.status !== 403) wrong.push(`${who.local}: ${method} ${path}: ${answer.status} ${answer.text}`);
      }
    }
    const away = await tried(land, { cookie: house.operator.cookie }, 'PATCH', '/api/v1/bots/house-program', { brain: { kind: 'echo', config: {} } });
    if (away.status !== 403) wrong.push(`an operator takes a program away: ${away.status}`);
    return wrong;
  },

  'a stored secret goes nowhere but where it went': async ({ land, aster }) => {
    const wrong = [];
    const elsewhere = land.model.url.replace('127.0.0.1', 'localhost');
    const of = await aster.bot(undefined, { kind: 'openai', config: { base_url: 'http://127.0.0.1:9/v1', model: 'stand-in', api_key: `${aster.canary}-stored-key` } });
    const as = { cookie: aster.operator.cookie };
    const config = { base_url: land.model.url, model: 'stand-in' };
    await tried(land, as, 'POST', '/api/v1/brains/openai/test', { config, bot_id: of.bot_id });
    for (const base_url of [land.model.url, elsewhere]) {
      await tried(land, as, 'PATCH', `/api/v1/bots/${of.bot_id}`, { brain: { kind: 'openai', config: { ...config, base_url } } });
      await tried(land, as, 'POST', '/api/v1/brains/openai/test', { config: { ...config, base_url }, bot_id: of.bot_id });
    }
    for (const shown of land.model.shown) if (shown.includes('stored-key')) wrong.push(`${shown} was sent to another address`);
    return wrong;
  },

  'signing in by any door moves nobody and raises nobody': async ({ land, aster }) => {
    const wrong = [];
    const one = await aster.person(aster.fresh('chief'), 'admin');
    const page = await tried(land, {}, 'POST', '/login', new URLSearchParams({ username: one.local, password: one.password }));
    const cookies = [one.cookie, page.headers['set-cookie']?.[0].split(';')[0], await land.signIn(one.id, one.password)];
    await MatrixUser.login(land.troupe.matrix, one.id, one.password);
    for (const cookie of cookies) {
      const me = await tried(land, { cookie }, 'GET', '/api/v1/session');
      if (me.json?.tenant_id !== aster.tenantId || me.json?.role !== 'admin') wrong.push(`after signing in: ${me.status} ${me.text}`);
      const tenants = await tried(land, { cookie }, 'GET', '/api/v1/tenants');
      if (tenants.status !== 403) wrong.push(`a tenant's administrator sees all tenants: ${tenants.status}`);
    }
    return wrong;
  },

  'other ways to write a name lead to nobody else': async ({ land, aster, birch }) => {
    const wrong = [];
    const local = birch.member.local;
    for (const name of [local.toUpperCase(), `@${local}`, `@${local.toUpperCase()}:localhost`, `@${local}:LOCALHOST`, `@${local}:localhost:8008`, ` ${local}`, `${local} `, `${local}\t`, `${local}/../${local}`, `aster-member/../${local}`, `..%2f${local}`]) {
      for (const [method, tail, body] of [['GET', ''], ['PATCH', '', { display_name: 'attacked' }], ['POST', '/lock'], ['GET', '/sessions'], ['POST', '/password', { generate: true }]]) {
        const answer = await tried(land, asAdmin(aster), method, `/api/v1/users/${encodeURIComponent(name)}${tail}`, body);
        if (answer.status < 400 || answer.status >= 500) wrong.push(`${method} /api/v1/users/${name}${tail}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    }
    return wrong;
  },

  'a hook of one\'s own bot leads into no room that it is not in': async ({ land, aster, birch, house }) => {
    const wrong = [];
    for (const victim of [birch, house]) {
      for (const id of [victim.roomId, victim.lonelyRoomId, victim.chatRoomId, victim.alias]) {
        const made = await tried(land, asAdmin(aster), 'POST', `/api/v1/bots/${aster.talker.bot_id}/hooks`, { name: 'attack', room_id: id });
        if (made.status < 400) wrong.push(`a hook into ${id} of ${victim.name}: ${made.status}`);
      }
    }
    return wrong;
  },

  'nobody is signed in or out from another site': async ({ land, aster }) => {
    const wrong = [];
    const cross = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const one = await aster.person(aster.fresh('visitor'));
    const out = await tried(land, { cookie: one.cookie, ...cross }, 'GET', '/logout');
    if (out.status >= 500) wrong.push(`GET /logout: ${out.status}`);
    if ((await tried(land, { cookie: one.cookie }, 'GET', '/api/v1/session')).status !== 200) wrong.push('a link on another site signed somebody out');
    for (const [path, body] of [['/api/v1/session', { user: one.local, password: one.password }], ['/login', new URLSearchParams({ username: one.local, password: one.password })]]) {
      const answer = await tried(land, cross, 'POST', path, body);
      if (answer.headers['set-cookie']) wrong.push(`POST ${path} from another site signs in`);
    }
    return wrong;
  },
};
