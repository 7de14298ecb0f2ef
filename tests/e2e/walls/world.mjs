// What the walls stand between: two tenants and the house itself, each with people, bots, rooms, keys, hooks, imports,
// sessions, devices, files and backups. Every text of theirs carries a canary word of its own, and every id of theirs is
// known, so that anything of one that shows in an answer to another is seen.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { adminPassword, apiToken, databaseOf, MatrixUser, Troupe, until } from '../lib/troupe.mjs';
import { each } from './wire.mjs';

export const devToken = 'a-development-token-for-tests';
const password = (local) => `password-of-${local}`;
const client = '/_matrix/client/v3';
const room = (id) => `${client}/rooms/${encodeURIComponent(id)}`;

/** A person with a Matrix session and a console's cookie. */
class Person {
  constructor(local, matrix, cookie) {
    Object.assign(this, { local, matrix, cookie, id: matrix.id, password: password(local), device: matrix.device, token: matrix.token });
  }
}

/** One tenant. What it holds is filled in by build(). */
class World {
  constructor(land, name) {
    this.land = land;
    this.name = name;
    /** In every text of theirs; nothing that holds it may come to others. */
    this.canary = `zz${name}`;
    /** In the names that Matrix shows to everybody on a homeserver; nothing that holds it may come out of the console. */
    this.publicName = `qq${name}`;
    this.made = 0;
  }

  /** As this tenant's administrator; throws on a refusal. */
  async ask(method, path, body, headers = { cookie: this.admin.cookie }) {
    const answer = await this.land.wire.platform.send({ method, path, headers, body });
    if (answer.status >= 300) throw new Error(`${this.name}: ${method} ${path}: ${answer.status} ${answer.text}`);
    try { return JSON.parse(answer.text); } catch { return answer.text; }
  }
  fresh(what) { this.made += 1; return `${this.name}-${what}-${this.made}`; }

