// CompanyCam, API v2: bare arrays without a total, ids as texts, times in seconds, {"errors": […]}, 429 without Retry-After.
import { Vendor, changes } from './vendor.mjs';

const no = (status, ...errors) => ({ status, body: { errors } });
const now = () => Math.floor(Date.now() / 1000);
const perMinute = { GET: 240, POST: 100, PUT: 100, PATCH: 100, DELETE: 100 };

export class CompanyCam extends Vendor {
  base = '/v2';
  projects = [];
  comments = []; // {commentable_id, commentable_type, …}
  photos = [];
  documents = [];
  checklists = [];
  tags = [];
  webhooks = [];
  users = [{ id: '1', first_name: 'Anna', last_name: 'Bell', email_address: 'anna@b.example', status: 'active' }];
  groups = [];
  templates = [{ id: '1', name: 'Roof inspection' }];
  ids = 1000;

  noKey() { return no(401, 'Unauthorized'); }
  tooMany() { return no(429, 'Too many requests'); }
  limits({ method }) { return [{ name: method === 'PATCH' ? 'PUT' : method, calls: perMinute[method] ?? 100, seconds: 60 }]; }
  nowhere() { return no(404, 'Not Found'); }

  /** A project that was there before: name, address and whatever else it has. */
  project(entry) {
    const whole = { ...this.fresh(), company_id: '1', creator_id: '1', creator_type: 'User', creator_name: 'Anna Bell', status: 'active', archived: false,
      coordinates: null, featured_image: [], integrations: [], slug: '', public: false, geofence: [], primary_contact: null, notepad: '', address: {}, ...entry };
    this.projects.push(whole);
    return whole;
  }
  fresh() { return { id: String((this.ids += 1)), created_at: now(), updated_at: now() }; }

  page(list, { query }) {
    const size = Number(query.get('per_page') ?? 25);
    const page = Number(query.get('page') ?? 1);
    if (!(size >= 1 && page >= 1)) return no(400, 'page and per_page are positive');
    const first = (page - 1) * Math.min(size, 100);
    return { body: list.slice(first, first + Math.min(size, 100)) };
  }
  made(list, entry) {
    const whole = { ...this.fresh(), ...entry };
    list.push(whole);
    return { status: 201, body: whole, wrote: whole };
  }
  /** PUT and PATCH: the state is what counts. */
  set(entry, values, body = entry) {
    const changed = changes(entry, values);
    if (changed) entry.updated_at = now();
    return { body, wrote: values, again: !changed };
  }
  one(list, id, run) {
    const entry = list.find((each) => each.id === id && each.status !== 'deleted');
    return entry ? run(entry) : no(404, 'Not Found');
  }
  removed(list, id) {
    return this.one(list, id, (entry) => {
      entry.status = 'deleted';
      return { status: 204, wrote: { deleted: id } };
    });
  }
  comment(type, id, { body }) {
    return body?.comment?.content
      ? this.made(this.comments, { creator_id: '1', creator_type: 'User', creator_name: 'Anna Bell', commentable_id: id, commentable_type: type,
        status: 'active', content: String(body.comment.content) })
      : no(400, 'comment.content is missing');
  }
  photo(project, { body }) {
    const photo = body?.photo;
    if (!photo?.uri || !Number.isInteger(photo.captured_at)) return no(400, 'photo.uri and photo.captured_at are required');
    const known = this.photos.some((each) => each.project_id === project && each.uri === photo.uri && each.captured_at === photo.captured_at);
    return this.made(this.photos, { ...photo, project_id: project, hash: Buffer.from(photo.uri).toString('hex').slice(-32), processing_status: known ? 'duplicate' : 'pending' });
  }
  found({ query }) {
    const wanted = (query.get('query') ?? '').toLowerCase();
    const since = Number(query.get('modified_since') ?? 0);
    return this.projects.filter(({ name, address, status, updated_at }) => status !== 'deleted' && updated_at >= since
      && [name, address?.street_address_1].some((text) => (text ?? '').toLowerCase().includes(wanted)));
  }

