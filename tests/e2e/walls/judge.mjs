// Says what is wrong with an answer. Knows nothing of single routes.

const escapes = (text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];

/** The answer without what differs by nature: the id that was asked for, request ids, sessions of interactive sign-in. */
export function neutral(text, id) {
  const plain = text.replace(/"(request_id|session)":"[^"]*"/g, '"$1":""');
  if (/^\d+$/.test(id)) return plain.replace(new RegExp(`\\b${id}\\b`, 'g'), '<id>');
  const local = id.replace(/^[@#!$]/, '').split(':')[0];
  return [...escapes(id), ...(local.length > 5 ? escapes(local) : [])].reduce((left, form) => left.replaceAll(form, '<id>'), plain);
}

const shape = (answer, id) => JSON.stringify([answer.status, answer.headers['content-type'] ?? '', answer.headers.location ?? '',
  answer.headers['set-cookie'] ? 'a cookie' : '', neutral(answer.text, id)]);

/** The first word of these victims that the answer holds and the request did not. */
export function leak(request, answer, victims, { publicNames = false } = {}) {
  const sent = [decodeURIComponent(request.path.replace(/\+/g, ' ')), String(request.body instanceof URLSearchParams ? decodeURIComponent(request.body)
    : typeof request.body === 'string' ? request.body : JSON.stringify(request.body ?? '')), JSON.stringify(request.headers)].join('\n');
  const came = answer.text + JSON.stringify(answer.headers);
  for (const victim of victims) {
    if (came.includes(victim.canary) && !sent.includes(victim.canary)) return around(came, victim.canary);
    const ids = publicNames === 'and ids' ? [] : publicNames ? victim.known.secrets : [victim.publicName, ...victim.known.names, ...victim.known.secrets];
    for (const id of ids) if (came.includes(id) && !sent.includes(id)) return around(came, id);
  }
  return undefined;
}
function around(text, word) {
  const at = text.indexOf(word);
  return text.slice(Math.max(0, at - 40), at + word.length + 40);
}

/** What is wrong with the answer to an attack; nothing when all is well. `twin`: the answer to the same with an id that nobody has. */
export function judge(attack, answer, twin) {
  const { request, expect, entry } = attack;
  if (answer.status >= 500 && !entry.fine?.includes(answer.status) && !entry.excused?.(answer)) return `${answer.status}: nobody may bring the server to that`;
  if (twin?.status >= 500) return `${twin.status} to an id that nobody has: nobody may bring the server to that`;
  const refused = answer.status >= 400;
  // Who may not is told nothing, not even what everybody may know.
  if (attack.caller.server !== true) {
    const leaked = leak(request, answer, attack.victims, { publicNames: !Array.isArray(expect) && entry.publicNames });
    if (leaked) return `${answer.status} with what is another tenant's: …${leaked}…`;
  }
  if (Array.isArray(expect)) return expect.includes(answer.status) ? undefined : `${answer.status}, expected ${expect.join(' or ')}`;
  if (expect === 'refused') return refused ? undefined : `${answer.status}, expected a refusal`;
  if (expect === 'like missing') {
    const [foreign, missing] = [shape(answer, attack.form), shape(twin, attack.missing)];
    if (foreign !== missing) return `tells whether it exists: ${foreign} and to an id that nobody has ${missing}`;
    if (!refused && !entry.yes && !attack.filters) return `${answer.status}, expected a refusal`;
  }
  return undefined;
}

/** What of a world has changed between two snapshots, as lines. */
export function changed(before, after) {
  const lines = [];
  for (const what of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[what] === after[what]) continue;
    const [old, now] = [(before[what] ?? '').split('\n'), (after[what] ?? '').split('\n')];
    const gone = old.filter((line) => !now.includes(line)).slice(0, 4).map((line) => `- ${line.trim()}`);
    const come = now.filter((line) => !old.includes(line)).slice(0, 4).map((line) => `+ ${line.trim()}`);
    lines.push(`${what}: ${[...gone, ...come].join(' ').slice(0, 600)}`);
  }
  return lines;
}
