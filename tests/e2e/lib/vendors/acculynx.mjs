// AccuLynx, API v2: problem documents, two spellings of the offset, 416 past the end, 429 in plain text, ids as UUIDs.
import { randomUUID } from 'node:crypto';
import { Vendor, route } from './vendor.mjs';

const problem = (status, title, detail) => ({ status, type: 'application/problem+json', body: { type: 'about:blank', title, status, detail, traceId: '0' } });

export class AccuLynx extends Vendor {
  base = '/api/v2';
  contacts = []; // the newest first
  jobs = [];
  messages = [];
  references = [];
  types = [{ id: randomUUID(), name: 'Customer', isDefault: true }];

  isWrite(method, path) { return method !== 'GET' && !path.endsWith('/search'); }
  noKey() { return problem(401, 'Unauthorized'); }
  limited() { return { status: 429, text: 'Too many requests. Slow down.', type: 'text/plain' }; }
  answer(asked) { return route(this.rows, asked) ?? problem(404, 'Not Found'); }
  page(list, { query }, offset) {
    const size = Number(query.get('pageSize') ?? 10);
    const first = Number(query.get(offset) ?? 0);
    if (size < 1 || size > 25) return problem(400, 'Bad Request', 'pageSize is 1 to 25');
    if (first !== 0 && first >= list.length) return problem(416, 'Range Not Satisfiable');
    return { body: { count: list.length, pageSize: size, pageStartIndex: first, items: list.slice(first, first + size) } };
  }
  made(list, entry) {
    const whole = { id: randomUUID(), ...entry, createdDate: new Date().toISOString() };
    list.unshift(whole);
    return { status: 201, headers: { 'ratelimit-limit': '10', 'ratelimit-remaining': '9', 'ratelimit-reset': '1' }, body: { id: whole.id, _link: `${this.url}/${whole.id}` }, wrote: whole };
  }
  found(list, term = '') {
    return list.filter((each) => JSON.stringify(each).toLowerCase().includes(term.toLowerCase()));
  }
  job(id, run) {
    const job = this.jobs.find((each) => each.id === id);
    return job ? run(job) : problem(404, 'Not Found', 'no such job');
  }

  rows = [
    ['GET', '/diagnostics/ping', () => ({ body: { date: new Date().toISOString() } })],
    ['GET', '/contacts/contact-types', (asked) => this.page(this.types, asked, 'pageStartIndex')],
    ['GET', '/contacts', (asked) => this.page(this.contacts, asked, 'pageStartIndex')],
    ['POST', '/contacts/search', (asked) => (asked.body?.startDate && asked.body?.endDate && asked.body?.sort
      ? this.page(this.found(this.contacts, asked.body.searchTerm), asked, 'pageStartIndex')
      : problem(400, 'Bad Request', 'startDate, endDate and sort are required'))],
    ['POST', '/contacts', ({ body }) => (body?.contactTypeIds?.length
      ? this.made(this.contacts, body)
      : problem(400, 'Bad Request', 'contactTypeIds is required'))],
    ['GET', '/contacts/:id', (_, { id }) => {
      const contact = this.contacts.find((each) => each.id === id);
      return contact ? { body: contact } : problem(404, 'Not Found', 'no such contact');
    }],
    ['GET', '/jobs', (asked) => this.page(this.jobs, asked, 'recordStartIndex')],
    ['POST', '/jobs/search', (asked) => this.page(this.found(this.jobs, asked.body?.searchTerm), asked, 'recordStartIndex')],
    ['POST', '/jobs', ({ body }) => {
      const contact = this.contacts.find((each) => each.id === body?.contact?.id);
      if (!contact) return problem(400, 'Bad Request', 'contact is unknown');
      return this.made(this.jobs, { ...body, milestone: 'Lead', contacts: [{ contact: { id: contact.id }, isPrimary: true }] });
    }],
    ['GET', '/jobs/external-references', (asked) => {
      const fits = (each) => ['jobId', 'source', 'projectId'].every((name) => !asked.query.get(name) || each[name] === asked.query.get(name));
      return { body: { items: this.references.filter(fits) } };
    }],
    ['POST', '/jobs/external-references', ({ body }) => this.made(this.references, body)],
    ['GET', '/jobs/:id', (_, { id }) => this.job(id, (body) => ({ body }))],
    ['POST', '/jobs/:id/messages', ({ body }, { id }) => this.job(id, () => {
      const made = this.made(this.messages, { ...body, job: id });
      return { ...made, body: { messageId: made.body.id } };
    })],
    ['POST', '/jobs/:id/photos-videos', ({ bytes }, { id }) => this.job(id, () => ({ status: 202, wrote: { job: id, bytes: bytes.length } }))],
    ['PUT', '/jobs/:id/priority', ({ body }, { id }) => this.job(id, (job) => (Object.assign(job, body), { status: 204, wrote: body }))],
  ];
}