  /** A new person of this tenant, made by its administrator (the first one by the server's). */
  async person(local, role = 'member') {
    const wanted = { username: local, password: password(local), display_name: `${this.publicName} ${local}`, role };
    await this.ask('POST', '/api/v1/users', wanted);
    return this.enter(local);
  }
  async enter(local, pass = password(local)) {
    const [matrix, cookie] = await Promise.all([MatrixUser.login(this.land.troupe.matrix, local, pass), this.land.signIn(local, pass)]);
    return new Person(local, matrix, cookie);
  }
  async key(owner, wanted) {
    const made = await this.ask('POST', '/api/v1/keys', { ...wanted, name: `${this.canary} ${wanted.name}` }, { cookie: owner.cookie });
    return { id: made.key.id, token: made.token, owner };
  }
  async bot(id = this.fresh('bot'), brain = { kind: 'echo', config: { prefix: `${this.canary} echo ` } }) {
    const { bot } = await this.ask('POST', '/api/v1/bots', { bot_id: id, display_name: `${this.publicName} ${id}`, brain });
    return { bot_id: bot.bot_id, number: bot.id, user_id: bot.user_id };
  }
  /** A bot's account without a bot. */
  async botAccount(local = this.fresh('robot')) {
    await this.ask('POST', '/create_bot_user', { username: local, password: password(local) });
    const matrix = await MatrixUser.login(this.land.troupe.matrix, local, password(local));
    return { local, id: matrix.id, token: matrix.token, device: matrix.device, matrix, password: password(local) };
  }
  packFiles(service) {
    const config = { service, title: `${this.canary} shop`, base_url: `https://${this.canary}.example/v1`, auth: { scheme: 'bearer' },
      operations: { list_things: { method: 'GET', path: '/things', summary: `List the things of ${this.canary}` } } };
    return { files: { 'config.json': JSON.stringify(config) } };
  }
  async pack(service) {
    await this.ask('POST', '/api/v1/packs', this.packFiles(service));
    return service;
  }
  async hook(bot, roomId) {
    const made = await this.ask('POST', `/api/v1/bots/${bot.bot_id}/hooks`, { name: `${this.canary} hook`, room_id: roomId });
    return { hook_id: made.hook.hook_id, path: new URL(made.url).pathname };
  }
  /** A task of the assistant's that nothing has run of, in a conversation of its own. */
  async task(owner, inputs = {}) {
    const made = await this.ask('POST', '/api/v1/tasks', { service: 'slack', intent: 'send_message', inputs: { channel: '#general', message: `${this.canary} task`, ...inputs } }, { cookie: owner.cookie });
    return { task_id: made.task.task_id, conversation_id: made.conversation_id };
  }
  /** A meeting that somebody has asked a bot into: nothing is configured to go there, so it has ended as an error. */
  async meeting(owner) {
    const made = await this.ask('POST', '/api/v1/meetings', { link: `https://meet.jit.si/${this.canary}-${this.fresh('call')}` }, { cookie: owner.cookie });
    (this.calls ??= {})[made.id] = made.native_meeting_id;
    return String(made.id);
  }
  async webhook(owner) {
    const made = await this.ask('POST', '/api/v1/meetings/webhooks', { url: `https://hooks.example/${this.canary}-${this.fresh('hook')}` }, { cookie: owner.cookie });
    return String(made.id);
  }
  met(who) { return this.meetings[who?.local] ?? this.meetings[this.member.local]; }
  /** What `who` asked of the assistant; the member's where nobody in particular is meant. */
  asked(who) { return this.tasks[who?.local] ?? this.tasks[this.member.local]; }
  /** The server runs one import at a time, whoever began it: while another runs, it is asked again. */
  import(rows, query = '') {
    const run = async () => {
      const begun = await until(async () => {
        const answer = await this.land.wire.platform.send({ method: 'POST', path: `/api/v1/users/import${query}`,
          headers: { cookie: this.admin.cookie, 'content-type': 'text/csv' }, body: `username,password,display_name,role\n${rows}` });
        if (answer.status !== 409 && answer.status !== 202) throw new Error(`${this.name}: an import: ${answer.status} ${answer.text}`);
        return answer.status === 202 && JSON.parse(answer.text);
      }, 'the imports before to end', 60_000);
      await until(async () => (await this.ask('GET', `/api/v1/users/import/${begun.import_id}`)).finished_at, 'an import to end', 60_000);
      return begun.import_id;
    };
    // One that failed is its caller's to tell, not the next one's.
    this.land.imports = (this.land.imports ?? Promise.resolve()).then(run, run);
    return this.land.imports;
  }
  /** A private room of `owner` with these people in it. */
  async room(owner, people = [], more = {}) {
    const id = await owner.matrix.createRoom({ preset: 'private_chat', name: `${this.canary} room`, topic: `${this.canary} topic`,
      invite: people.map((p) => p.id), ...more });
    for (const person of people) if (person.matrix) await person.matrix.join(id);
    return id;
  }

  async build() {
    const { land } = this;
    if (this.name === 'house') {
      this.tenantId = 1;
      this.admin = await this.enter('admin', adminPassword);
      this.admin.password = adminPassword;
    } else {
      this.tenantId = (await land.asServer('POST', '/api/v1/tenants', { name: `${this.canary} tenant` })).id;
      const local = `${this.name}-admin`;
      await land.asServer('POST', '/api/v1/users', { username: local, password: password(local), display_name: `${this.publicName} ${local}` });
      await land.asServer('PATCH', `/api/v1/users/${local}`, { tenant_id: this.tenantId });
      await land.asServer('PATCH', `/api/v1/users/${local}`, { role: 'admin' });
      this.admin = await this.enter(local);
    }
    [this.operator, this.member, this.second] = await Promise.all([this.person(`${this.name}-operator`, 'operator'),
      this.person(`${this.name}-member`), this.person(`${this.name}-second`)]);
    [this.robot, this.helper, this.talker, this.adviser] = await Promise.all([this.botAccount(`${this.name}-robot`),
      this.botAccount(`bot_${this.name}-orphan`), this.bot(`${this.name}-talker`),
      this.bot(`${this.name}-adviser`, { kind: 'openai', config: { base_url: land.model.url, model: 'stand-in', api_key: `${this.canary}-api-key`,
        system_prompt: `${this.canary} prompt` } })]);
    // One that is in trouble, with its words in log, state and overview.
    this.failing = await this.bot(`${this.name}-failing`, { kind: 'openai', config: { base_url: 'http://127.0.0.1:9/v1', model: `${this.canary}-model` } });
    await Promise.all([this.talker, this.failing].map((bot) => this.ask('POST', `/api/v1/bots/${bot.bot_id}/start`)));
    await this.furnishRooms();
    await this.furnishAccounts();
    await this.furnishConsole();
    return this;
  }

