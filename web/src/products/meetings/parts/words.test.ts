import { expect, it } from 'vitest';
import { aHistory, aMeeting } from '../testing';
import { languageName, languages } from './languages';
import { lastArrow, lifeTable, states } from './life_table';
import { sayMeeting } from './words';

it('says how a meeting stands and why', () => {
  expect(sayMeeting(aMeeting({ state: 'starting', phase: 'awaiting_admission' }))).toEqual([
    'The bot waits in the lobby: somebody in the call has to let it in.',
  ]);
  expect(sayMeeting(aMeeting({ state: 'failed', reason: 'evicted' }))).toEqual([
    'It did not work.',
    'It was removed from the call.',
  ]);
  expect(sayMeeting(aMeeting({ state: 'failed', reason: 'other', reason_raw: 'sunspots' }))[1]).toBe(
    'The reason: sunspots.',
  );
});

it('says that nobody expected something only where it has no reason', () => {
  expect(sayMeeting(aMeeting({ state: 'error' }))).toEqual(['Something went wrong that nobody expected.']);
  expect(sayMeeting(aMeeting({ state: 'error', reason: 'start_failed' }))).toEqual([
    'It did not work.',
    'It could not be started.',
  ]);
});

it('knows every language by a name that can be searched', () => {
  expect(languages).toHaveLength(100);
  expect(languageName('de')).toBe('German (de)');
  expect(languages.find(({ value }) => value === 'de')!.label).toBe('German (de) · Deutsch');
  expect(languageName('xx')).toContain('xx');
});

it('leads only to states that there are, and names the arrow it came by', () => {
  for (const { from, to } of lifeTable.transitions) {
    expect(states).toContain(from);
    expect(states).toContain(to);
  }
  expect(lastArrow(aHistory().transitions)).toEqual({ from: 'starting', event: 'joined', to: 'active' });
  expect(lastArrow([])).toBeUndefined();
});
