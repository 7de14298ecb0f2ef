// CompanyCam, API v2: bare arrays without a total, ids as strings, times in seconds, {"errors": […]}, no Retry-After.
import { Vendor, route } from './vendor.mjs';

export class CompanyCam extends Vendor {
  base = '/v2';
  projects = [];
  comments = []; // {project, …}
  photos = [];
  users = [];

  noKey() { return { status: 401, body: { errors: ['Unauthorized'] } }; }
  limited() { return { status: 429, body: { errors: ['Too many requests'] } }; }
  answer(asked) {
    return route(this.rows, asked) ?? { status: 404, body: { errors: ['Not Found'] } };
  }
  page(list, { query }) {
    const size = Math.min(Number(query.get('per_page') ?? 25), 100);
    const first = (Number(query.get('page') ?? 1) - 1) * size;
    return { body: list.slice(first, first + size) };
  }
  made(list, entry) {
    const whole = { id: String(list.length + 1), ...entry, created_at: Math.floor(Date.now() / 1000), updated_at: Math.floor(Date.now() / 1000) };
    list.push(whole);
    return { status: 201, body: whole, wrote: whole };
  }
  with(id, run) {
    const project = this.projects.find((each) => each.id === id && each.status !== 'deleted');
    return project ? run(project) : { status: 404, body: { errors: ['Project not found'] } };
  }

  rows = [
    ['GET', '/projects', (asked) => {
      const query = (asked.query.get('query') ?? '').toLowerCase();
      const fits = ({ name, address, status }) => status !== 'deleted' && (`${name} ${address?.street_address_1 ?? ''}`).toLowerCase().includes(query);
      return this.page(this.projects.filter(fits), asked);
    }],
    ['POST', '/projects', ({ body }) => (body?.name
      ? this.made(this.projects, { ...body, status: 'active', archived: false })
      : { status: 400, body: { errors: ['name is missing'] } })],
    ['GET', '/projects/:id', (_, { id }) => this.with(id, (body) => ({ body }))],
    ['PUT', '/projects/:id', ({ body }, { id }) => this.with(id, (project) => ({ body: Object.assign(project, body), wrote: body }))],
    ['DELETE', '/projects/:id', (_, { id }) => this.with(id, (project) => {
      project.status = 'deleted';
      return { status: 204, wrote: { deleted: id } };
    })],
    ['PUT', '/projects/:id/notepad', ({ body }, { id }) => this.with(id, (project) => ({ body: Object.assign(project, body), wrote: body }))],
    ['GET', '/projects/:id/comments', (asked, { id }) => this.page(this.comments.filter((each) => each.commentable_id === id), asked)],
    ['POST', '/projects/:id/comments', ({ body }, { id }) => this.with(id, () => (body?.comment?.content
      ? this.made(this.comments, { content: body.comment.content, commentable_id: id, commentable_type: 'Project', status: 'active' })
      : { status: 400, body: { errors: ['comment is missing'] } }))],
    ['GET', '/projects/:id/photos', (asked, { id }) => this.page(this.photos.filter((each) => each.project_id === id), asked)],
    ['POST', '/projects/:id/photos', ({ body }, { id }) => this.with(id, () => (body?.photo?.uri
      ? this.made(this.photos, { ...body.photo, project_id: id, processing_status: 'pending' })
      : { status: 400, body: { errors: ['photo is missing'] } }))],
    ['GET', '/users', (asked) => this.page(this.users, asked)],
    ['GET', '/users/current', () => ({ body: { id: '1', first_name: 'A', last_name: 'B', email_address: 'a@b.example', status: 'active' } })],
  ];
}