  async furnishRooms() {
    const { admin, member } = this;
    this.roomId = await this.room(admin, [member, this.operator, this.second, this.robot], { room_alias_name: `${this.name}-alias` });
    this.alias = `#${this.name}-alias:localhost`;
    await admin.matrix.invite(this.roomId, this.talker.user_id);
    this.eventId = await member.matrix.send(this.roomId, `${this.canary} message`);
    this.threadRoot = await admin.matrix.send(this.roomId, `${this.canary} root`);
    await member.matrix.request('PUT', `${room(this.roomId)}/send/m.room.message/thread`, { msgtype: 'm.text', body: `${this.canary} in the thread`,
      'm.relates_to': { rel_type: 'm.thread', event_id: this.threadRoot } });
    await admin.matrix.request('PUT', `${room(this.roomId)}/state/org.example.custom/key`, { text: `${this.canary} state` });
    await member.matrix.request('POST', `${room(this.roomId)}/receipt/m.read/${encodeURIComponent(this.eventId)}`, {});
    await until(async () => Object.keys((await admin.matrix.request('GET', `${room(this.roomId)}/joined_members`)).joined).includes(this.talker.user_id),
      'the bot to join', 60_000);
    // A room that its owner has to himself, one that people may knock at, and one they were invited to.
    this.lonelyRoomId = await this.room(member);
    this.lonelyEventId = await member.matrix.send(this.lonelyRoomId, `${this.canary} alone`);
    // Where whoever is invited does no harm.
    this.lobbyId = await this.room(admin, [member, this.operator, this.second, this.robot]);
    this.knockRoomId = await this.room(admin, [], { initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }] });
  }

  async furnishAccounts() {
    const { member, admin, roomId, canary } = this;
    const m = member.matrix;
    const own = `${client}/user/${encodeURIComponent(member.id)}`;
    await each([member, admin], async (who) => {
      const path = `${client}/user/${encodeURIComponent(who.id)}`;
      await who.matrix.request('PUT', `${path}/account_data/org.example.secret`, { text: `${canary} account data` });
      await who.matrix.request('PUT', `${path}/rooms/${encodeURIComponent(roomId)}/account_data/org.example.secret`, { text: `${canary} room data` });
      await who.matrix.request('PUT', `${path}/rooms/${encodeURIComponent(roomId)}/tags/u.${canary}`, { order: 0.5 });
      await who.matrix.request('PUT', `${client}/pushrules/global/content/${this.name}-rule`, { pattern: canary, actions: ['notify'] });
      await who.matrix.request('PUT', `${client}/devices/${who.device}`, { display_name: `${canary} device` });
    });
    // The numbers of filters and backups count per account: these are higher than those of whoever attacks.
    for (let i = 0; i < { aster: 1, house: 4, birch: 8 }[this.name]; i += 1) {
      this.filterId = (await m.request('POST', `${own}/filter`, { room: { timeline: { limit: 10 + i, types: [`${canary}.type${i}`] } } })).filter_id;
    }
    const signed = { auth_data: { public_key: `${canary}-public`, signatures: {} }, algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2' };
    for (let i = 0; i < { aster: 1, house: 2, birch: 3 }[this.name]; i += 1) this.backupVersion = (await m.request('POST', `${client}/room_keys/version`, signed)).version;
    this.backupSession = `${this.name}-session`;
    await m.request('PUT', `${client}/room_keys/keys/${encodeURIComponent(roomId)}/${this.backupSession}?version=${this.backupVersion}`,
      { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { ciphertext: `${canary} key`, ephemeral: 'e', mac: 'm' } });
    await m.request('POST', `${client}/pushers/set`, { app_id: `${this.name}.app`, pushkey: `${canary}-pushkey`, kind: 'http', lang: 'en',
      app_display_name: canary, device_display_name: canary, data: { url: 'https://push.example.org/_matrix/push/v1/notify' } });
    const file = await m.raw('POST', `/_matrix/media/v3/upload?filename=${this.name}.txt`, new TextEncoder().encode(`a file of ${this.name}`), { 'content-type': 'text/plain' });
    this.mediaId = file.body.content_uri.split('/').pop();
    this.reservedMediaId = (await m.request('POST', '/_matrix/media/v3/create')).content_uri.split('/').pop();
    this.syncToken = (await m.sync()).next_batch;
  }

  async furnishConsole() {
    const { admin, operator, member, talker } = this;
    [this.adminKey, this.operatorKey, this.memberKey] = await Promise.all([this.key(admin, { name: 'all' }),
      this.key(operator, { name: 'all' }), this.key(member, { name: 'all' })]);
    this.hooked = await this.hook(talker, this.roomId);
    this.tasks = {};
    for (const who of [admin, operator, member]) this.tasks[who.local] = await this.task(who);
    this.webhooks = {};
    for (const who of [admin, operator, member]) this.webhooks[who.local] = await this.webhook(who);
    this.meetings = {};
    for (const who of [admin, operator, member]) this.meetings[who.local] = await this.meeting(who);
    this.shop = await this.pack(`${this.name}_shop`);
    // Its passwords wait to be taken.
    this.importId = await this.import(`${this.name}-imported,,${this.publicName} imported,member\n!${this.canary},short,,\n`, '?generate=true');
    await this.ask('POST', `/api/v1/bots/${talker.bot_id}/chat`, { text: `${this.canary} said to the bot` }, { cookie: member.cookie });
    await until(async () => JSON.stringify(await this.ask('GET', `/api/v1/bots/${talker.bot_id}/chat`, undefined, { cookie: member.cookie })).includes(`${this.canary} echo`),
      'the bot to answer', 60_000);
    const { items } = await this.ask('GET', `/api/v1/users/${member.local}/sessions`);
    this.consoleSession = items.find((s) => s.kind === 'console').device_id;
    const chat = await this.ask('GET', `/api/v1/bots/${talker.bot_id}/chat`, undefined, { cookie: member.cookie });
    this.chatRoomId = chat.room_id;
    // The newest number of the stream of changes, as one who watches would have it.
    this.lastEventId = await this.newestChange();
  }
  async newestChange() {
    const { text } = await this.land.wire.platform.send({ method: 'GET', path: '/api/v1/live', headers: { cookie: this.admin.cookie } });
    return Number(/"cursor":(\d+)/.exec(text)[1]);
  }

  /** Everything that names something of this tenant: in an answer to somebody else it is a leak, unless they sent it. */
  identifiers() {
    const people = [this.admin, this.operator, this.member, this.second, this.robot, this.helper];
    const names = [...people.map((p) => p.local.replace(/^bot_/, '')).filter((local) => local !== 'admin'), this.talker.bot_id, this.adviser.bot_id, this.failing.bot_id,
      this.alias.slice(1).split(':')[0], `${this.name}-imported`];
    const secrets = [...people.map((p) => p.device), ...people.flatMap((p) => [p.token, p.cookie?.split('=')[1]]).filter(Boolean),
      this.roomId, this.lonelyRoomId, this.knockRoomId, this.chatRoomId, this.eventId, this.threadRoot, this.lonelyEventId, this.mediaId, this.reservedMediaId,
      this.hooked.hook_id, this.hooked.path.split('/').pop(), this.importId, ...Object.values(this.tasks).flatMap((each) => Object.values(each)), this.backupSession, this.adminKey.token, this.operatorKey.token, this.memberKey.token];
    return { names, secrets };
  }

  /** This tenant as its own people see it, as {what: text}, without what time alone changes. */
  async snapshot() {
    const seen = {};
    const strip = (value) => JSON.stringify(value, (name, inner) => (/last_used|last_seen|uptime|updated_at|^age$|prev_batch|next_batch|since/.test(name) ? undefined : inner), 1);
    const platform = async (path, pick = (x) => x, headers = undefined) => { seen[path] = strip(pick(await this.ask('GET', path, undefined, headers))); };
    const house = this.tenantId === 1;
    const ours = [this.admin, this.operator, this.member, this.second].map((p) => p.id);
    // People of the house are among the callers: what they made there is theirs.
    const furniture = (page) => page.items.filter((item) => !house || !/house-[a-z]+-\d|house-program/.test(JSON.stringify(item)));
    const mine = (page) => furniture(page).filter((item) => item.user_id.includes(this.name) || item.user_id === this.admin.id);
    await Promise.all([
      platform('/api/v1/users?limit=1000', mine), platform('/api/v1/bots?limit=1000', furniture),
      platform('/api/v1/keys', (page) => furniture(page).filter((key) => key.owner.includes(this.name) || key.owner === this.admin.id)),
      platform('/api/v1/users/import', (page) => page.items.filter((item) => !house || item.import_id === this.importId)),
      platform(`/api/v1/bots/${this.talker.bot_id}/history`), platform(`/api/v1/bots/${this.adviser.bot_id}/history`),
      platform(`/api/v1/bots/${this.talker.bot_id}/hooks`), platform(`/api/v1/bots/${this.talker.bot_id}/rooms`),
      platform(`/api/v1/bots/${this.talker.bot_id}/chat`, (x) => x, { cookie: this.member.cookie }),
      ...(house ? [] : [platform('/api/v1/audit?limit=1000', // That strangers tried to sign in is written where the account is.
        (page) => page.items.filter((line) => !ours.includes(line.actor) && line.action !== 'session.refuse'))]),
      ...(house ? [] : [this.admin, this.operator, this.member].flatMap((p) => ['tasks', 'conversations'].map(async (list) => {
        seen[`${list} of ${p.local}`] = strip(await this.ask('GET', `/api/v1/${list}`, undefined, { cookie: p.cookie }));
      }))),
      ...[this.operator, this.robot].map((p) => platform(`/api/v1/users/${p.local}/sessions`)),
      ...(house ? [] : [this.admin, this.member, this.second].map((p) => platform(`/api/v1/users/${p.local}/sessions`))),
    ]);
    await each(house ? [this.operator, this.robot] : [this.admin, this.member, this.second, this.robot], async (who) => {
      const look = async (path, pick = (x) => x) => { seen[`${who.local} ${path}`] = strip(pick(await who.matrix.request('GET', path))); };
      // Invitations are what people of one homeserver may send each other; those that come by the console are seen in the answers.
      await look(`${client}/sync?filter=${encodeURIComponent('{"room":{"timeline":{"limit":20}},"presence":{"types":[]}}')}`, (sync) => ({
        account_data: sync.account_data, rooms: Object.fromEntries(Object.entries(sync.rooms?.join ?? {}).filter(([id]) => id !== this.lobbyId)
          .map(([id, joined]) => [id, { ...joined, summary: 0 }])) }));
      await look(`${client}/devices`);
      await look(`${client}/pushers`);
      await look(`${client}/profile/${encodeURIComponent(who.id)}`);
    });
    const m = this.member.matrix;
    const version = `${client}/room_keys/version`;
    if (!house) seen.backup = strip(await m.request('GET', version));
    if (!house) seen.backed = strip(await m.request('GET', `${client}/room_keys/keys?version=${this.backupVersion}`));
    seen.filter = strip(await m.request('GET', `${client}/user/${encodeURIComponent(m.id)}/filter/${this.filterId}`));
    seen.alias = strip((await m.raw('GET', `${client}/directory/room/${encodeURIComponent(this.alias)}`)).body);
    seen.state = strip(await m.request('GET', `${room(this.roomId)}/state`));
    const file = await m.raw('GET', `/_matrix/client/v1/media/download/localhost/${this.mediaId}`);
    seen.file = createHash('sha256').update(file.bytes).digest('hex');
    seen.reserved = String((await m.raw('GET', `/_matrix/client/v1/media/download/localhost/${this.reservedMediaId}?timeout_ms=1`)).status);
    return seen;
  }
}

