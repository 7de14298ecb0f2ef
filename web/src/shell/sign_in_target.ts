/** Where to go after signing in: a page of ours only, never another site. */
export function safeNext(next: string | null): string {
  return next && /^\/ui(\/[\w\-.~%@:!/]*)?$/.test(next) && !next.includes('//') && !next.includes('..') ? next : '/ui';
}
