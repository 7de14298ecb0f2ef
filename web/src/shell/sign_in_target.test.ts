import { describe, expect, it } from 'vitest';
import { safeNext } from './sign_in_target';

describe('where the sign-in leads', () => {
  it.each([
    [null, '/ui'],
    ['/ui/bots', '/ui/bots'],
    ['/ui/bots/a%20b', '/ui/bots/a%20b'],
    ['https://evil.example', '/ui'],
    ['//evil.example', '/ui'],
    ['/ui//evil.example', '/ui'],
    ['/uix', '/ui'],
    ['/ui/../api/v1/session', '/ui'],
    ['javascript:alert(1)', '/ui'],
    ['/ui/\\evil', '/ui'],
  ])('%j → %s', (next, expected) => expect(safeNext(next)).toBe(expected));
});
