import { expect, it } from 'vitest';
import { botIdProblem } from './names';

it.each([
  ['echo', true],
  ['a-b.c_d', true],
  ['', false],
  ['Echo', false],
  ['a b', false],
  ['é', false],
  ['x'.repeat(65), false],
])('bot id %j', (id, good) => expect(botIdProblem(id) === null).toBe(good));
