// The typed client for /api/v1, and the error every call throws. Paths, parameters and bodies are those of schema.ts.
import createClient from 'openapi-fetch';
import type { paths } from './schema';
import type { Problem } from './types';

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
  return pointer
    .replace(/^#?\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}

type Listener = () => void;
const signedOutListeners = new Set<Listener>();
/** Called when a call finds that the session is over; returns the way to stop listening. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

function parseProblem(text: string): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' ? value : {};
  } catch {
    return {}; // A proxy in between answered with a page; the status says enough.
  }
}

let visits = 0;
const askedIn = new WeakMap<Request, number>();
/** Somebody else is here, or nobody: what is under way was asked for who was there, and its answer is nobody's. */
export function leaveAnswersUnasked(): void {
  visits += 1;
}
/** Who is signed in, that answer is for whoever is there. */
const isOfBefore = (request: Request, path: string) => path !== '/api/v1/session' && askedIn.get(request) !== visits;
const never = () => new Promise<never>(() => {});

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  headers: { accept: 'application/json' },
  credentials: 'same-origin',
  fetch: (request) => {
    askedIn.set(request, visits);
    return fetch(request);
  },
});
api.use({
  onResponse: async ({ request, response, schemaPath }) => {
    if (isOfBefore(request, schemaPath)) return never();
    if (response.ok) return;
    const problem = parseProblem(await response.text());
    // A wrong password at sign-in is a 401 too, but nobody was signed in.
    if (response.status === 401 && schemaPath !== '/api/v1/session') {
      for (const listener of signedOutListeners) listener();
      // The server's words are for programs.
      throw new ApiError(401, { ...problem, detail: 'Your session had ended before this was done. Try once more.' });
    }
    throw new ApiError(response.status, problem);
  },
  // Who gave up asking gets that as it is.
  onError: ({ request, schemaPath }) => {
    if (request.signal.aborted) return undefined;
    return isOfBefore(request, schemaPath) ? never() : new ApiError(0, {});
  },
});

type DataOf<Answer> = Answer extends { data: infer Data } ? Data : never;

/** The data of a call: `ask(api.GET('/api/v1/bots', …))`. What is no success has thrown an ApiError before. */
export async function ask<Answer extends { data?: unknown }>(call: Promise<Answer>): Promise<DataOf<Answer>> {
  return (await call).data as DataOf<Answer>;
}

/** The members that say something: '' in a filter of a page stands for any, and is not sent. */
export function given<Query extends Record<string, string | number | boolean | undefined>>(
  query: Query,
): { [Name in keyof Query]?: Exclude<Query[Name], ''> } {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')) as {
    [Name in keyof Query]?: Exclude<Query[Name], ''>;
  };
}

/** What to show a person for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}
