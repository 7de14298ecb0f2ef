// Slack's Web API: status 200 whatever happens ({"ok": false, "error"}), cursors, metadata, Retry-After for one method.
import { Vendor, route } from './vendor.mjs';

const no = (error, more = {}) => ({ body: { ok: false, error, ...more } });
const yes = (body) => ({ body: { ok: true, ...body } });

export class Slack extends Vendor {
  base = '/api';
  channels = [{ id: 'C1', name: 'general', is_private: false }];
  messages = []; // the newest first
  users = [{ id: 'U1', name: 'anna', profile: { email: 'anna@b.example' } }];
  scopes = ['chat:write', 'channels:read', 'channels:manage', 'channels:history', 'users:read', 'users:read.email', 'reactions:write'];
  retryAfter = 1;
  clock = 1_700_000_000;

  noKey() { return no('invalid_auth'); }
  limited() { return { status: 429, headers: { 'retry-after': String(this.retryAfter) }, body: { ok: false, error: 'ratelimited' } }; }
  error() { return no('internal_error'); }
  answer(asked) { return route(this.rows, asked) ?? no('unknown_method'); }
  needs(scope, run) { return this.scopes.includes(scope) ? run() : no('missing_scope', { needed: scope, provided: this.scopes.join(',') }); }
  channel(name, run) {
    const found = this.channels.find((each) => each.id === name || each.name === String(name ?? '').replace(/^#/, ''));
    if (!found) return no('channel_not_found');
    return found.is_archived ? no('is_archived') : run(found);
  }
  page(name, list, { query }) {
    const size = Number(query.get('limit') || 100);
    const first = Number(query.get('cursor') || 0);
    const next = first + size < list.length ? String(first + size) : '';
    return yes({ [name]: list.slice(first, first + size), response_metadata: { next_cursor: next } });
  }

  rows = [
    ['GET', '/auth.test', () => yes({ user_id: 'UBOT', team_id: 'T1' })],
    ['GET', '/conversations.list', (asked) => this.needs('channels:read', () => this.page('channels', this.channels, asked))],
    ['GET', '/conversations.info', ({ query }) => this.channel(query.get('channel'), (channel) => yes({ channel }))],
    ['GET', '/conversations.history', (asked) => this.needs('channels:history', () => this.channel(asked.query.get('channel'), ({ id }) => {
      const shown = this.messages.filter((each) => each.channel === id)
        .map(({ metadata, ...rest }) => (asked.query.get('include_all_metadata') === 'true' ? { ...rest, metadata } : rest));
      return this.page('messages', shown, asked);
    }))],
    ['POST', '/chat.postMessage', ({ body }) => this.channel(body?.channel, ({ id }) => {
      if (!body.text) return no('no_text');
      if (body.text.length > 40_000) return no('msg_too_long');
      const message = { ...body, channel: id, ts: `${(this.clock += 1)}.000100` };
      this.messages.unshift(message);
      return { ...yes({ channel: id, ts: message.ts, message }), wrote: message };
    })],
    ['POST', '/chat.delete', ({ body }) => {
      const at = this.messages.findIndex((each) => each.ts === body?.ts && each.channel === body?.channel);
      if (at < 0) return no('message_not_found');
      this.messages.splice(at, 1);
      return { ...yes({ ts: body.ts }), wrote: { deleted: body.ts } };
    }],
    ['POST', '/conversations.create', ({ body }) => {
      if (!/^[a-z0-9_-]{1,80}$/.test(body?.name ?? '')) return no('invalid_name_specials');
      if (this.channels.some((each) => each.name === body.name)) return no('name_taken');
      const channel = { id: `C${this.channels.length + 1}`, name: body.name, is_private: Boolean(body.is_private) };
      this.channels.push(channel);
      return { ...yes({ channel }), wrote: channel };
    }],
    ['POST', '/conversations.invite', ({ body }) => this.channel(body?.channel, (channel) => {
      const people = String(body.users ?? '').split(',');
      if (people.some((id) => !this.users.some((each) => each.id === id))) return no('user_not_found');
      if (people.every((id) => channel.members?.includes(id))) return no('already_in_channel');
      channel.members = [...new Set([...(channel.members ?? []), ...people])];
      return { ...yes({ channel }), wrote: { invited: people } };
    })],
    ['POST', '/reactions.add', ({ body }) => {
      const message = this.messages.find((each) => each.ts === body?.timestamp);
      if (!message) return no('message_not_found');
      if (message.reactions?.includes(body.name)) return no('already_reacted');
      message.reactions = [...(message.reactions ?? []), body.name];
      return { ...yes({}), wrote: { reaction: body.name } };
    }],
    ['GET', '/users.list', (asked) => this.page('members', this.users, asked)],
    ['GET', '/users.lookupByEmail', ({ query }) => {
      const user = this.users.find((each) => each.profile.email === query.get('email'));
      return user ? yes({ user }) : no('users_not_found');
    }],
  ];
}
