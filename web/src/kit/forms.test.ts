// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { ApiError } from './api/http';
import { beyondFields } from './forms';

const wrong = (...pointers: string[]) =>
  new ApiError(400, {
    detail: 'No.',
    errors: pointers.map((pointer) => ({ pointer, message: 'No.', type: 'value_error', loc: [] })),
  });

it.each([
  ['what is all said at fields', wrong('/name', '/brain/config'), undefined],
  ['nothing', null, null],
])('leaves no alert for %s', (_, error, expected) =>
  expect(beyondFields(error, ['name', 'brain.config'])).toBe(expected),
);

it.each([
  ['a field that is not on show', wrong('/name', '/other')],
  ['an error of no field', wrong()],
  ['no answer at all', new TypeError('away')],
])('leaves the alert for %s', (_, error) => expect(beyondFields(error, ['name', 'brain.config'])).toBe(error));
