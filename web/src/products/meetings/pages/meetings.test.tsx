// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { draw, newQueries, serve } from '@/kit/testing';
import { aMeeting } from '../testing';
import MeetingsPage from './meetings';

const list = (items: unknown[], more = {}) => ({ body: { items, total: items.length, ...more } });

it('shows the meetings, and of those that need somebody what', async () => {
  serve({
    'GET /api/v1/meetings': () =>
      list([aMeeting(), aMeeting({ id: 13, state: 'starting', phase: 'awaiting_admission', native_meeting_id: 'x' })]),
  });
  draw(<MeetingsPage />);
  expect(await screen.findByText('In the call', { selector: '.state' })).toBeTruthy();
  expect(screen.getByText(/waits in the lobby/)).toBeTruthy();
  expect(screen.getAllByRole('link', { name: 'Google Meet' })[0]!.getAttribute('href')).toBe('/ui/meetings/12');
});

it('says what to do where there are none', async () => {
  serve({ 'GET /api/v1/meetings': () => list([]) });
  draw(<MeetingsPage />);
  expect(await screen.findByText('No meetings yet')).toBeTruthy();
  expect(screen.getByText(/Copy the link of a call/)).toBeTruthy();
});

it('says before a bot is sent that nobody writes down what it hears', async () => {
  serve({
    'GET /api/v1/meetings': () => list([]),
    'GET /api/v1/overview': () => ({
      body: { checks: [{ name: 'transcription', ok: false, detail: 'Set meetings.whisper_upstream.' }] },
    }),
  });
  draw(<MeetingsPage />);
  expect(await screen.findByText('What is said in calls is not written down')).toBeTruthy();
  expect(screen.getByText(/Set meetings\.whisper_upstream/)).toBeTruthy();
});

it('asks for one state, which stands in the address', async () => {
  const asked = serve({ 'GET /api/v1/meetings': () => list([]) });
  draw(<MeetingsPage />, { at: '/ui/meetings?state=failed' });
  expect(await screen.findByText('No meeting is in this state')).toBeTruthy();
  const listed = asked.find(({ call }) => call === 'GET /api/v1/meetings')!;
  expect(listed.url.searchParams.get('state')).toBe('failed');
});

it('sends what was filled in and nothing else', async () => {
  const asked = serve({
    'GET /api/v1/meetings': () => list([]),
    'POST /api/v1/meetings': () => ({ status: 201, body: aMeeting() }),
  });
  draw(<MeetingsPage />);
  fireEvent.click((await screen.findAllByRole('button', { name: 'Send a bot' }))[0]!);
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByLabelText('Link of the call'), { target: { value: ' https://meet.jit.si/Room ' } });
  fireEvent.change(dialog.getByLabelText('Room for the transcript'), { target: { value: '#team:example.org' } });
  fireEvent.click(dialog.getByRole('button', { name: 'Send the bot' }));
  await waitFor(() => expect(asked.some(({ call }) => call === 'POST /api/v1/meetings')).toBe(true));
  expect(asked.find(({ call }) => call === 'POST /api/v1/meetings')!.body).toEqual({
    link: 'https://meet.jit.si/Room',
    task: 'transcribe',
    room: '#team:example.org',
  });
});

it('says what is wrong with a link, and where the bot is that is in the way', async () => {
  let answer: { status: number; body: unknown } = { status: 400, body: { detail: 'That is no code of Google Meet.' } };
  serve({ 'GET /api/v1/meetings': () => list([]), 'POST /api/v1/meetings': () => answer });
  draw(<MeetingsPage />);
  fireEvent.click((await screen.findAllByRole('button', { name: 'Send a bot' }))[0]!);
  const dialog = within(await screen.findByRole('dialog'));
  const send = () => fireEvent.click(dialog.getByRole('button', { name: 'Send the bot' }));
  send();
  expect(await dialog.findByText('Paste the link of the call.')).toBeTruthy();
  fireEvent.change(dialog.getByLabelText('Link of the call'), { target: { value: 'https://meet.google.com/abc' } });
  send();
  expect(await dialog.findByText('That is no code of Google Meet.')).toBeTruthy();
  answer = { status: 409, body: { detail: 'A bot of yours is in that call already: meeting 9.' } };
  send();
  const other = await dialog.findByRole('link', { name: 'Look at the one that is there' });
  expect(other.getAttribute('href')).toBe('/ui/meetings/9');
});

it('lets operators choose a driver, and members not', async () => {
  serve({ 'GET /api/v1/meetings': () => list([]) });
  draw(<MeetingsPage />, { queries: newQueries({ role: 'member' }) });
  fireEvent.click((await screen.findAllByRole('button', { name: 'Send a bot' }))[0]!);
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByLabelText('Link of the call')).toBeTruthy();
  expect(dialog.queryByLabelText('Task driver')).toBeNull();
});