/** The server with its three tenants, the tenant that attacks first: aster, birch, house. */
export class Land {
  static async start({ Wire }) {
    const land = new Land();
    land.began = Date.now();
    land.model = await standInModel();
    land.troupe = await Troupe.start({ env: { AUTH_DEV_TOKEN: devToken, TROUPE_ALLOW_PROGRAMS: 'on', TROUPE_REGISTRATION_GUESTS: 'on', ADMIN_API_TOKEN: 'nobody-attacks-with-this-one-of-the-walls',
      TROUPE_MEETINGS_BOT_COMMAND: '/nonexistent/bot', TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: '1000' } });
    land.wire = { platform: new Wire(land.troupe.platform), matrix: new Wire(land.troupe.matrix) };
    land.house = new World(land, 'house');
    land.aster = new World(land, 'aster');
    land.birch = new World(land, 'birch');
    await land.house.build();
    await Promise.all([land.aster.build(), land.birch.build()]);
    await land.makeDead();
    await land.makeProgram();
    await land.makeGuest();
    return land;
  }
  async stop() {
    // A program outlives the server that started it.
    if (this.programToken) await this.troupe.api('DELETE', '/api/v1/bots/house-program?confirm=house-program');
    this.wire?.platform.close();
    this.wire?.matrix.close();
    await this.troupe?.stop();
    await this.model?.close();
  }

