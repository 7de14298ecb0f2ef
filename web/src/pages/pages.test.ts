import { describe, expect, it } from 'vitest';
import { furtherOf } from '../api/user_import';
import { stepsFrom } from './first_steps';
import { botIdProblem, usernameProblem } from '../components/names';
import { safeNext } from './sign_in_target';
import { templatesFrom } from './templates';

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

describe('templates', () => {
  const brain = (kind: string) => ({ kind, title: kind.toUpperCase(), description: `About ${kind}.`, config_schema: {}, testable: true });
  it('come in one order, whatever the server has', () => {
    const cards = templatesFrom([brain('openai'), brain('strange'), brain('echo')]);
    expect(cards.map(({ id, kind }) => [id, kind])).toEqual([['echo', 'echo'], ['openai', 'openai'], ['openai-2', 'openai'], ['strange', 'strange']]);
    expect(cards.at(-1)).toMatchObject({ title: 'STRANGE', text: 'About strange.', preset: {} });
    expect(cards[2]!.preset).not.toEqual({});
  });
});

describe('an import', () => {
  const report = (state: 'running' | 'done', done: number) => ({ import_id: 'i', state, dry_run: false, total: 9, done, created: done, existed: 0, failed: 0, joined: 0, errors: [], started_at: '' });
  it('never goes back', () => {
    expect(furtherOf(report('running', 5), report('running', 3)).done).toBe(5);
    expect(furtherOf(report('running', 5), report('done', 9)).state).toBe('done');
    expect(furtherOf(report('done', 9), report('running', 8)).state).toBe('done');
  });
});
