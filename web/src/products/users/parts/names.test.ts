import { expect, it } from 'vitest';
import { usernameProblem } from './names';

it.each([
  ['alice', true],
  ['a=b/c+d', true],
  ['', false],
  ['bot_x', false],
  ['Alice', false],
  ['a@b', false],
])('user name %j', (name, good) => expect(usernameProblem(name) === null).toBe(good));
