import { expect, test } from 'vitest';
import { saidOf } from './said';

test('a call says where it went and what came of it', () => {
  const detail = {
    task: 't',
    service: 'companycam',
    method: 'POST',
    url: 'https://api.example.org/v2/comments?a=1',
    status: 201,
  };
  expect(saidOf({ kind: 'api_call', detail })).toBe('companycam POST /v2/comments → 201');
  expect(
    saidOf({ kind: 'api_call', detail: { ...detail, url: '', status: null, error: 'It cannot be reached.' } }),
  ).toBe('companycam POST → It cannot be reached.');
});

test('a command says how it ended, and what is neither says nothing', () => {
  expect(saidOf({ kind: 'command_run', detail: { command: 'date', args: ['-u'], exit_code: 0 } })).toBe('date → 0');
  expect(saidOf({ kind: 'command_run', detail: { command: 'date', exit_code: null } })).toBe('date');
  expect(saidOf({ kind: 'action', detail: { service: 'x' } })).toBe('');
  expect(saidOf({ kind: 'api_call', detail: {} })).toBe('');
});
