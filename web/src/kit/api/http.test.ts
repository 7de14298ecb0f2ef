// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, ApiError, ask, given, onSignedOut } from './http';

function answer(status: number, body: unknown, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const call = vi.fn((_request: Request) =>
    Promise.resolve(new Response(status === 204 ? null : text, { status, headers: { 'content-type': type } })),
  );
  vi.stubGlobal('fetch', call);
  return call;
}
async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe('api', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('fills the path and leaves empty query parameters out', async () => {
    const call = answer(200, { items: [], total: 0 });
    await ask(
      api.GET('/api/v1/bots/{bot_id}/history', {
        params: { path: { bot_id: 'a/b?c' }, query: given({ search: '', from: undefined, limit: 10 }) },
      }),
    );
    expect(call.mock.calls[0]![0].url).toBe(`${window.location.origin}/api/v1/bots/a%2Fb%3Fc/history?limit=10`);
  });

  it('takes an answer without a body', async () => {
    answer(204, '');
    expect(await ask(api.DELETE('/api/v1/session'))).toBeUndefined();
  });

  it('maps the errors of a problem to the members of the body', async () => {
    answer(400, {
      detail: 'Two things are wrong.',
      code: 'bad_json',
      request_id: 'r1',
      errors: [
        { pointer: '/brain/config/url', message: 'not an address', type: 'format' },
        { pointer: '#/bot_id', message: 'too long', type: 'maxLength' },
      ],
    });
    const error = await failureOf(ask(api.POST('/api/v1/bots', { body: { bot_id: 'x', brain: { kind: 'echo' } } })));
    expect(error).toMatchObject({
      message: 'Two things are wrong.',
      status: 400,
      code: 'bad_json',
      requestId: 'r1',
      fields: { 'brain.config.url': 'not an address', bot_id: 'too long' },
    });
  });

  it('sends a body as JSON, and a file as it is', async () => {
    const call = answer(202, { import_id: 'i', total: 1 });
    await ask(api.POST('/api/v1/tenants', { body: { name: 'a' } }));
    const json = call.mock.calls[0]![0];
    expect([json.method, json.headers.get('content-type'), json.headers.get('accept'), await json.text()]).toEqual([
      'POST',
      'application/json',
      'application/json',
      '{"name":"a"}',
    ]);
    await ask(
      api.POST('/api/v1/users/import', {
        params: { query: { dry_run: true } },
        body: 'username\nalice\n',
        bodySerializer: (text) => text,
        headers: { 'content-type': 'text/csv' },
      }),
    );
    const file = call.mock.calls[1]![0];
    expect([file.url.split('?')[1], file.headers.get('content-type'), await file.text()]).toEqual([
      'dry_run=true',
      'text/csv',
      'username\nalice\n',
    ]);
  });

  it('reads an answer that is no JSON as text', async () => {
    const call = answer(200, 'username,password\n', 'text/csv');
    expect(
      await ask(
        api.POST('/api/v1/users/import/{import_id}/passwords', {
          params: { path: { import_id: 'i' } },
          headers: { accept: 'text/csv' },
          parseAs: 'text',
        }),
      ),
    ).toBe('username,password\n');
    expect(call.mock.calls[0]![0].headers.get('accept')).toBe('text/csv');
  });

  it('lets who gave up asking be', async () => {
    const stop = new AbortController();
    vi.stubGlobal(
      'fetch',
      (request: Request) =>
        new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
        }),
    );
    const call = ask(api.GET('/api/v1/bots', { signal: stop.signal }));
    stop.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('says something useful when the answer is no problem document', async () => {
    answer(502, '<html>Bad gateway</html>', 'text/html');
    expect((await failureOf(ask(api.GET('/api/v1/bots')))).message).toBe('The server answered with status 502.');
  });

  it('says that the server does not answer', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const error = await failureOf(ask(api.GET('/api/v1/bots')));
    expect(error.status).toBe(0);
    expect(error.message).toMatch(/does not answer/);
  });

  it('tells when the session is over, but not when a sign-in fails', async () => {
    const listener = vi.fn();
    const stop = onSignedOut(listener);
    answer(401, { detail: 'Sign in.' });
    await failureOf(ask(api.POST('/api/v1/session', { body: { user: 'a', password: 'b' } })));
    expect(listener).not.toHaveBeenCalled();
    await failureOf(ask(api.GET('/api/v1/bots')));
    expect(listener).toHaveBeenCalledOnce();
    stop();
  });
});
