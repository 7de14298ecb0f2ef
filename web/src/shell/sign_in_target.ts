/** Where to go after signing in: a page of ours only, never another site. */
export function safeNext(next: string | null): string {
  const [, path = '', rest = ''] = /^([^?#]*)(.*)$/s.exec(next ?? '') ?? [];
  const isOurs = /^\/ui(\/[\w\-.~%@:!/]*)?$/.test(path) && !path.includes('//') && !path.includes('..');
  return isOurs && /^[\w\-.~%@:!/?#&=+,;'()*$[\]]*$/.test(rest) ? path + rest : '/ui';
}

/** What went wrong on the way to a provider and back, by the word that the server leads here with. */
const problems = new Map([
  ['late', 'That sign-in took too long, or it was begun in another browser. Begin again.'],
  ['refused', 'The sign-in was refused. Begin again, or ask an administrator.'],
  ['locked', 'This account is closed or locked. Ask an administrator.'],
  ['provider', 'There is no such sign-in provider any more.'],
  ['trouble', 'The sign-in did not work just now. Try again in a moment.'],
]);

export const problemWith = (word: string | null): string | undefined => problems.get(word ?? '');

/** Leads away from the console; whoever is known there comes back signed in. */
export const providerLink = (id: string, next: string | null) =>
  `/api/v1/session/providers/${encodeURIComponent(id)}${next ? `?next=${encodeURIComponent(safeNext(next))}` : ''}`;
