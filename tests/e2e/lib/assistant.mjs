// The assistant as its clients reach it, with the vendors' stand-ins behind it.
import assert from 'node:assert/strict';
import { Troupe, until } from './troupe.mjs';
import { AccuLynx } from './vendors/acculynx.mjs';
import { Bolt } from './vendors/bolt.mjs';
import { CompanyCam } from './vendors/companycam.mjs';
import { environment, furnish } from './vendors/demo.mjs';
import { Slack } from './vendors/slack.mjs';

export const devToken = 'a-dev-token-for-tests';
/** Nothing of it goes on by itself. */
export const resting = (task) => ['done', 'error', 'awaiting_user', 'planned'].includes(task.status);

/** The four vendors, with names to choose from; `options` by vendor. */
export async function startVendors(options = {}) {
  const vendors = { companycam: await CompanyCam.start(options.companycam), acculynx: await AccuLynx.start(options.acculynx), bolt: await Bolt.start(options.bolt), slack: await Slack.start(options.slack) };
  furnish(vendors);
  return vendors;
}
export const stopAll = async (vendors) => { for (const vendor of Object.values(vendors ?? {})) await vendor.stop(); };

/** A server whose packs lead to these vendors. */
export const startAssistant = (vendors, { env = {}, ...more } = {}) =>
  Troupe.start({ ...more, env: { AUTH_DEV_TOKEN: devToken, ...environment(vendors), ...env } });

/** One caller. Keeps all that was ever answered in `heard`. */
export class Asker {
  constructor(troupe, token = devToken) { Object.assign(this, { troupe, token, heard: [] }); }

  /** A person of an account that is made here, with a key of their own for the assistant. */
  static async person(troupe, name) {
    const password = `password-of-${name}`;
    const made = await troupe.api('POST', '/api/v1/users', { username: name, password });
    assert.ok(made.status < 300, JSON.stringify(made.body));
    const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: name, password }) });
    assert.equal(session.status, 200, await session.clone().text());
    const cookie = session.headers.getSetCookie()[0].split(';')[0];
    const key = await fetch(`${troupe.platform}/api/v1/keys`, { method: 'POST', headers: { cookie, 'content-type': 'application/json' }, body: JSON.stringify({ name: `${name}'s`, role: 'member', scopes: ['assistant'] }) });
    const { token } = await key.json();
    assert.equal(key.status, 201);
    return new Asker(troupe, token);
  }

  /** {status, body, text}. */
  async ask(method, path, body, headers = { authorization: `Bearer ${this.token}` }) {
    const response = await fetch(this.troupe.platform + path, { method, signal: AbortSignal.timeout(120_000),
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    this.heard.push(`${method} ${path}: ${JSON.stringify([...response.headers])} ${text}`);
    let parsed = text;
    try { parsed = text ? JSON.parse(text) : null; } catch { /* it is none */ }
    return { status: response.status, body: parsed, text };
  }
  async good(method, path, body) {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${answer.text}`), answer);
    return answer.body;
  }

  // ---- As the web client of the chat face does ----

  chat(message, conversationId = null) { return this.ask('POST', '/api/chat', { conversationId, message }); }
  execute(taskId, choiceId, confirm = true) {
    return this.ask('POST', '/api/execute', { taskId, confirm, ...(choiceId === undefined ? {} : { disambiguation: { choiceId } }) });
  }

  // ---- Tasks ----

  /** A plan that is given as it is; yields the task's id. */
  async plan(service, intent, inputs, more = {}) {
    const reply = await this.good('POST', '/api/v1/tasks', { service, intent, inputs, ...more });
    assert.equal(reply.kind, 'plan', JSON.stringify(reply));
    return reply.task.task_id;
  }
  /** Waits so many seconds for its end or its question. */
  run(taskId, wait = 20) { return this.ask('POST', `/api/v1/tasks/${taskId}/execute?wait_s=${wait}`); }
  cancel(taskId) { return this.ask('POST', `/api/v1/tasks/${taskId}/cancel`); }
  fork(taskId, from_step, inputs) { return this.ask('POST', `/api/v1/tasks/${taskId}/fork`, { from_step, inputs }); }
  answer(taskId, answer) { return this.ask('POST', `/api/v1/tasks/${taskId}/answer`, answer); }
  /** The task and what it waits for: {kind, task, question, approval}. */
  look(taskId) { return this.good('GET', `/api/v1/tasks/${taskId}`); }
  /** Runs it until it has ended or asks. */
  async finish(taskId) {
    const said = await this.run(taskId);
    assert.ok(said.status < 300, `${said.status} ${said.text}`);
    return this.rests(taskId);
  }
  rests(taskId, ms = 120_000) {
    return until(async () => {
      const seen = await this.look(taskId);
      return resting(seen.task) && seen;
    }, `task ${taskId} to end or to ask`, ms);
  }
  /** All of a list that is read in parts. */
  async all(path, most = 10_000) {
    const items = [];
    for (let rest = ''; ;) {
      const page = await this.good('GET', path + rest);
      items.push(...page.items);
      const [name, value] = page.next_from === undefined ? ['after', page.next_after] : ['from', page.next_from];
      if (value === undefined || items.length > most) return items;
      rest = `${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
    }
  }
  steps(taskId) { return this.all(`/api/v1/tasks/${taskId}/steps`); }
  calls(taskId) { return this.all(`/api/v1/tasks/${taskId}/calls`); }

  // ---- Approvals ----

  approvals() { return this.all('/api/v1/approvals'); }
  approve(id, digest) { return this.ask('POST', `/api/v1/approvals/${id}/approve`, { digest }); }
  reject(id, digest, reason) { return this.ask('POST', `/api/v1/approvals/${id}/reject`, { digest, reason }); }
}