  rows = [
    ['GET', '/projects', (asked) => this.page(this.found(asked), asked)],
    ['POST', '/projects', ({ body }) => {
      if (typeof body !== 'object' || (!body.name && !body.address && !body.coordinates)) return no(400, 'name, address or coordinates are required');
      if (body.primary_contact && !body.primary_contact.name) return no(400, 'primary_contact.name is required');
      const made = this.project(body);
      return { status: 201, body: made, wrote: made };
    }],
    ['GET', '/projects/:id', (_, { id }) => this.one(this.projects, id, (body) => ({ body }))],
    ['PUT', '/projects/:id', ({ body }, { id }) => this.one(this.projects, id, (project) => this.set(project, body))],
    ['DELETE', '/projects/:id', (_, { id }) => this.removed(this.projects, id)],
    ['PATCH', '/projects/:id/archive', (_, { id }) => this.one(this.projects, id, (project) => this.set(project, { archived: true }))],
    ['PUT', '/projects/:id/restore', (_, { id }) => this.one(this.projects, id, (project) => this.set(project, { archived: false }))],
    ['PUT', '/projects/:id/notepad', ({ body }, { id }) => (typeof body?.notepad === 'string'
      ? this.one(this.projects, id, (project) => this.set(project, { notepad: body.notepad }))
      : no(400, 'notepad is missing'))],
    ['GET', '/projects/:id/comments', (asked, { id }) => this.one(this.projects, id, () => this.page(this.comments.filter((each) => each.commentable_type === 'Project' && each.commentable_id === id), asked))],
    ['POST', '/projects/:id/comments', (asked, { id }) => this.one(this.projects, id, () => this.comment('Project', id, asked))],
    ['GET', '/projects/:id/photos', (asked, { id }) => this.one(this.projects, id, () => this.page(this.photos.filter((each) => each.project_id === id), asked))],
    ['POST', '/projects/:id/photos', (asked, { id }) => this.one(this.projects, id, () => this.photo(id, asked))],
    ['GET', '/projects/:id/assigned_users', (asked, { id }) => this.one(this.projects, id, ({ assigned = [] }) => this.page(this.users.filter((user) => assigned.includes(user.id)), asked))],
    ['PUT', '/projects/:id/assigned_users/:user', (_, { id, user }) => this.one(this.projects, id, (project) => this.one(this.users, user,
      (body) => this.set(project, { assigned: [...new Set([...(project.assigned ?? []), user])] }, body)))],
    ['POST', '/projects/:id/labels', ({ body }, { id }) => this.one(this.projects, id, (project) => this.set(project, { labels: [...new Set([...(project.labels ?? []), ...(body?.project?.labels ?? [])])] },
      (body?.project?.labels ?? []).map((display_value) => ({ display_value }))))],
    ['GET', '/projects/:id/documents', (asked, { id }) => this.page(this.documents.filter((each) => each.project_id === id), asked)],
    ['POST', '/projects/:id/documents', ({ body }, { id }) => this.one(this.projects, id, () => (body?.document?.name && body.document.attachment
      ? this.made(this.documents, { project_id: id, name: body.document.name, byte_size: Buffer.from(body.document.attachment, 'base64').length })
      : no(400, 'document.name and document.attachment are required')))],
    ['POST', '/projects/:id/checklists', ({ body }, { id }) => this.one(this.projects, id, () => this.one(this.templates, String(body?.checklist_template_id),
      ({ name }) => this.made(this.checklists, { project_id: id, name, checklist_template_id: body.checklist_template_id })))],
    ['GET', '/templates/checklists', (asked) => this.page(this.templates, asked)],
    ['GET', '/photos', (asked) => this.page(this.photos, asked)],
    ['GET', '/photos/:id', (_, { id }) => this.one(this.photos, id, (body) => ({ body }))],
    ['PUT', '/photos/:id', ({ body }, { id }) => this.one(this.photos, id, (photo) => this.set(photo, body?.photo ?? {}))],
    ['DELETE', '/photos/:id', (_, { id }) => this.removed(this.photos, id)],
    ['POST', '/photos/:id/tags', ({ body }, { id }) => this.one(this.photos, id, (photo) => ({ ...this.set(photo, { tags: [...new Set([...(photo.tags ?? []), ...(body?.tags ?? [])])] }), status: 201 }))],
    ['GET', '/photos/:id/comments', (asked, { id }) => this.page(this.comments.filter((each) => each.commentable_type === 'Photo' && each.commentable_id === id), asked)],
    ['POST', '/photos/:id/comments', (asked, { id }) => this.one(this.photos, id, () => this.comment('Photo', id, asked))],
    ['POST', '/photos/:id/descriptions', ({ body }, { id }) => this.one(this.photos, id, (photo) => ({ ...this.set(photo, { description: body?.description ?? '' }), status: 201 }))],
    ['GET', '/company', () => ({ body: { id: '1', name: 'Bell Roofing', status: 'active' } })],
    ['GET', '/users/current', () => ({ body: this.users[0] })],
    ['GET', '/users', (asked) => this.page(this.users, asked)],
    ['POST', '/users', ({ body }) => (body?.user?.email_address ? this.made(this.users, { ...body.user, status: 'active' }) : no(400, 'user.email_address is missing'))],
    ['GET', '/groups', (asked) => this.page(this.groups, asked)],
    ['GET', '/tags', (asked) => this.page(this.tags, asked)],
    ['POST', '/tags', ({ body }) => (body?.tag?.display_value ? this.made(this.tags, { ...body.tag }) : no(400, 'tag.display_value is missing'))],
    ['GET', '/webhooks', (asked) => this.page(this.webhooks, asked)],
    ['POST', '/webhooks', ({ body }) => (body?.url && Array.isArray(body.scopes) ? this.made(this.webhooks, { enabled: true, ...body }) : no(400, 'url and scopes are required'))],
    ['PUT', '/webhooks/:id', ({ body }, { id }) => this.one(this.webhooks, id, (hook) => this.set(hook, body ?? {}))],
    ['DELETE', '/webhooks/:id', (_, { id }) => this.removed(this.webhooks, id)],
  ];
}