  async asServer(method, path, body) {
    const answer = await this.troupe.api(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  async signIn(user, pass, headers = {}) {
    const answer = await this.wire.platform.send({ method: 'POST', path: '/api/v1/session', body: { user, password: pass }, headers });
    if (answer.status !== 200) throw new Error(`${user} cannot sign in: ${answer.status} ${answer.text}`);
    return answer.headers['set-cookie'][0].split(';')[0];
  }

  /** Somebody without an account: of the default tenant, like whoever comes by a client. */
  async makeGuest() {
    const answer = await this.wire.matrix.send({ method: 'POST', path: `${client}/register?kind=guest`, headers: {}, body: {} });
    if (answer.status !== 200) throw new Error(`no guest: ${answer.status} ${answer.text}`);
    const made = JSON.parse(answer.text);
    this.guest = { local: made.user_id.slice(1).split(':')[0], id: made.user_id, device: made.device_id, token: made.access_token, password: 'a-guest-has-none' };
  }

  /** People of the attackers' tenant who were administrators and are no more, and credentials that have ended. */
  async makeDead() {
    const { aster } = this;
    const dead = {};
    for (const how of ['locked', 'closed']) {
      dead[how] = await aster.person(`aster-${how}`, 'admin');
      dead[how].key = await aster.key(dead[how], { name: how });
      dead[how].roomId = await aster.room(dead[how]);
    }
    dead.ended = await aster.person('aster-ended', 'admin');
    dead.endedLogin = await MatrixUser.login(this.troupe.matrix, 'aster-ended', dead.ended.password);
    await dead.endedLogin.request('POST', `${client}/logout`);
    dead.expiredLogin = await MatrixUser.login(this.troupe.matrix, 'aster-ended', dead.ended.password, { device_id: 'WALLSEXPIRED' });
    dead.endedCookie = await this.signIn('aster-ended', dead.ended.password);
    await this.wire.platform.send({ method: 'DELETE', path: '/api/v1/session', headers: { cookie: dead.endedCookie } });
    dead.expiredCookie = await this.signIn('aster-ended', dead.ended.password, { 'user-agent': 'walls-expired' });
    dead.revokedKey = await aster.key(dead.ended, { name: 'revoked' });
    await aster.ask('DELETE', `/api/v1/keys/${dead.revokedKey.id}`);
    dead.expiredKey = await aster.key(dead.ended, { name: 'expired', expires_in_days: 1 });
    await this.edit([`UPDATE id_api_key SET expires_ms = 1 WHERE id = ${dead.expiredKey.id}`,
      "UPDATE id_session SET expires_ms = 1 WHERE user_agent = 'walls-expired'", "UPDATE hs_token SET expires_ms = 1 WHERE device_id = 'WALLSEXPIRED'"]);
    // Seen alive once, so that whatever is remembered of a credential is remembered.
    for (const how of ['locked', 'closed']) {
      await dead[how].matrix.request('GET', `${client}/account/whoami`);
      for (const headers of [{ cookie: dead[how].cookie }, { authorization: `Bearer ${dead[how].key.token}` }]) await aster.ask('GET', '/api/v1/session', undefined, headers);
    }
    await aster.ask('POST', '/api/v1/users/aster-locked/lock');
    await aster.ask('POST', '/api/v1/users/aster-closed/deactivate', { confirm: 'aster-closed' });
    this.dead = dead;
  }
  /** What only time does: credentials whose day has come. The server is down meanwhile. */
  async edit(statements) {
    await this.troupe.terminate();
    const { DATABASE_URL: url } = databaseOf(this.troupe.data);
    if (url) {
      const [, schema] = /[?&]schema=(\w+)/.exec(url);
      execFileSync('psql', [url.replace(/[?&]schema=\w+/, ''), '-v', 'ON_ERROR_STOP=1', '-qc', `SET search_path = ${schema}; ${statements.join('; ')}`]);
    } else {
      const { DatabaseSync } = await import('node:sqlite');
      const db = new DatabaseSync(join(this.troupe.data, readdirSync(this.troupe.data).find((name) => name === 'troupe.db')));
      for (const statement of statements) if (db.prepare(statement).run().changes !== 1) throw new Error(`nothing was changed: ${statement}`);
      db.close();
    }
    this.wire.platform.agent.destroy();
    this.wire.matrix.agent.destroy();
    await this.troupe.launch();
  }
  /** A program's token, as the program reads it. */
  async makeProgram() {
    await this.asServer('POST', '/api/v1/bots', { bot_id: 'house-program', display_name: `${this.house.publicName} program`,
      brain: { kind: 'program', config: { command: ['/bin/sleep', '1000'], stop_grace_s: 1 } } });
    await this.asServer('POST', '/api/v1/bots/house-program/start');
    const tasks = join(this.troupe.data, 'tasks');
    const file = await until(() => readdirSync(tasks, { recursive: true }).map((name) => join(tasks, name)).find((name) => name.endsWith('/secrets/token')),
      'the token of the program', 60_000);
    this.programToken = readFileSync(file, 'utf8').trim();
  }
}

/** A model to talk to, so that a connection test has somebody to ask; it writes down which keys it was shown. */
async function standInModel() {
  const shown = new Set();
  const server = createServer((request, response) => {
    if (request.headers.authorization) shown.add(request.headers.authorization);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(request.url.endsWith('/models') ? { object: 'list', data: [{ id: 'stand-in' }] }
      : { object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }));
  });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  return { url: `http://127.0.0.1:${server.address().port}/v1`, shown, close: () => { server.closeAllConnections(); return new Promise((r) => server.close(r)); } };
}

export { apiToken, Person };
