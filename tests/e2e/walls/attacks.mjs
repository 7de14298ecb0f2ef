// Makes requests of operations, callers and victims: which of them are tried, and what is expected of each.
import { kinds } from './kinds.mjs';

const roles = { nobody: -1, metrics: -1, member: 0, operator: 1, admin: 2 };

export const entriesOf = (entry) => (Array.isArray(entry) ? entry : [entry]);
const kindOf = (place) => (typeof place === 'string' ? { kind: place } : place);

/** The least role that the route itself asks for, in the words of the route table. */
export function declared(entry) {
  if (entry.optional) return 'optional';
  if (entry.ifAny) return 'if_any';
  const role = entry.routeRole ?? entry.role;
  return { nobody: 'open', member: 'user' }[role] ?? role;
}

function put(target, path, value) {
  const [name, ...rest] = path;
  if (target instanceof URLSearchParams) return target.set(name, value);
  if (rest.length === 0) target[name] = value;
  else put(target[name] ??= {}, rest, value);
  return undefined;
}

/** A request of the operation as `world` would make it; `values` stand in their places. `who` says I. */
export function build(operation, entry, world, values = {}, who = undefined) {
  const [method, pattern] = [operation.slice(0, operation.indexOf(' ')), operation.slice(operation.indexOf(' ') + 1)];
  const parts = { path: {}, query: {}, header: {}, body: undefined };
  for (const [name, make] of Object.entries(entry.path ?? {})) parts.path[name] = make(world, who);
  for (const [name, make] of Object.entries(entry.query ?? {})) parts.query[name] = make(world, who);
  Object.assign(parts.header, entry.headers?.(world, who));
  parts.body = entry.body?.(world, who);
  const all = {};
  for (const [place, what] of Object.entries(entry.places ?? {})) {
    const kind = kinds[kindOf(what).kind];
    all[place] = kindOf(what).absent ? undefined : kindOf(what).own ? kindOf(what).own(world, who) : kind.own(world, who);
  }
  Object.assign(all, values);
  for (const [place, from] of Object.entries(entry.same ?? {})) all[place] = all[from];
  for (const [place, value] of Object.entries(all)) {
    if (value === undefined) continue;
    const [where, ...path] = place.split('.');
    const shown = entry.numbers?.includes(place) ? Number(value) : entry.wrap?.[place] ? entry.wrap[place](value) : value;
    if (where === 'body' && path.length === 0) parts.body = shown;
    else put(parts[where], path.length ? path : [place], shown);
  }
  let path = pattern.replace(/\{(\w+)\*?\}/g, (_, name) => {
    if (parts.path[name] === undefined) throw new Error(`${operation}: the table says nothing about {${name}}`);
    return encodeURIComponent(parts.path[name]);
  });
  const query = new URLSearchParams(parts.query).toString();
  if (query) path += `?${query}`;
  return { method, path, headers: parts.header, body: parts.body };
}

const merged = (request, caller) => {
  let { path } = request;
  if (caller.query) path += `${path.includes('?') ? '&' : '?'}${new URLSearchParams(caller.query)}`;
  return { ...request, path, headers: { ...request.headers, ...caller.headers } };
};

const changes = (method) => method !== 'GET';

/** What the door says to this caller: a list of statuses, or nothing when it lets him through to the handler. */
export function atTheDoor(entry, caller, method, listener) {
  if (entry.deadStatus && caller.door !== 'live' && caller.door !== 'cross') return [entry.deadStatus];
  if (caller.door === 'cross') {
    if (entry.sameSite) return [403];
    if (entry.role !== 'nobody' && changes(method)) return [403];
  }
  if (entry.role === 'nobody') return undefined;
  if (entry.ifAny && caller.door === 'nobody') return [404]; // nobody sees nothing of what is attacked
  if (entry.role === 'metrics') return caller.door === 'nobody' ? undefined : caller.door === 'two' ? [400] : caller.door === 'dead' ? [401] : undefined;
  if (caller.door === 'two') return entry.optional ? (listener === 'matrix' ? [404] : [401]) : [400];
  if (caller.door === 'dead' || caller.door === 'nobody') return entry.optional && listener === 'matrix' ? [404] : [401];
  if (listener === 'matrix') return entry.role === 'admin' && !caller.server ? [403] : undefined;
  if (roles[caller.role] < roles[entry.role]) return [403];
  if (caller.scopes && entry.scope && !caller.scopes.includes(entry.scope)) return [403];
  if (caller.scopes && entry.unscoped) return [403, 404]; // the account is looked for first
  return undefined;
}

/** Every attack with this operation by this caller on these victims: {operation, caller, what, request, twin, expect, sent, victims}. */
export function attacksOf(operation, table, caller, victims, listener) {
  const list = [];
  const method = operation.split(' ')[0];
  for (const entry of entriesOf(table)) {
    const world = caller.world;
    // Who may open a stream at all tries what comes over it in a test of its own: few may be open at once.
    const places = Object.entries(entry.places ?? {}).map(([place, what]) => [place, kindOf(what)]).filter(([, what]) => !(entry.stream && what.kind === 'eventNumber'));
    const door = atTheDoor(entry, caller, method, listener);
    const add = (what, values, more) => list.push({ operation, entry, caller, what, victims,
      request: merged(build(operation, entry, world, values, caller.who), caller), ...more });
    if (caller.locked && entry.ends) continue; // what the specification leaves him is tried by itself
    if (entry.keeps && entry.deadStatus && caller.headers.cookie) continue;
    if (door) {
      // Refused before anything is looked up: with everything of the victim in place at once.
      for (const victim of victims) {
        const values = Object.fromEntries(places.filter(([, what]) => !what.absent).map(([place, what]) => [place, kinds[what.kind].forms(victim)[0]]));
        add(`everything of ${victim.name}`, values, { expect: door, victim });
      }
      continue;
    }
    if (entry.keeps && (caller.door === 'live' || caller.headers.cookie)) continue;
    const prey = caller.server ? [] : victims;
    for (const [place, what] of places) {
      for (const victim of prey) {
        for (const form of kinds[what.kind].forms(victim)) {
          const missing = kinds[what.kind].missing(form);
          const free = what.told || what.open || entry.moving || missing === form;
          add(`${place} = ${what.kind} ${form} of ${victim.name}`, { [place]: form }, {
            victim, form, missing, filters: what.kind === 'words', expect: what.open || entry.moving || missing === form ? 'no leak' : what.told ? 'refused' : 'like missing', open: what.open,
            twin: free ? undefined : merged(build(operation, entry, world, { [place]: missing }, caller.who), caller) });
        }
      }
    }
    // What a fitting request of one's own answers holds nothing of others. What ends or changes something is left to the control.
    if (entry.stream && !(entry.server && !caller.server)) continue;
    if (method === 'GET' && (entry.control !== false || places.length === 0)) {
      add('one\'s own', {}, { expect: entry.server && !caller.server ? [403] : 'no leak', plain: true });
    } else if (places.length === 0) {
      add('as it is', {}, { expect: entry.server && !caller.server ? [403] : 'no leak', plain: true });
    }
    if (places.length > 1 && !places.every(([, what]) => what.kind === 'words')) {
      for (const victim of prey) {
        if (places.some(([, what]) => what.open || what.told)) continue;
        const values = Object.fromEntries(places.map(([place, what]) => [place, kinds[what.kind].forms(victim)[0]]));
        add(`everything of ${victim.name}`, values, { victim, expect: entry.moving || entry.yes ? 'no leak' : 'refused' });
      }
    }
  }
  return list;
}
