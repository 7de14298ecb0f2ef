import { describe, expect, it } from 'vitest';
import { safeNext } from './sign_in_target';

describe('where the sign-in leads', () => {
  it.each([
    [null, '/ui'],
    ['/ui/bots', '/ui/bots'],
    ['/ui/bots/a%20b', '/ui/bots/a%20b'],
    ['/ui/users?role=admin&q=a%20b', '/ui/users?role=admin&q=a%20b'],
    ['/ui/audit?actor=@a:b.example&to=//c#x', '/ui/audit?actor=@a:b.example&to=//c#x'],
    ['/ui?a=1', '/ui?a=1'],
    ['?a=1', '/ui'],
    ['/ui/users?a=\\b', '/ui'],
    ['/ui/users?a=\nb', '/ui'],
    ['//evil.example?/ui', '/ui'],
    ['https://evil.example', '/ui'],
    ['//evil.example', '/ui'],
    ['/ui//evil.example', '/ui'],
    ['/uix', '/ui'],
    ['/ui/../api/v1/session', '/ui'],
    ['javascript:alert(1)', '/ui'],
    ['/ui/\\evil', '/ui'],
  ])('%j → %s', (next, expected) => expect(safeNext(next)).toBe(expected));
});
