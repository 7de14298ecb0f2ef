import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, ApiError, onSignedOut } from './http';

function answer(status: number, body: unknown, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const call = vi.fn(async (_url: string, _init: RequestInit) => new Response(status === 204 ? null : text, { status, headers: { 'content-type': type } }));
  vi.stubGlobal('fetch', call);
  return call;
}
async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe('api', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('fills the path and leaves empty query parameters out', async () => {
    const call = answer(200, { items: [], total: 0 });
    await api.get('/api/v1/bots/{bot_id}/history', { path: { bot_id: 'a/b?c' }, query: { from: undefined, limit: 10 } });
    expect(call.mock.calls[0]![0]).toBe('/api/v1/bots/a%2Fb%3Fc/history?limit=10');
  });

  it('takes an answer without a body', async () => {
    answer(204, '');
    expect(await api.delete('/api/v1/session', {})).toBeUndefined();
  });

  it('maps the errors of a problem to the members of the body', async () => {
    answer(400, { detail: 'Two things are wrong.', code: 'bad_json', request_id: 'r1',
      errors: [{ pointer: '/brain/config/url', message: 'not an address', type: 'format' }, { pointer: '#/bot_id', message: 'too long', type: 'maxLength' }] });
    const error = await failureOf(api.post('/api/v1/bots', { body: { bot_id: 'x', brain: { kind: 'echo' } } }));
    expect(error).toMatchObject({ message: 'Two things are wrong.', status: 400, code: 'bad_json', requestId: 'r1',
      fields: { 'brain.config.url': 'not an address', bot_id: 'too long' } });
  });

  it('says something useful when the answer is no problem document', async () => {
    answer(502, '<html>Bad gateway</html>', 'text/html');
    expect((await failureOf(api.get('/api/v1/bots', {}))).message).toBe('The server answered with status 502.');
  });

  it('says that the server does not answer', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const error = await failureOf(api.get('/api/v1/bots', {}));
    expect(error.status).toBe(0);
    expect(error.message).toMatch(/does not answer/);
  });

  it('tells when the session is over, but not when a sign-in fails', async () => {
    const listener = vi.fn();
    const stop = onSignedOut(listener);
    answer(401, { detail: 'Sign in.' });
    await failureOf(api.post('/api/v1/session', { body: { user: 'a', password: 'b' } }));
    expect(listener).not.toHaveBeenCalled();
    await failureOf(api.get('/api/v1/bots', {}));
    expect(listener).toHaveBeenCalledOnce();
    stop();
  });
});
