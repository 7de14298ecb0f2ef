import { describe, expect, it } from 'vitest';
import { stepsFrom } from './first_steps';

const hint = (code: 'make_user' | 'make_bot' | 'start_bot' | 'invite_bot' | 'bot_failed') => ({
  code,
  title: '',
  text: '',
});
const states = (...codes: Parameters<typeof hint>[0][]) =>
  stepsFrom({ hints: codes.map(hint) }).map(({ state }) => state);

describe('first steps', () => {
  it('begins with a user', () => expect(states('make_user', 'make_bot')).toEqual(['now', 'later', 'later', 'later']));
  it('goes on with the bot', () => expect(states('make_bot')).toEqual(['done', 'now', 'later', 'later']));
  it('ends with the invitation', () => expect(states('invite_bot')).toEqual(['done', 'done', 'done', 'now']));
  it('knows a bot that was made before the user', () => {
    expect(states('make_user', 'start_bot')).toEqual(['now', 'done', 'later', 'later']);
    expect(states('make_user', 'invite_bot')).toEqual(['now', 'done', 'done', 'later']);
    expect(states('make_user')).toEqual(['now', 'done', 'done', 'done']);
  });
  it('is done without hints, whatever else is wrong', () =>
    expect(states('bot_failed')).toEqual(['done', 'done', 'done', 'done']));
});
