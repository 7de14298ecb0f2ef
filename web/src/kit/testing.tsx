// For tests of components: a page around them, and a server that answers what the test says. Nothing of this is bundled.
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, configure, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';
import { afterEach, vi } from 'vitest';
import { sessionKey } from './api/session';
import type { Me } from './api/types';

/** As vitest.config.ts waits. */
configure({ asyncUtilTimeout: 30_000 });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** What jsdom lacks and Mantine asks for. */
window.matchMedia = (media) =>
  ({
    media,
    matches: false,
    addEventListener: () => {},
    removeEventListener: () => {},
  }) as unknown as MediaQueryList;
window.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
Object.defineProperty(document, 'fonts', { value: { addEventListener: () => {}, removeEventListener: () => {} } });

export const admin: Me = {
  id: 1,
  user_id: '@admin:example.org',
  display_name: '',
  role: 'admin',
  kind: 'person',
  tenant_id: 1,
  by: 'cookie',
};

export interface Asked {
  call: string;
  url: URL;
  body: unknown;
}
type Answer = { status?: number; body?: unknown } | Promise<{ status?: number; body?: unknown }>;

/** What is no JSON is a file. */
const bodyOf = ({ headers }: Request, text: string): unknown =>
  headers.get('content-type')?.startsWith('application/json') === false ? text : JSON.parse(text);

/** Answers by "METHOD /path"; yields what was asked so far. What has no answer is never answered. */
export function serve(answers: Record<string, (asked: Asked) => Answer>): Asked[] {
  const all: Asked[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url);
    const call = `${request.method} ${url.pathname}`;
    const text = await request.text();
    const asked: Asked = { call, url, body: text ? bodyOf(request, text) : undefined };
    all.push(asked);
    const answer = answers[call];
    if (!answer) return new Promise<Response>(() => {});
    const { status = 200, body } = await answer(asked);
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  });
  return all;
}

/** `who` is signed in, an administrator where it does not say otherwise. */
export function newQueries(who: Partial<Me> = {}): QueryClient {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  queries.setQueryData(sessionKey, { ...admin, ...who });
  return queries;
}

export function around(queries: QueryClient, at = '/ui') {
  return ({ children }: { children: ReactNode }) => (
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <MemoryRouter initialEntries={[at]}>{children}</MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>
  );
}

export function draw(what: ReactNode, { at, queries = newQueries() }: { at?: string; queries?: QueryClient } = {}) {
  return { queries, ...render(what, { wrapper: around(queries, at) }) };
}
