import { describe, expect, it } from 'vitest';
import { makePassword } from '../components/passwords';
import { stepsFrom } from './first_steps';
import { botIdProblem, usernameProblem } from './names';
import { safeNext } from './sign_in_target';

const hint = (code: 'make_user' | 'make_bot' | 'start_bot' | 'invite_bot' | 'bot_failed') => ({ code, title: '', text: '' });
const states = (...codes: Parameters<typeof hint>[0][]) => stepsFrom({ hints: codes.map(hint) }).map(({ state }) => state);

describe('first steps', () => {
  it('begins with a user', () => expect(states('make_user', 'make_bot')).toEqual(['now', 'later', 'later', 'later']));
  it('goes on with the bot', () => expect(states('make_bot')).toEqual(['done', 'now', 'later', 'later']));
  it('ends with the invitation', () => expect(states('invite_bot')).toEqual(['done', 'done', 'done', 'now']));
  it('is done without hints, whatever else is wrong', () => expect(states('bot_failed')).toEqual(['done', 'done', 'done', 'done']));
});

describe('where the sign-in leads', () => {
  it.each([[null, '/ui'], ['/ui/bots', '/ui/bots'], ['/ui/bots/a%20b', '/ui/bots/a%20b'], ['https://evil.example', '/ui'], ['//evil.example', '/ui'],
    ['/ui//evil.example', '/ui'], ['/uix', '/ui'], ['/ui/../api/v1/session', '/ui'], ['javascript:alert(1)', '/ui'], ['/ui/\\evil', '/ui']])('%j → %s', (next, expected) => expect(safeNext(next)).toBe(expected));
});

describe('names', () => {
  it.each([['echo', true], ['a-b.c_d', true], ['', false], ['Echo', false], ['a b', false], ['é', false], ['x'.repeat(65), false]])('bot id %j', (id, good) => expect(botIdProblem(id) === null).toBe(good));
  it.each([['alice', true], ['a=b/c+d', true], ['', false], ['bot_x', false], ['Alice', false], ['a@b', false]])('user name %j', (name, good) => expect(usernameProblem(name) === null).toBe(good));
});

it('makes passwords that differ', () => {
  const made = new Set(Array.from({ length: 100 }, makePassword));
  expect(made.size).toBe(100);
  for (const password of made) expect(password).toMatch(/^([a-z2-9]{6}-){3}[a-z2-9]{6}$/);
});
