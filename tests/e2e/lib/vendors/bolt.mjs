// ECi Bolt, open API v1: Token authorization, wrapped bodies, batches of a hundred and what changed since, etags, change
// feeds, {exception, message, success}.
import { randomBytes } from 'node:crypto';
import { Vendor } from './vendor.mjs';

const no = (status, exception, message) => ({ status, body: { exception, message, success: false } });
const yes = (body) => ({ body: { ...body, success: true } });
/** The plural of a list → what one of it is called in bodies. */
const singulars = { jobs: 'job', customers: 'customer', work_orders: 'work_order', work_order_types: 'work_order_type', contracts: 'contract', communities: 'community',
  floorplans: 'floorplan', employees: 'employee', crews: 'crew', cities: 'city', offices: 'office', types: 'type', customer_pricings: 'customer_pricing',
  selected_options: 'selected_option', extra_options: 'extra_option', options: 'option', supervisors: 'supervisor', documents: 'document' };
const readOnly = ['takeoffs', 'takeoff_types', 'stages', 'user_types', 'time_entries', 'crews_payroll', 'crew_pay', 'work_order_takeoffs'];
/** What a new one cannot be without. */
const required = { customers: ['name'], work_orders: ['job_id', 'work_order_type_id'], contracts: ['job_id'] };

export class Bolt extends Vendor {
  name = 'a-tokens-name';
  batch = 100;
  busy = 0; // so many requests are answered with 521 first
  lists = new Map(); // "jobs", "contracts/7/extra_options" → entries
  ids = 0;
  serial = 0; // of changes, for refresh_token

