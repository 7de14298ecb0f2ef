// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { Anchors } from './anchors';
import type { AnchorPlace, ChainReport } from '../api/anchors';
import { draw, newQueries, serve } from '@/kit/testing';

const stamps: AnchorPlace = {
  kind: 'time_stamp',
  place: 'https://tsa.example',
  anchored_at: '2026-01-02T03:00:00Z',
  last_id: 41,
  late: false,
};
const room: AnchorPlace = { kind: 'room', place: '!log:elsewhere.example at https://elsewhere.example', late: false };
const whole: ChainReport = {
  whole: true,
  checked: 41,
  unchained: 0,
  head: 'a',
  anchors_total: 0,
  anchors: [],
  problem: '',
};
const anchor: ChainReport['anchors'][number] = {
  id: 1,
  kind: 'time_stamp',
  place: stamps.place,
  head: 'a',
  last_id: 41,
  at: '2026-01-02T03:00:00Z',
  state: 'proven',
  proven_at: '2026-01-02T03:00:01Z',
};

function show(places: AnchorPlace[], report?: ChainReport, who = {}) {
  serve({
    'GET /api/v1/audit/anchoring': () => ({ body: { every_minutes: 60, places } }),
    'GET /api/v1/audit/verify': () => (report ? { body: report } : { status: 503, body: { detail: 'Busy.' } }),
  });
  draw(<Anchors />, { queries: newQueries(who) });
}
const check = async () => userEvent.click(await screen.findByRole('button', { name: 'Check the log' }));

it('says where the log is anchored, when last, and up to which record', async () => {
  show([stamps, room]);
  const row = (await screen.findByText('https://tsa.example')).closest('li')!;
  within(row).getByText('Anchored');
  expect(row.textContent).toContain('all records up to number 41');
  expect(row.querySelector('time')!.dateTime).toBe('2026-01-02T03:00:00Z');
  within(screen.getByText('A room elsewhere').closest('li')!).getByText('Nothing yet');
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says aloud which place fails, since when and of what', async () => {
  show([
    { ...stamps, late: true, failing_since: '2026-01-02T03:04:00Z', problem: 'nobody listens' },
    { ...room, failing_since: '2026-01-02T06:00:00Z', problem: 'it answered with status 403' },
  ]);
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('nobody listens');
  expect(alert.querySelector('time')!.dateTime).toBe('2026-01-02T03:04:00Z');
  within(alert.closest('li')!).getByText('Fails');
  const other = screen.getByText('A room elsewhere').closest('li')!;
  within(other).getByText('Failed, is tried again');
  expect(other.textContent).toContain('status 403');
});

it('says of a place that is late without a known reason that nothing came there', async () => {
  show([{ ...stamps, late: true, waiting_since: '2026-01-02T03:30:00Z' }]);
  expect((await screen.findByRole('alert')).textContent).toContain('Nothing was written down there for long');
});

it('says how anchoring is switched on, to those who can', async () => {
  show([]);
  await screen.findByText(/anchored nowhere/);
  await userEvent.click(screen.getByText('How to switch it on'));
  screen.getByText('audit.anchor_tsa');
  screen.getByText('audit.anchor_room');
});

it('sends the administrators of another tenant to those of the server', async () => {
  show([], undefined, { tenant_id: 2 });
  await screen.findByText(/administrators of the whole server/);
  expect(screen.queryByText('audit.anchor_tsa')).toBeNull();
});

it('checks the log when asked to, and says what its anchors cover', async () => {
  show([stamps], { ...whole, anchors_total: 2, anchors: [{ ...anchor, id: 2, last_id: 7, state: 'matches' }, anchor] });
  await check();
  const said = await screen.findByText(/The log is whole: 41 records/);
  const found = said.closest<HTMLElement>('.test-result')!;
  within(found).getByText(/covered up to record 41, and its place confirms it/);
  expect(found.querySelector('time')!.dateTime).toBe('2026-01-02T03:00:01Z');
  expect(found.textContent).not.toContain('record 7');
});

it('says that nothing speaks against a log which is anchored nowhere but itself', async () => {
  show([], whole);
  await check();
  await screen.findByText(/written anew as a whole would look the same/);
});

it('says what is wrong with a log that was changed', async () => {
  const problem = 'record 41 is not the one whose hash was written down';
  show([stamps], {
    ...whole,
    whole: false,
    problem: `the log is another one than was written down elsewhere: ${problem}`,
    anchors: [{ ...anchor, state: 'contradicts', problem }],
  });
  await check();
  const found = (await screen.findByText('The log is not what it was')).closest<HTMLElement>('.test-result')!;
  expect(found.dataset.outcome).toBe('bad');
  expect(found.textContent.split(problem)).toHaveLength(2);
});

it('says that a place was not heard', async () => {
  show([stamps], { ...whole, anchors: [{ ...anchor, state: 'matches', problem: 'nobody listens' }] });
  await check();
  await screen.findByText(/its place was not heard \(nobody listens\)/);
});

it('says why the log could not be checked', async () => {
  show([stamps]);
  await check();
  within(await screen.findByRole('alert')).getByText('Busy.');
});
