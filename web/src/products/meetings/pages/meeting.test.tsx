// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { Route, Routes } from 'react-router';
import { beforeEach, expect, it, vi } from 'vitest';
import { draw, serve } from '@/kit/testing';
import { aHistory, aMeeting, aSegment, FakeSource, withStreams } from '../testing';
import MeetingPage from './meeting';

beforeEach(withStreams);

const page = (
  <Routes>
    <Route path="/ui/meetings/:meetingId" element={<MeetingPage />} />
  </Routes>
);
const show = () => draw(page, { at: '/ui/meetings/12' });
const answers = (more = {}) => ({
  'GET /api/v1/meetings/12/history': () => ({ body: aHistory() }),
  'GET /api/v1/meetings/12/thread': () => ({ status: 404, body: {} }),
  'GET /api/v1/meetings/12/transcript': () => ({ body: { items: [aSegment('a')], total: 1 } }),
  ...more,
});
const stream = async () => {
  await waitFor(() => expect(FakeSource.open).toHaveLength(1));
  const source = FakeSource.open[0]!;
  act(() => source.say('hello', {}));
  return source;
};

it('shows what is said while it is said', async () => {
  serve(answers());
  show();
  expect(await screen.findByText('Hello.')).toBeTruthy();
  const source = await stream();
  expect(source.url).toContain('/api/v1/meetings/12/live');
  act(() =>
    source.say(
      'segment',
      aSegment('b', { text: 'And how', final: false, speaker: 'Ben', said_at: '2026-01-01T10:01:09Z' }),
    ),
  );
  expect(await screen.findByText('And how')).toBeTruthy();
  expect(screen.getByText('(still being said)')).toBeTruthy();
  act(() =>
    source.say(
      'segment',
      aSegment('b', { text: 'And how is it?', speaker: 'Ben', said_at: '2026-01-01T10:01:09Z', changed: 2 }),
    ),
  );
  expect(await screen.findByText('And how is it?')).toBeTruthy();
  expect(screen.queryByText('(still being said)')).toBeNull();
  expect(screen.getByText('0:09')).toBeTruthy();
});

it('lets go of the stream once nothing changes any more', async () => {
  serve(answers({ 'GET /api/v1/meetings/12/history': () => ({ body: aHistory({ state: 'completed' }) }) }));
  show();
  const source = await stream();
  act(() => source.say('end', {}));
  expect(FakeSource.open).toHaveLength(0);
  expect(await screen.findByText('Hello.')).toBeTruthy();
});

it('reads the meeting anew when the stream tells of a step', async () => {
  let state: 'active' | 'completed' = 'active';
  serve(answers({ 'GET /api/v1/meetings/12/history': () => ({ body: aHistory({ state }) }) }));
  show();
  expect(await screen.findByText('In the call', { selector: '.state' })).toBeTruthy();
  const source = await stream();
  state = 'completed';
  act(() => source.say('state', { state }));
  expect(await screen.findByText('Completed', { selector: '.state' })).toBeTruthy();
});

it('says the drawing in words and lists every step', async () => {
  serve(answers());
  show();
  expect(await screen.findByRole('img', { name: /in the call\. It came from starting by joined/ })).toBeTruthy();
  expect(screen.getByText('its bot says: active')).toBeTruthy();
  expect(screen.getByText('Starting → In the call')).toBeTruthy();
});

