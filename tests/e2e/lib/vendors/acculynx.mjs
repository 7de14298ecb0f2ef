// AccuLynx, API v2: problem documents, two spellings of the offset, 416 past the end, 429 in plain text, ids as UUIDs.
import { randomUUID } from 'node:crypto';
import { Vendor, changes } from './vendor.mjs';

const problem = (status, title, detail) => ({ status, type: 'application/problem+json; charset=utf-8', body: { type: `https://httpstatuses.io/${status}`, title, status, detail, traceId: randomUUID() } });
const bad = (detail) => problem(400, 'Bad Request', detail);
const missing = (what) => problem(404, 'Not Found', `There is no such ${what}.`);
const refusedFiles = /\.(exe|com|dll|msi|bat|cmd|sh|pl|vbs|py|php)$/i;
const priorities = ['Urgent', 'High', 'Normal'];
const kept = { 'ratelimit-limit': '10', 'ratelimit-remaining': '9', 'ratelimit-reset': '1' }; // of writing endpoints

export class AccuLynx extends Vendor {
  base = '/api/v2';
  contacts = []; // the newest first, as all lists
  jobs = [];
  messages = [];
  references = [];
  files = [];
  notes = [];
  payments = [];
  estimates = [];
  types = [{ id: randomUUID(), name: 'Customer', isDefault: true }];
  sources = [{ id: randomUUID(), name: 'Referral' }];
  people = [{ id: randomUUID(), firstName: 'Anna', lastName: 'Bell', email: 'anna@b.example', status: 'Active' }];

  isWrite({ method, path }) { return method !== 'GET' && !path.endsWith('/search'); }
  noKey() { return problem(401, 'Unauthorized'); }
  tooMany() { return { status: 429, text: 'Too many requests. Please slow down.', type: 'text/plain' }; }
  limits() { return [{ name: 'key', calls: 10, seconds: 1 }, { name: 'address', calls: 30, seconds: 1 }]; }
  nowhere() { return problem(404, 'Not Found'); }
  answer(asked) {
    const answer = this.routed(asked);
    return this.isWrite(asked) ? { ...answer, headers: { ...kept, ...answer.headers } } : answer;
  }

