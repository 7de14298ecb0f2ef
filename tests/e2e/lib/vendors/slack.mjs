// Slack's Web API: status 200 whatever happens ({"ok": false, "error"}), cursors with pages that may be short, metadata,
// scopes, limits for each method with Retry-After.
import { createHmac } from 'node:crypto';
import { Vendor } from './vendor.mjs';

const no = (error, more = {}) => ({ body: { ok: false, error, ...more } });
const yes = (body = {}) => ({ body: { ok: true, ...body } });
const wants = (...names) => no('invalid_arguments', { response_metadata: { messages: names.map((name) => `[ERROR] missing required field: ${name}`) } });
const isOn = (value) => value === true || value === 'true' || value === '1';
const list = (text) => String(text ?? '').split(',').map((each) => each.trim()).filter(Boolean);

const reads = ['auth.test', 'conversations.list', 'conversations.info', 'conversations.history', 'conversations.replies', 'conversations.members', 'users.list', 'users.info',
  'users.lookupByEmail', 'chat.scheduledMessages.list', 'team.info'];
/** Tier 1 to 4: calls per minute, of one method. */
const perMinute = [0, 1, 20, 50, 100];
const tiers = { 'conversations.list': 2, 'conversations.create': 2, 'users.list': 2, 'conversations.members': 4, 'files.getUploadURLExternal': 4, 'files.completeUploadExternal': 4, 'users.info': 4 };

export class Slack extends Vendor {
  base = '/api';
  channels = [{ id: 'C000000001', name: 'general', is_private: false, is_member: true, members: ['U000000001', 'UBOT'] }];
  messages = []; // the newest first
  scheduled = [];
  files = [];
  users = [{ id: 'U000000001', name: 'anna', profile: { email: 'anna@b.example', real_name: 'Anna Bell' } }];
  scopes = ['chat:write', 'chat:write.public', 'channels:read', 'groups:read', 'im:read', 'mpim:read', 'channels:manage', 'groups:write', 'channels:join', 'im:write',
    'channels:history', 'groups:history', 'users:read', 'users:read.email', 'reactions:write', 'files:write'];
  history = true; // false: nobody may read what was said, as without its scopes
  short = false; // an empty page before each full one
  retryAfter = 1;
  clock = 0;
  signingSecret = 'a-signing-secret';
  events = 0;

  isWrite({ path }) { return !reads.includes(path.slice(1)) && !path.startsWith('/upload/'); }
  refused({ path, headers, body, query }) {
    if (path.startsWith('/upload/')) return undefined; // the address is the right
    const given = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? body?.token ?? query.get('token');
    return given === this.key ? undefined : no(given ? 'invalid_auth' : 'not_authed');
  }
  tooMany(seconds) { return { status: 429, headers: { 'retry-after': String(Math.max(seconds, this.retryAfter)) }, body: { ok: false, error: 'ratelimited' } }; }
  error() { return no('internal_error'); }
  limits({ path, body }) {
    const method = path.slice(1);
    if (method === 'chat.postMessage') return [{ name: `${method} ${body?.channel}`, calls: 3, seconds: 3 }, { name: method, calls: 300, seconds: 60 }];
    return method === 'auth.test' ? [] : [{ name: method, calls: perMinute[tiers[method] ?? 3], seconds: 60 }];
  }
  nowhere({ path }) { return no('unknown_method', { req_method: path.slice(1) }); }
  answer(asked) {
    const method = asked.path.slice(1);
    const isJson = asked.bytes.length > 0 && (asked.headers['content-type'] ?? '').startsWith('application/json');
    if (isJson && asked.body === undefined) return no('invalid_json');
    // JSON is for methods that write; those that read take a form or the query.
    const args = { ...Object.fromEntries(asked.query), ...(isJson && reads.includes(method) ? {} : typeof asked.body === 'object' ? asked.body : {}) };
    const answer = this.routed({ ...asked, args });
    if (isJson && !/charset=/i.test(asked.headers['content-type']) && answer.body?.ok) answer.body.warning = 'missing_charset';
    return answer;
  }

