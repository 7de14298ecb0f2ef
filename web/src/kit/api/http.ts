// One typed function for every call to /api/v1, and the error all of them throw.
import type { paths } from './schema';
import type { Problem } from './types';

type Method = 'get' | 'post' | 'patch' | 'delete';
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type PathParameters<O> = O extends { parameters: { path: infer V } } ? (V extends object ? { path: V } : { path?: undefined }) : object;
type JsonBody<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { 'application/json': infer B } } }
    ? { body?: B }
    : { body?: undefined };
type Success = 200 | 201 | 202;
type JsonOf<A> = A extends { content: { 'application/json': infer R } } ? R : void;
type Reply<O> = O extends { responses: infer R } ? (keyof R & Success extends never ? void : { [S in keyof R & Success]: JsonOf<R[S]> }[keyof R & Success]) : void;
type Options<O> = PathParameters<O> & JsonBody<O> & {
  /** The document does not list query parameters; undefined and '' are left out. */
  query?: Record<string, string | number | undefined>;
  signal?: AbortSignal;
  /** Text in place of a JSON body. */
  csv?: string;
};

/** An answer that is not 2xx (a problem+json document), or no answer at all (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** Message by the body's member, as a dotted path: {"brain.config.url": "…"}. */
  readonly fields: Record<string, string>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail || problem.title || fallbackMessage(status));
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? '';
    this.requestId = problem.request_id ?? '';
    this.fields = {};
    for (const { pointer, message } of problem.errors ?? []) this.fields[dottedPath(pointer)] ??= message;
  }
}

function fallbackMessage(status: number): string {
  if (status === 0) return 'The server does not answer. Check that it runs and that you are connected.';
  if (status === 503) return 'The server is busy or starting. Try again in a moment.';
  return `The server answered with status ${status}.`;
}

/** "/brain/config/url" or "#/brain/config/url" → "brain.config.url". */
function dottedPath(pointer: string): string {
  return pointer.replace(/^#?\//, '').split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}

type Listener = () => void;
const signedOutListeners = new Set<Listener>();
/** Called when a call finds that the session is over; returns the way to stop listening. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

function fillPath(path: string, values: Record<string, string> | undefined): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values?.[name] ?? ''));
}

async function request<P extends keyof paths, M extends Method>(
  method: M, path: P, options: Options<Operation<P, M>>,
): Promise<Reply<Operation<P, M>>> {
  const { path: values, body, query, signal, csv } = options as { path?: Record<string, string>; body?: unknown } & typeof options;
  const type = csv !== undefined ? 'text/csv' : body !== undefined ? 'application/json' : undefined;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined && value !== '') search.set(name, String(value));
  const url = fillPath(path, values) + (search.size ? `?${search}` : '');
  let response: Response;
  try {
    response = await fetch(url, {
      method: method.toUpperCase(),
      headers: { accept: 'application/json', ...(type && { 'content-type': type }) },
      body: csv ?? (body === undefined ? null : JSON.stringify(body)),
      signal: signal ?? null,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {});
  }
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : undefined) as Reply<Operation<P, M>>;
  // A wrong password at sign-in is a 401 too, but nobody was signed in.
  if (response.status === 401 && path !== '/api/v1/session') for (const listener of signedOutListeners) listener();
  throw new ApiError(response.status, parseProblem(text));
}

export function parseProblem(text: string): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' ? (value as Partial<Problem>) : {};
  } catch {
    return {}; // A proxy in between answered with a page; the status says enough.
  }
}

export const api = {
  get: <P extends PathsWith<'get'>>(path: P, options: Options<Operation<P, 'get'>>) => request('get', path, options),
  post: <P extends PathsWith<'post'>>(path: P, options: Options<Operation<P, 'post'>>) => request('post', path, options),
  patch: <P extends PathsWith<'patch'>>(path: P, options: Options<Operation<P, 'patch'>>) => request('patch', path, options),
  delete: <P extends PathsWith<'delete'>>(path: P, options: Options<Operation<P, 'delete'>>) => request('delete', path, options),
};

/** What to show a person for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}