  /** A contact or a job that was there before. */
  contact(entry) { return this.added(this.contacts, { contactTypeIds: [this.types[0].id], ...entry }); }
  job(contact, entry) { return this.added(this.jobs, this.jobOf(contact, entry)); }
  jobOf({ id, firstName = '', lastName = '', companyName = '' }, entry) {
    return { jobName: `${firstName} ${lastName}`.trim() || companyName, jobNumber: String(this.jobs.length + 1), priority: 'Normal', currentMilestone: 'Lead',
      contacts: [{ contact: { id, _link: `${this.url}/contacts/${id}` }, isPrimary: true }], ...entry };
  }
  added(list, entry) {
    const whole = { id: randomUUID(), ...entry, createdDate: new Date().toISOString(), modifiedDate: new Date().toISOString() };
    list.unshift(whole);
    return whole;
  }
  made(list, path, entry) {
    const whole = this.added(list, entry);
    return { status: 201, body: { id: whole.id, _link: `${this.url}${path}/${whole.id}` }, wrote: whole };
  }
  page(list, { query }, offset) {
    const size = Number(query.get('pageSize') ?? 10);
    const first = Number(query.get(offset) ?? 0);
    if (!(size >= 1 && size <= 25 && first >= 0)) return bad('pageSize is 1 to 25, the index is not negative');
    if (first !== 0 && first >= list.length) return problem(416, 'Range Not Satisfiable', 'The index is past the end.');
    return { body: { count: list.length, pageSize: size, pageStartIndex: first, items: list.slice(first, first + size) } };
  }
  found(list, term = '') { return list.filter((each) => JSON.stringify(each).toLowerCase().includes(String(term).toLowerCase())); }
  one(list, id, what, run) {
    const entry = list.find((each) => each.id === id);
    return entry ? run(entry) : missing(what);
  }
  ofJob(id, run) { return this.one(this.jobs, id, 'job', run); }
  /** PUT: 204, and the state is what counts. */
  set(id, values) {
    return this.ofJob(id, (job) => {
      const again = !changes(job, values);
      if (!again) job.modifiedDate = new Date().toISOString();
      return { status: 204, wrote: values, again };
    });
  }
  listed(asked) {
    const { query } = asked;
    const wanted = (query.get('milestones') ?? '').split(',').filter(Boolean);
    const assigned = query.get('assignment');
    let list = this.jobs.filter((job) => (!wanted.length || wanted.includes(job.currentMilestone)) && (!assigned || (assigned === 'assigned') === Boolean(job.representatives)));
    if (query.get('sortOrder') === 'Ascending') list = list.toReversed();
    const whole = (query.get('includes') ?? '').split(',').includes('contact');
    const shown = (job) => (whole ? { ...job, contacts: job.contacts.map((each) => ({ ...each, contact: this.contacts.find(({ id }) => id === each.contact.id) ?? each.contact })) } : job);
    return this.page(list.map(shown), asked, 'recordStartIndex');
  }
  newJob({ body }) {
    const contact = this.contacts.find((each) => each.id === body?.contact?.id);
    if (!contact) return bad('contact.id is not a contact');
    const where = body.locationAddress;
    if (where && ['street1', 'city', 'state', 'zipCode', 'country'].some((name) => !where[name])) return bad('locationAddress wants street1, city, state, zipCode and country');
    if (body.priority && !priorities.includes(body.priority)) return bad('priority is Urgent, High or Normal');
    if ((body.notes ?? '').length > 1000) return bad('notes are at most 1000 characters');
    return this.made(this.jobs, '/jobs', this.jobOf(contact, body));
  }
  newContact({ body }) {
    if (!body?.contactTypeIds?.length) return bad('contactTypeIds is required');
    if (body.contactTypeIds.some((id) => !this.types.some((type) => type.id === id))) return bad('contactTypeIds holds an unknown type');
    if ((body.phoneNumbers ?? []).some(({ number, type }) => !number || !['Home', 'Mobile', 'Work'].includes(type))) return bad('phoneNumbers want number and type');
    return this.made(this.contacts, '/contacts', body);
  }
  searched(asked) {
    const { startDate, endDate, sort, searchTerm } = asked.body ?? {};
    if (!startDate || !endDate || !sort?.sortDirection || !sort?.sortColumn) return bad('startDate, endDate and sort are required');
    return this.page(this.found(this.contacts, searchTerm), asked, 'pageStartIndex');
  }
  upload(id, { body }, needs) {
    return this.ofJob(id, () => {
      if (!needs.some((name) => body?.[name])) return bad(`${needs.join(' or ')} is required`);
      if (refusedFiles.test(body.file?.filename ?? '')) return bad('files of this kind are refused');
      const whole = this.added(this.files, { job: id, ...body });
      return { status: 202, wrote: whole };
    });
  }