it('asks before the bot is taken away', async () => {
  const asked = serve(
    answers({ 'POST /api/v1/meetings/12/stop': () => ({ status: 202, body: aMeeting({ state: 'stopping' }) }) }),
  );
  show();
  fireEvent.click(await screen.findByRole('button', { name: 'Have it leave' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(asked.some(({ call }) => call.endsWith('/stop'))).toBe(false);
  fireEvent.click(dialog.getByRole('button', { name: 'Have it leave' }));
  await waitFor(() => expect(asked.some(({ call }) => call.endsWith('/stop'))).toBe(true));
});

it('tells the bot of another task', async () => {
  const asked = serve(
    answers({
      'POST /api/v1/meetings/12/reconfigure': () => ({ status: 202, body: aMeeting({ state: 'reconfiguring' }) }),
    }),
  );
  show();
  fireEvent.click(await screen.findByRole('button', { name: 'Language and task' }));
  const dialog = within(await screen.findByRole('dialog'));
  await waitFor(() => expect(document.activeElement).toBe(dialog.getByRole('combobox', { name: 'Language' })));
  fireEvent.change(dialog.getByLabelText('Task'), { target: { value: 'translate' } });
  fireEvent.click(dialog.getByRole('button', { name: 'Change' }));
  await waitFor(() =>
    expect(asked.find(({ call }) => call.endsWith('/reconfigure'))?.body).toEqual({
      language: 'en',
      task: 'translate',
    }),
  );
});

it('searches in what was said and hands it out as a file', async () => {
  serve(
    answers({
      'GET /api/v1/meetings/12/transcript': () => ({
        body: { items: [aSegment('a'), aSegment('b', { text: 'The roof.', speaker: 'Ben' })], total: 2 },
      }),
    }),
  );
  show();
  fireEvent.change(await screen.findByLabelText('Search in what was said'), { target: { value: 'roof' } });
  expect(await screen.findByText('1 of 2')).toBeTruthy();
  expect(screen.queryByText('Hello.')).toBeNull();
  expect(screen.getByText('roof', { selector: 'mark' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Export' }));
  const srt = await screen.findByRole('menuitem', { name: 'Subtitles (SRT)' });
  expect(srt.getAttribute('href')).toBe('/api/v1/meetings/12/transcript?format=srt');
});

it('deletes the transcript of a meeting that is over, after a question', async () => {
  let items = [aSegment('a')];
  let erased = {};
  const asked = serve(
    answers({
      'GET /api/v1/meetings/12/history': () => ({
        body: aHistory({ state: 'completed', ended_at: '2026-01-01T11:00:00Z', ...erased }),
      }),
      'GET /api/v1/meetings/12/transcript': () => ({ body: { items, total: items.length } }),
      'DELETE /api/v1/meetings/12': () => {
        items = [];
        erased = { transcript_erased_at: '2026-01-01T12:00:00Z' };
        return { body: aMeeting({ state: 'completed' }) };
      },
    }),
  );
  show();
  await screen.findByText('Hello.');
  fireEvent.change(screen.getByLabelText('Search in what was said'), { target: { value: 'hello' } });
  fireEvent.click(screen.getByRole('button', { name: 'Delete it' }));
  fireEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete the transcript' }));
  expect(await screen.findByText('No words are kept')).toBeTruthy();
  expect(screen.queryByLabelText('Search in what was said')).toBeNull();
  expect(asked.filter(({ call }) => call.startsWith('DELETE'))).toHaveLength(1);
});

it('has nothing to delete where what was said is gone', async () => {
  serve(
    answers({
      'GET /api/v1/meetings/12/history': () => ({
        body: aHistory({
          state: 'completed',
          ended_at: '2026-01-01T11:00:00Z',
          transcript_erased_at: '2026-01-02T11:00:00Z',
        }),
      }),
      'GET /api/v1/meetings/12/transcript': () => ({ body: { items: [], total: 0 } }),
    }),
  );
  show();
  await screen.findByText('No words are kept');
  expect(screen.queryByRole('button', { name: 'Delete it' })).toBeNull();
});

it('sends another bot into the same call when one has ended', async () => {
  const asked = serve(
    answers({
      'GET /api/v1/meetings/12/history': () => ({
        body: aHistory({ state: 'failed', ended_at: '2026-01-01T11:00:00Z' }),
      }),
      'POST /api/v1/meetings': () => ({ status: 201, body: aMeeting({ id: 13 }) }),
    }),
  );
  show();
  fireEvent.click(await screen.findByRole('button', { name: 'Send another bot' }));
  fireEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send the bot' }));
  await waitFor(() =>
    expect(asked.find(({ call }) => call === 'POST /api/v1/meetings')?.body).toEqual({
      link: 'https://meet.google.com/abc-defg-hij',
      language: 'en',
      task: 'transcribe',
      bot_name: 'Troupe',
    }),
  );
});

it('says that there is no such meeting', async () => {
  serve({ 'GET /api/v1/meetings/12/history': () => ({ status: 404, body: {} }) });
  show();
  expect(await screen.findByText(/somebody else’s/)).toBeTruthy();
});

it('says at once why no bot could be started', async () => {
  const history = aHistory({ state: 'error', reason: 'start_failed' });
  const attempts = [{ ...history.attempts[0]!, container: 'gone' as const, exit: 'No bot is configured: set it.' }];
  serve(answers({ 'GET /api/v1/meetings/12/history': () => ({ body: { ...history, attempts } }) }));
  show();
  expect((await screen.findByRole('alert')).textContent).toBe('No bot is configured: set it.');
  expect(screen.getByText('It did not work. It could not be started.')).toBeTruthy();
});

it('asks once for a meeting that is not there, and not at all for what is no number', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    const asked = serve({ 'GET /api/v1/meetings/12/history': () => ({ status: 404, body: { detail: 'No.' } }) });
    show();
    await screen.findByRole('heading', { level: 1, name: 'No such meeting' });
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(asked).toHaveLength(1);
    draw(page, { at: '/ui/meetings/nonsense' });
    expect(screen.getAllByRole('heading', { level: 1, name: 'No such meeting' })).toHaveLength(2);
    expect(asked).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});
