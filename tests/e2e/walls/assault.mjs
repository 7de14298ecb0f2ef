// Runs attacks and collects what is wrong, by operation.
import { pause } from '../lib/chaos.mjs';
import { attacksOf, build, declared, entriesOf } from './attacks.mjs';
import { judge } from './judge.mjs';
import { each } from './wire.mjs';

const where = { platform: 'tests/e2e/walls/platform.mjs', matrix: 'tests/e2e/walls/matrix/' };

/** What the tables do not know, or know otherwise than the document and the route table say: sentences. */
export function differences(document, listener, table) {
  const sentences = [];
  const routes = document['x-routes'].filter((route) => route.listener === listener);
  const known = new Set(Object.keys(table));
  const there = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  if (listener === 'platform') {
    const routed = new Set(document['x-routes'].map((route) => `${route.method} ${route.path.replace('*}', '}')}`)); // of any listener
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods)) {
        const named = `${method.toUpperCase()} ${path}`;
        if (!routed.has(named)) there.set(named, undefined);
      }
    }
  }
  for (const [operation, route] of there) {
    if (!known.has(operation)) {
      sentences.push(`${operation} is not known to the walls: add it to ${where[listener]} with the least role, the scope and the place of every id it takes.`);
      continue;
    }
    for (const entry of entriesOf(table[operation])) {
      if (!route) continue;
      if (declared(entry) !== route.needs) sentences.push(`${operation} needs ${route.needs}, the table in ${where[listener]} says ${declared(entry)}.`);
      const scope = entry.scopeInHandler ? '' : entry.scope ?? '';
      if (scope !== (route.scope ?? '')) sentences.push(`${operation} asks for the scope '${route.scope ?? ''}', the table in ${where[listener]} says '${scope}'.`);
      const named = new Set([...Object.keys(entry.path ?? {}), ...Object.keys(entry.places ?? {}).filter((place) => place.startsWith('path.')).map((place) => place.slice(5))]);
      for (const [, name] of route.path.matchAll(/\{(\w+)\*?\}/g)) if (!named.has(name)) sentences.push(`${operation}: the table in ${where[listener]} does not say what {${name}} is.`);
    }
  }
  for (const operation of known) if (!there.has(operation)) sentences.push(`${operation} is in ${where[listener]} and not on the ${listener} listener any more: take it out.`);
  return sentences;
}

/** How long who asks too much at once asks again. */
const patienceMs = 60_000;

/**
 * The answer to a request, not to the crowd that it came in: a caller attacks with many requests at once, and what is
 * answered with "wait" is asked again when it says so.
 */
async function inTurn(wire, request) {
  for (const until = Date.now() + patienceMs; ;) {
    const answer = await wire.send(request);
    if (answer.status !== 429) return answer;
    const wait = 1_000 * (Number(answer.headers['retry-after']) || 1);
    if (Date.now() + wait > until) return answer;
    await pause(wait);
  }
}

/**
 * All attacks of these operations and callers on these victims, callers one after the other, each with many at once.
 * `rewrite`: another way to write the same paths. Yields {attacks, problems}: sentences.
 */
export async function assault({ wire, table, callers, victimsOf, listener, only, rewrite = (path) => path }) {
  const problems = [];
  let attacks = 0;
  for (const caller of callers) {
    const list = Object.entries(table).filter(([operation]) => !only || only.includes(operation))
      .flatMap(([operation, entry]) => attacksOf(operation, entry, caller, victimsOf(caller), listener));
    attacks += list.length;
    await each(list, async (attack) => {
      const send = (request) => inTurn(wire, { ...request, path: rewrite(request.path) });
      const answer = await send(attack.request);
      const twin = attack.twin && await send(attack.twin);
      let problem = judge(attack, answer, twin);
      if (!problem && [answer.status, twin?.status].includes(429)) problem = `429 for ${patienceMs} ms: it was never tried`;
      if (!problem && caller.locked && Array.isArray(attack.expect) && attack.expect.includes(401) && !answer.text.includes('M_USER_LOCKED')) problem = `${answer.text}, expected M_USER_LOCKED`;
      if (problem) problems.push({ operation: attack.operation, caller: caller.name, what: attack.what, problem });
    });
  }
  return { attacks, problems };
}

/** Problems as text: by operation, place and answer, the same one of several callers in one line. */
export function report(problems, most = 200) {
  const lines = new Map();
  for (const { operation, caller, what, problem } of problems) {
    const place = what.split(' ').slice(0, 3).join(' ');
    const key = `${operation} · ${place} · ${problem.slice(0, 60)}`;
    const line = lines.get(key) ?? { callers: new Set(), what, problem, times: 0 };
    line.callers.add(caller);
    line.times += 1;
    lines.set(key, line);
  }
  const all = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { callers, what, problem, times }]) =>
    `${key.split(' · ')[0]}\n    ${times} times, by ${[...callers].join('; ')}\n    with ${what}\n    ${problem.slice(0, 600)}`);
  return `${all.length} kinds of holes in ${new Set(problems.map((p) => p.operation)).size} operations:\n${all.slice(0, most).join('\n')}`;
}

/** The fitting request of each operation succeeds for the least who may: what the attacks differ from is one id. Yields sentences. */
export async function controls({ wire, table, request, atOnce = 8 }) {
  const problems = [];
  await each(Object.entries(table).flatMap(([operation, entry]) => entriesOf(entry).filter((e) => e.control !== false).map((e) => [operation, e])), async ([operation, entry]) => {
    for (const caller of request(operation, entry)) {
      try {
        const values = await entry.own?.(caller.world, caller.who);
        const built = build(operation, entry, caller.world, values, caller.who);
        const answer = await inTurn(wire, { ...built, headers: { ...built.headers, ...caller.headers } });
        const good = entry.good ?? [200];
        if (!good.includes(answer.status) && !entry.excused?.(answer)) problems.push(`${operation} by ${caller.name}: ${answer.status}, expected ${good.join(' or ')}: ${answer.text.slice(0, 300)}`);
      } catch (error) {
        problems.push(`${operation} by ${caller.name}: ${error.message}`);
      }
    }
  }, atOnce);
  return problems;
}
