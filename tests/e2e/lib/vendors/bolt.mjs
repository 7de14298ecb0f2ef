// ECi Bolt, open API v1: Token authorization, wrapped bodies, batches of a hundred, etags, {exception, message, success}.
import { Vendor, route } from './vendor.mjs';

const no = (status, exception, message) => ({ status, body: { exception, message, success: false } });

export class Bolt extends Vendor {
  name = 'a-tokens-name';
  batch = 100;
  busy = 0; // so many requests are answered with 521 first
  lists = { jobs: [], customers: [], work_orders: [], work_order_types: [] };
  singular = { jobs: 'job', customers: 'customer', work_orders: 'work_order', work_order_types: 'work_order_type' };

  letIn(headers) { return headers.authorization === `Token token="${this.key}", name="${this.name}"`; }
  noKey() { return no(401, 'unauthorized', 'the token is not known'); }
  limited() { return no(429, 'RETRY LATER', 'slow down'); }
  error() { return no(500, 'internal', 'something went wrong'); }
  answer(asked) {
    if (this.busy > 0) {
      this.busy -= 1;
      return no(521, 'RETRY LATER', 'the service is limited momentarily');
    }
    return route(this.rows, asked) ?? no(404, 'not found', 'no such path');
  }
  page(name, list, { query }) {
    if (query.has('next_batch') && query.has('refresh_token')) return no(400, 'bad request', 'next_batch or refresh_token');
    const first = Number(query.get('next_batch') ?? 0);
    const last = first + this.batch >= list.length;
    return { body: { [name]: list.slice(first, first + this.batch), success: true, ...(last ? { refresh_token: 'r1' } : { next_batch: String(first + this.batch) }) } };
  }
  find(name, id, run) {
    const entry = this.lists[name]?.find((each) => String(each.id) === id);
    return entry ? run(entry) : no(404, 'not found', 'there is none');
  }

  rows = [
    ['GET', '/open/v1/jobs/:id/work_orders', (asked, { id }) => this.page('work_orders', this.lists.work_orders.filter((each) => String(each.job_id) === id), asked)],
    ['GET', '/open/v1/:list', (asked, { list }) => (this.lists[list] ? this.page(list, this.lists[list], asked) : undefined)],
    ['GET', '/open/v1/:list/:id', (_, { list, id }) => this.find(list, id, (entry) => ({ body: { [this.singular[list]]: entry, success: true } }))],
    ['POST', '/open/v1/:list', ({ body }, { list }) => {
      const one = this.singular[list];
      if (!one) return undefined;
      if (!body?.[one]) return no(422, 'validation', `${one} is missing`);
      const entry = { id: this.lists[list].length + 1, ...body[one], etag: 'e1' };
      this.lists[list].push(entry);
      return { body: { [one]: entry, success: true }, wrote: entry };
    }],
    ['PATCH', '/open/v1/:list/:id', ({ body }, { list, id }) => this.find(list, id, (entry) => {
      const one = this.singular[list];
      if (body?.[one]?.etag !== entry.etag) return no(409, 'conflict', 'the etag is stale');
      Object.assign(entry, body[one], { etag: `${entry.etag}+` });
      return { body: { [one]: entry, success: true }, wrote: entry };
    })],
  ];
}