  /** A channel that was there before. */
  channel(entry) {
    const whole = { id: `C${String(this.channels.length + 1).padStart(9, '0')}`, is_channel: true, is_private: false, is_archived: false, is_member: true, members: ['UBOT'], ...entry };
    this.channels.push(whole);
    return whole;
  }
  may(scope, run) { return this.scopes.includes(scope) ? run() : no('missing_scope', { needed: scope, provided: this.scopes.join(',') }); }
  in(name, run, { archived = false } = {}) {
    const found = this.channels.find((each) => each.id === name || each.name === String(name ?? '').replace(/^#/, ''));
    if (!found) return no('channel_not_found');
    return found.is_archived && !archived ? no('is_archived') : run(found);
  }
  page(name, all, { limit, cursor }) {
    const size = Math.min(Number(limit || 100), 1000);
    if (!(size >= 1)) return no('invalid_limit');
    const [, empty, at] = /^(e?)(\d+)$/.exec(cursor ? Buffer.from(cursor, 'base64').toString() : '0') ?? [];
    if (at === undefined) return no('invalid_cursor');
    const to = (text) => Buffer.from(text).toString('base64');
    const first = Number(at);
    if (this.short && !empty) return yes({ [name]: [], response_metadata: { next_cursor: to(`e${first}`) } });
    const next = first + size < all.length ? to(String(first + size)) : '';
    return yes({ [name]: all.slice(first, first + size), response_metadata: { next_cursor: next } });
  }
  shown({ members, ...channel }, count = false) { return { ...channel, ...(count ? { num_members: members.length } : {}) }; }
  ts() {
    this.clock = Math.max(this.clock + 1, Date.now() * 1000);
    return `${Math.floor(this.clock / 1e6)}.${String(this.clock % 1e6).padStart(6, '0')}`;
  }
  said(args, all) {
    const hidden = (each) => (isOn(args.include_all_metadata) ? each : (({ metadata, ...rest }) => rest)(each));
    const fits = ({ ts }) => (!args.oldest || Number(ts) > Number(args.oldest)) && (!args.latest || Number(ts) < Number(args.latest));
    return this.page('messages', all.filter(fits).map(hidden), args);
  }
  read(args, run) {
    return this.in(args.channel, (channel) => this.may(channel.is_private ? 'groups:history' : 'channels:history', () => {
      if (!this.history) return no('missing_scope', { needed: 'channels:history', provided: '' });
      return channel.is_member ? run(channel) : no('not_in_channel');
    }), { archived: true });
  }
  post(args) {
    return this.may('chat:write', () => this.in(args.channel, (channel) => {
      if (!channel.is_member && (channel.is_private || !this.scopes.includes('chat:write.public'))) return no('not_in_channel');
      if (!args.text && !args.blocks?.length && !args.attachments?.length) return no('no_text');
      if ((args.blocks?.length ?? 0) > 50) return no('invalid_blocks');
      if (args.metadata && (!args.metadata.event_type || typeof args.metadata.event_payload !== 'object')) return no('invalid_metadata_format');
      const { channel: _, token, ...rest } = args;
      const message = { type: 'message', user: 'UBOT', bot_id: 'B1', ...rest, text: String(args.text ?? '').slice(0, 40_000), ts: this.ts() };
      this.messages.unshift({ ...message, channel: channel.id });
      return { ...yes({ channel: channel.id, ts: message.ts, message }), wrote: { channel: channel.id, ...message } };
    }));
  }
  message(args, ts, run) {
    return this.in(args.channel, (channel) => {
      const found = this.messages.find((each) => each.ts === ts && each.channel === channel.id);
      return found ? run(found, channel) : no('message_not_found');
    });
  }
  create({ name, is_private }) {
    return this.may(isOn(is_private) ? 'groups:write' : 'channels:manage', () => {
      if (!name) return no('invalid_name_required');
      if (name.length > 80) return no('invalid_name_maxlength');
      if (!/^[\p{Ll}\p{Lo}\p{N}_-]+$/u.test(name)) return no('invalid_name_specials');
      if (this.channels.some((each) => each.name === name)) return no('name_taken');
      const made = this.channel({ name, is_private: isOn(is_private), created: Math.floor(Date.now() / 1000), creator: 'UBOT' });
      return { ...yes({ channel: this.shown(made) }), wrote: made };
    });
  }
  invite(args) {
    return this.in(args.channel, (channel) => {
      const people = list(args.users);
      if (!people.length) return no('no_user');
      if (people.length > 100) return no('too_many_users');
      if (people.includes('UBOT')) return no('cant_invite_self');
      if (people.some((id) => !this.users.some((each) => each.id === id))) return no('user_not_found');
      if (people.every((id) => channel.members.includes(id))) return no('already_in_channel');
      channel.members = [...new Set([...channel.members, ...people])];
      return { ...yes({ channel: this.shown(channel) }), wrote: { channel: channel.id, invited: people } };
    });
  }
  reaction({ channel, timestamp, name }, add) {
    return this.may('reactions:write', () => this.message({ channel }, timestamp, (message) => {
      const all = message.reactions ?? [];
      if (!name) return no('no_reaction_specified');
      if (all.includes(name) === add) return no(add ? 'already_reacted' : 'no_reaction');
      message.reactions = add ? [...all, name] : all.filter((each) => each !== name);
      return { ...yes(), wrote: { [add ? 'reaction' : 'removed']: name } };
    }));
  }
  /**
   * Sends an event to an app's address as Slack does, signed; yields its answer. `event`: {type: 'app_mention', user, text, channel}
   * and the like, or {type: 'url_verification', challenge}. `again`: the same event once more, as after an answer that did not come
   * within three seconds. `age`: seconds that its time is in the past.
   */
  async deliver(address, event, { again, age = 0, secret = this.signingSecret } = {}) {
    const ts = this.ts();
    const body = JSON.stringify(event.type === 'url_verification' ? { token: 'old', ...event }
      : { token: 'old', team_id: 'T1', api_app_id: 'A1', type: 'event_callback', event_id: again?.event_id ?? `Ev${(this.events += 1)}`, event_time: Math.floor(Number(ts)),
        authorizations: [{ team_id: 'T1', user_id: 'UBOT', is_bot: true }], event: { ts, event_ts: ts, team: 'T1', ...event } });
    const time = String(Math.floor(Date.now() / 1000) - age);
    const response = await fetch(address, { method: 'POST', body: again?.body ?? body, signal: AbortSignal.timeout(30_000), headers: { 'content-type': 'application/json',
      'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${time}:${again?.body ?? body}`).digest('hex')}`,
      ...(again ? { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' } : {}) } });
    return { status: response.status, text: await response.text(), body: again?.body ?? body, event_id: JSON.parse(again?.body ?? body).event_id };
  }
  kinds({ types = 'public_channel', exclude_archived }) {
    const wanted = list(types);
    return this.channels.filter((each) => wanted.includes(each.is_im ? 'im' : each.is_private ? 'private_channel' : 'public_channel') && !(isOn(exclude_archived) && each.is_archived));
  }

  rows = [
    ['ANY', '/auth.test', () => yes({ url: 'https://bell.slack.example/', team: 'Bell', user: 'troupe', team_id: 'T1', user_id: 'UBOT', bot_id: 'B1' })],
    ['ANY', '/conversations.list', ({ args }) => this.may('channels:read', () => this.page('channels', this.kinds(args).map((each) => this.shown(each)), args))],
    ['ANY', '/conversations.info', ({ args }) => this.may('channels:read', () => this.in(args.channel, (channel) => yes({ channel: this.shown(channel, isOn(args.include_num_members)) }), { archived: true }))],
    ['ANY', '/conversations.members', ({ args }) => this.in(args.channel, ({ members }) => this.page('members', members, args))],
    ['ANY', '/conversations.history', ({ args }) => this.read(args, ({ id }) => this.said(args, this.messages.filter((each) => each.channel === id && !each.thread_ts)))],
    ['ANY', '/conversations.replies', ({ args }) => this.read(args, ({ id }) => (args.ts ? this.said(args, this.messages.filter((each) => each.channel === id && (each.ts === args.ts || each.thread_ts === args.ts)).reverse()) : wants('ts')))],
    ['ANY', '/chat.postMessage', ({ args }) => this.post(args)],
    ['ANY', '/chat.update', ({ args }) => this.message(args, args.ts, (message, { id }) => {
      const again = message.text === args.text;
      message.text = String(args.text ?? message.text);
      return { ...yes({ channel: id, ts: message.ts, text: message.text }), wrote: { ts: message.ts, text: message.text }, again };
    })],
    ['ANY', '/chat.delete', ({ args }) => this.message(args, args.ts, (message, { id }) => {
      this.messages.splice(this.messages.indexOf(message), 1);
      return { ...yes({ channel: id, ts: message.ts }), wrote: { deleted: message.ts } };
    })],
    ['ANY', '/chat.scheduleMessage', ({ args }) => this.in(args.channel, ({ id }) => {
      const at = Number(args.post_at);
      if (!args.text) return no('no_text');
      if (!(at > Date.now() / 1000)) return no('time_in_past');
      if (at > Date.now() / 1000 + 120 * 86_400) return no('time_too_far');
      const entry = { id: `Q${this.scheduled.length + 1}`, channel_id: id, post_at: at, date_created: Math.floor(Date.now() / 1000), text: args.text };
      this.scheduled.push(entry);
      return { ...yes({ channel: id, scheduled_message_id: entry.id, post_at: at, message: { text: args.text } }), wrote: entry };
    })],
    ['ANY', '/chat.scheduledMessages.list', ({ args }) => this.page('scheduled_messages', this.scheduled.filter((each) => !args.channel || each.channel_id === args.channel), args)],
    ['ANY', '/chat.deleteScheduledMessage', ({ args }) => {
      const at = this.scheduled.findIndex((each) => each.id === args.scheduled_message_id && each.channel_id === args.channel);
      if (at < 0) return no('invalid_scheduled_message_id');
      this.scheduled.splice(at, 1);
      return { ...yes(), wrote: { deleted: args.scheduled_message_id } };
    }],
    ['ANY', '/conversations.create', ({ args }) => this.create(args)],
    ['ANY', '/conversations.archive', ({ args }) => this.in(args.channel, (channel) => {
      if (channel.is_archived) return no('already_archived');
      channel.is_archived = true;
      return { ...yes(), wrote: { archived: channel.id } };
    }, { archived: true })],
    ['ANY', '/conversations.invite', ({ args }) => this.invite(args)],
    ['ANY', '/conversations.kick', ({ args }) => this.in(args.channel, (channel) => {
      if (!channel.members.includes(args.user)) return no('not_in_channel');
      channel.members = channel.members.filter((each) => each !== args.user);
      return { ...yes(), wrote: { channel: channel.id, removed: args.user } };
    })],
    ['ANY', '/conversations.join', ({ args }) => this.may('channels:join', () => this.in(args.channel, (channel) => {
      const again = channel.is_member;
      channel.is_member = true;
      return { ...yes({ channel: this.shown(channel), ...(again ? { warning: 'already_in_channel' } : {}) }), wrote: { joined: channel.id }, again };
    }))],
    ['ANY', '/conversations.open', ({ args }) => this.may('im:write', () => {
      const people = list(args.users);
      if (!people.length || people.some((id) => !this.users.some((each) => each.id === id))) return no('user_not_found');
      const known = this.channels.find((each) => each.is_im && each.user === people.join());
      const channel = known ?? this.channel({ id: `D${String(this.channels.length + 1).padStart(9, '0')}`, is_im: true, user: people.join() });
      return { ...yes({ channel: { id: channel.id }, ...(known ? { no_op: true, already_open: true } : {}) }), wrote: { opened: channel.id }, again: Boolean(known) };
    })],
    ['ANY', '/conversations.setTopic', ({ args }) => this.in(args.channel, (channel) => {
      const again = channel.topic?.value === args.topic;
      channel.topic = { value: args.topic };
      return { ...yes({ channel: this.shown(channel) }), wrote: { topic: args.topic }, again };
    })],
    ['ANY', '/users.list', ({ args }) => this.may('users:read', () => this.page('members', this.users, args))],
    ['ANY', '/users.info', ({ args }) => {
      const user = this.users.find((each) => each.id === args.user);
      return user ? yes({ user }) : no('user_not_found');
    }],
    ['ANY', '/users.lookupByEmail', ({ args }) => this.may('users:read.email', () => {
      const user = this.users.find((each) => each.profile.email === args.email);
      return user ? yes({ user }) : no('users_not_found');
    })],
    ['ANY', '/reactions.add', ({ args }) => this.reaction(args, true)],
    ['ANY', '/reactions.remove', ({ args }) => this.reaction(args, false)],
    ['ANY', '/files.getUploadURLExternal', ({ args }) => this.may('files:write', () => {
      if (!args.filename || !(Number(args.length) > 0)) return wants('filename', 'length');
      const file = { id: `F${this.files.length + 1}`, name: args.filename, length: Number(args.length) };
      this.files.push(file);
      return { ...yes({ upload_url: `${this.url}/upload/${file.id}`, file_id: file.id }), wrote: file };
    })],
    ['ANY', '/upload/:id', ({ bytes }, { id }) => {
      const file = this.files.find((each) => each.id === id);
      if (!file) return { status: 404, text: 'no such upload', type: 'text/plain' };
      file.bytes = bytes.length;
      return { text: `OK - ${bytes.length}`, type: 'text/plain' };
    }],
    ['ANY', '/files.completeUploadExternal', ({ args }) => {
      const wanted = (args.files ?? []).map(({ id }) => this.files.find((each) => each.id === id));
      if (!wanted.length || wanted.some((file) => file?.bytes === undefined)) return no('file_not_found');
      return { ...yes({ files: wanted.map(({ id, name }) => ({ id, title: name })) }), wrote: { shared: wanted.map(({ id }) => id), channel: args.channel_id } };
    }],
  ];
}