  rows = [
    ['GET', '/diagnostics/ping', () => ({ body: { date: new Date().toISOString() } })],
    ['GET', '/contacts/contact-types', (asked) => this.page(this.types, asked, 'pageStartIndex')],
    ['GET', '/contacts', (asked) => this.page(this.contacts, asked, 'pageStartIndex')],
    ['POST', '/contacts/search', (asked) => this.searched(asked)],
    ['POST', '/contacts', (asked) => this.newContact(asked)],
    ['GET', '/contacts/:id', (_, { id }) => this.one(this.contacts, id, 'contact', (body) => ({ body }))],
    ['PUT', '/contacts/:id', ({ body }, { id }) => this.one(this.contacts, id, 'contact', (contact) => {
      const again = !changes(contact, body ?? {});
      return { body: { id, _link: `${this.url}/contacts/${id}` }, wrote: body, again };
    })],
    ['POST', '/contacts/:id/notes', ({ body }, { id }) => this.one(this.contacts, id, 'contact', () => (body?.note ? this.made(this.notes, `/contacts/${id}/notes`, body) : bad('note is required')))],
    ['POST', '/contacts/:id/logs', ({ body }, { id }) => this.one(this.contacts, id, 'contact', () => this.made(this.notes, `/contacts/${id}/logs`, body))],
    ['GET', '/jobs', (asked) => this.listed(asked)],
    ['POST', '/jobs/search', (asked) => this.page(this.found(this.jobs, asked.body?.searchTerm), asked, 'recordStartIndex')],
    ['POST', '/jobs', (asked) => this.newJob(asked)],
    ['GET', '/jobs/external-references', ({ query }) => {
      if (!query.get('jobId') || !query.get('source')) return bad('jobId and source are required');
      const fits = (each) => ['jobId', 'source', 'projectId'].every((name) => !query.get(name) || each[name] === query.get(name));
      return { body: { items: this.references.filter(fits) } };
    }],
    ['POST', '/jobs/external-references', ({ body }) => this.ofJob(body?.jobId, () => (body.source && body.projectId ? this.made(this.references, '/jobs/external-references', body) : bad('source and projectId are required')))],
    ['GET', '/jobs/:id', (_, { id }) => this.ofJob(id, (body) => ({ body }))],
    ['GET', '/jobs/:id/contacts', (_, { id }) => this.ofJob(id, ({ contacts }) => ({ body: { items: contacts } }))],
    ['GET', '/jobs/:id/milestones/current', (_, { id }) => this.ofJob(id, ({ currentMilestone }) => ({ body: { name: currentMilestone } }))],
    ['GET', '/jobs/:id/:part', (asked, { id, part }) => (['estimates', 'invoices', 'history', 'milestone-history', 'payments', 'representatives', 'financials'].includes(part)
      ? this.ofJob(id, () => this.page([], asked, 'recordStartIndex')) : undefined)],
    ['PUT', '/jobs/:id/address', ({ body }, { id }) => (['street1', 'state', 'zipCode', 'country'].every((name) => body?.[name])
      ? this.set(id, { locationAddress: body }) : bad('street1, state, zipCode and country are required'))],
    ['PUT', '/jobs/:id/priority', ({ body }, { id }) => (priorities.includes(body?.priority) ? this.set(id, { priority: body.priority }) : bad('priority is Urgent, High or Normal'))],
    ['PUT', '/jobs/:id/initial-appointment', ({ body }, { id }) => (body?.startDate && body.endDate && body.startDate < body.endDate
      ? this.set(id, { initialAppointment: body }) : problem(412, 'Precondition Failed', 'The appointment ends before it begins.'))],
    ['PUT', '/jobs/:id/:part', ({ body }, { id, part }) => (['lead-source', 'work-type', 'job-categories', 'trade-types', 'insurance', 'adjuster'].includes(part) ? this.set(id, { [part]: body }) : undefined)],
    ['POST', '/jobs/:id/representatives/:kind', ({ body }, { id, kind }) => this.one(this.people, body?.id, 'user', () => ({ ...this.set(id, { [`${kind}Representative`]: body.id, representatives: true }), status: 201 }))],
    ['POST', '/jobs/:id/messages', ({ body }, { id }) => this.ofJob(id, () => {
      if (!body?.message) return bad('message is required');
      const whole = this.added(this.messages, { ...body, job: id });
      return { status: 201, body: { messageId: whole.id }, wrote: whole };
    })],
    ['POST', '/jobs/:id/messages/:message/replies', ({ body }, { id, message }) => this.one(this.messages, message, 'message', () => {
      const whole = this.added(this.messages, { ...body, job: id, replyTo: message });
      return { status: 201, body: { messageId: whole.id }, wrote: whole };
    })],
    ['POST', '/jobs/:id/photos-videos', (asked, { id }) => this.upload(id, asked, ['file', 'fileUri'])],
    ['POST', '/jobs/:id/documents', (asked, { id }) => (asked.body?.documentFolderId ? this.upload(id, asked, ['file']) : bad('documentFolderId is required'))],
    ['POST', '/jobs/:id/payments/:kind', ({ body }, { id, kind }) => this.ofJob(id, () => this.made(this.payments, `/jobs/${id}/payments/${kind}`, { ...body, kind }))],
    ['GET', '/estimates', (asked) => this.page(this.estimates, asked, 'pageStartIndex')],
    ['GET', '/estimates/:id', (_, { id }) => this.one(this.estimates, id, 'estimate', (body) => ({ body }))],
    ['GET', '/leads/:id/history', (_, { id }) => this.ofJob(id, () => ({ body: { items: [] } }))],
    ['GET', '/users', (asked) => this.page(this.people, asked, 'recordStartIndex')],
    ['GET', '/acculynx/countries', () => ({ body: { items: [{ id: 1, name: 'United States', abbreviation: 'US' }] } })],
    ['GET', '/acculynx/countries/:id/states', () => ({ body: { items: [{ id: 44, name: 'Texas', abbreviation: 'TX' }] } })],
    ['GET', '/company-settings/leads/lead-sources', (asked) => this.page(this.sources, asked, 'recordStartIndex')],
    ['GET', '/company-settings/job-file-settings/:kind', (asked) => this.page([{ id: 1, name: 'Roofing' }], asked, 'recordStartIndex')],
  ];
}