  refused({ headers }) {
    const given = /^Token token="([^"]*)", ?name="([^"]*)"$/.exec(headers.authorization ?? '');
    return given?.[1] === this.key && given[2] === this.name ? undefined : no(401, 'unauthorized', 'The token is not known.');
  }
  tooMany() { return no(429, 'RETRY LATER', 'Too many requests.'); }
  error() { return no(500, 'internal server error', 'Something went wrong.'); }
  nowhere() { return no(404, 'not found', 'There is no such path.'); }
  answer(asked) {
    if (this.busy > 0) {
      this.busy -= 1;
      return no(521, 'RETRY LATER', 'The service is limited momentarily.');
    }
    return this.routed(asked);
  }

  list(name) {
    if (!this.lists.has(name)) this.lists.set(name, []);
    return this.lists.get(name);
  }
  /** One that was there before: bolt.add('jobs', {address}). */
  add(name, entry) {
    const whole = { id: (this.ids += 1), ...entry, etag: randomBytes(8).toString('hex'), updated_at: new Date().toISOString() };
    Object.defineProperty(whole, 'changed', { value: (this.serial += 1), writable: true });
    this.list(name).push(whole);
    return whole;
  }
  change(entry, values) {
    Object.assign(entry, values, { etag: randomBytes(8).toString('hex'), updated_at: new Date().toISOString() });
    entry.changed = this.serial += 1;
  }
  page(name, list, { query }) {
    const next = query.get('next_batch');
    const refresh = query.get('refresh_token');
    if (next !== null && refresh !== null) return no(400, 'bad request', 'Send next_batch or refresh_token, not both.');
    const [since, first] = next === null ? [/^r(\d+)$/.exec(refresh ?? 'r0')?.[1], 0] : (/^b(\d+)-(\d+)$/.exec(next)?.slice(1).map(Number) ?? []);
    if (since === undefined) return no(400, 'bad request', 'The token is not known.');
    const all = list.filter((each) => each.changed > Number(since));
    const last = first + this.batch >= all.length;
    return yes({ [name]: all.slice(first, first + this.batch), ...(last ? { refresh_token: `r${this.serial}` } : { next_batch: `b${since}-${first + this.batch}` }) });
  }
  find(place, id, run) {
    const entry = this.list(place).find((each) => String(each.id) === id);
    return entry ? run(entry) : no(404, 'not found', 'There is none of this id.');
  }
  made(place, name, { body }) {
    const one = singulars[name];
    const given = body?.[one];
    if (!one) return undefined;
    if (typeof given !== 'object') return no(422, 'validation', `${one} is missing`);
    const without = (required[name] ?? []).filter((member) => given[member] === undefined || given[member] === '');
    if (without.length) return no(422, 'validation', `${without.join(', ')} can't be blank`);
    if (name === 'jobs' && given.address && !given.skip_address_uniqueness && this.list(place).some((job) => job.address === given.address))
      return no(422, 'validation', 'address has already been taken');
    if (name === 'work_orders' && !this.list('jobs').some((job) => job.id === given.job_id)) return no(422, 'validation', 'job must exist');
    const { skip_address_uniqueness, ...kept } = given;
    const entry = this.add(place, kept);
    return { ...yes({ [one]: entry }), wrote: entry };
  }
  patched(place, name, id, { body }) {
    const one = singulars[name];
    return this.find(place, id, (entry) => {
      const { etag, ...given } = body?.[one] ?? {};
      if (etag !== entry.etag && (etag !== undefined || one !== 'document')) return no(409, 'conflict', 'The object was changed in the meantime.');
      this.change(entry, given);
      return { ...yes({ [one]: entry }), wrote: { id: entry.id, ...given } };
    });
  }
  removed(place, id, { query }) {
    if (!query.get('revision_mode') || !query.get('revision_schedule_date')) return no(400, 'bad request', 'revision_mode and revision_schedule_date are required');
    return this.find(place, id, (entry) => {
      this.lists.set(place, this.list(place).filter((each) => each !== entry));
      return { ...yes({}), wrote: { deleted: entry.id } };
    });
  }
  events(name, { query }) {
    const since = /^e(\d+)$/.exec(query.get('event_token') ?? '')?.[1];
    if (since === undefined) return no(400, 'bad request', 'event_token is required');
    const events = this.list(name).filter((each) => each.changed > Number(since)).map(({ id, updated_at }) => ({ id, type: 'updated', at: updated_at }));
    return yes({ events, event_token: `e${this.serial}` });
  }
  eventsAt({ query }) {
    const since = Date.parse(query.get('since'));
    return Number.isNaN(since) ? no(400, 'bad request', 'since is required') : yes({ event_token: `e${since > Date.now() - 1000 ? this.serial : 0}` });
  }
  document(owner, category, filename, { bytes }) {
    const entry = this.add(`${owner}/documents`, { category, filename, byte_size: bytes.length });
    return { ...yes({ document: entry }), wrote: entry };
  }
  replaced(owner, id, { headers, bytes }) {
    return this.find(`${owner}/documents`, id, (entry) => {
      if (headers['x-document-upload-etag'] !== entry.etag) return no(409, 'conflict', 'The document was changed in the meantime.');
      this.change(entry, { byte_size: bytes.length });
      return { ...yes({ document: entry }), wrote: entry };
    });
  }
  statuses(id, { body }) {
    return this.find('work_orders', id, (order) => {
      const before = JSON.stringify(order.statuses ?? []);
      order.statuses = body?.statuses ?? [];
      return { ...yes({ statuses: order.statuses }), wrote: { statuses: order.statuses }, again: JSON.stringify(order.statuses) === before };
    });
  }

  rows = [
    ['GET', '/open/v1/builder/orders', (asked) => this.page('orders', this.list('builder/orders'), asked)],
    ['GET', '/open/v1/builder/orders/events', (asked) => this.events('builder/orders', asked)],
    ['GET', '/open/v1/builder/orders/:id', (asked, { id }) => (/^\d+$/.test(id) ? this.find('builder/orders', id, (order) => yes({ order })) : this.page('orders', [], asked))],
    ['GET', '/open/v1/builder/orders/events/at', (asked) => this.eventsAt(asked)],
    ['GET', '/open/v1/documents/categories', () => yes({ categories: [{ id: 1, name: 'plans' }] })],
    ['GET', '/open/v1/schedules', () => yes({ schedules: [] })],
    ['GET', '/open/v1/:list/events', (asked, { list }) => this.events(list, asked)],
    ['GET', '/open/v1/:list/events/at', (asked) => this.eventsAt(asked)],
    ['GET', '/open/v1/jobs/:id/work_orders', (asked, { id }) => this.find('jobs', id, () => this.page('work_orders', this.list('work_orders').filter((each) => String(each.job_id) === id), asked))],
    ['GET', '/open/v1/work_orders/:id/statuses', (_, { id }) => this.find('work_orders', id, ({ statuses = [] }) => yes({ statuses }))],
    ['PATCH', '/open/v1/work_orders/:id/statuses', (asked, { id }) => this.statuses(id, asked)],
    ['POST', '/open/v1/employees/:id/invite', (_, { id }) => this.find('employees', id, () => ({ ...yes({}), wrote: { invited: id } }))],
    ['GET', '/open/v1/:list', (asked, { list }) => (singulars[list] || readOnly.includes(list) ? this.page(list, this.list(list), asked) : undefined)],
    ['POST', '/open/v1/:list', (asked, { list }) => this.made(list, list, asked)],
    ['GET', '/open/v1/:list/:id', (_, { list, id }) => {
      const one = singulars[list] ?? (readOnly.includes(list) ? list.replace(/s$/, '') : undefined);
      return one && this.find(list, id, (entry) => yes({ [one]: entry }));
    }],
    ['PATCH', '/open/v1/:list/:id', (asked, { list, id }) => (singulars[list] ? this.patched(list, list, id, asked) : undefined)],
    ['DELETE', '/open/v1/contracts/:id', (asked, { id }) => this.removed('contracts', id, asked)],
    ['POST', '/open/v1/:owner/:of/documents/:category/:file', (asked, { owner, of, category, file }) => this.find(owner, of, () => this.document(`${owner}/${of}`, category, file, asked))],
    ['PATCH', '/open/v1/:owner/:of/documents/:id/content', (asked, { owner, of, id }) => this.replaced(`${owner}/${of}`, id, asked)],
    ['GET', '/open/v1/:owner/:of/documents/:id/download', (_, { owner, of, id }) => this.find(`${owner}/${of}/documents`, id, ({ filename }) => ({ text: `what is in ${filename}`, type: 'application/octet-stream' }))],
    // What belongs to one of another list: options of a contract, documents of a job.
    ['GET', '/open/v1/:owner/:of/:list', (asked, { owner, of, list }) => (singulars[list] ? this.find(owner, of, () => this.page(list, this.list(`${owner}/${of}/${list}`), asked)) : undefined)],
    ['POST', '/open/v1/:owner/:of/:list', (asked, { owner, of, list }) => (singulars[list] ? this.find(owner, of, () => this.made(`${owner}/${of}/${list}`, list, asked)) : undefined)],
    ['GET', '/open/v1/:owner/:of/:list/:id', (_, { owner, of, list, id }) => (singulars[list] ? this.find(`${owner}/${of}/${list}`, id, (entry) => yes({ [singulars[list]]: entry })) : undefined)],
    ['PATCH', '/open/v1/:owner/:of/:list/:id', (asked, { owner, of, list, id }) => (singulars[list] ? this.patched(`${owner}/${of}/${list}`, list, id, asked) : undefined)],
    ['DELETE', '/open/v1/:owner/:of/:list/:id', (asked, { owner, of, list, id }) => this.removed(`${owner}/${of}/${list}`, id, asked)],
  ];
}
