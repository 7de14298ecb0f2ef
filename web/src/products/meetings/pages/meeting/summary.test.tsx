// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import type { Meeting } from '../../api/types';
import { aMeeting } from '../../testing';
import { SummarySection } from './summary';

const over: Partial<Meeting> = { state: 'completed', ended_at: '2026-01-01T11:00:00Z' };
const show = (more: Partial<Meeting>) => draw(<SummarySection meeting={aMeeting({ ...over, ...more })} />, { at: '/' });
const path = '/api/v1/meetings/12/summary';

it('shows text, decisions and tasks as plain text', async () => {
  serve({
    [`GET ${path}`]: () => ({
      body: {
        summary: 'They met.\n<img src=x onerror=alert(1)> https://evil.example',
        decisions: ['Ship it.'],
        tasks: [{ who: 'Ann', what: 'Write tests', due: 'Friday' }, { what: 'Docs' }],
        left_out: 'The middle is not in it.',
        made_at: '2026-01-01T11:02:00Z',
      },
    }),
  });
  show({ summary: 'done' });
  expect(await screen.findByText('They met.')).toBeTruthy();
  expect(screen.getByText(/<img src=x/)).toBeTruthy();
  expect(document.querySelector('section img, section a')).toBeNull();
  expect(screen.getByText('Ship it.')).toBeTruthy();
  expect(screen.getByText('Ann:')).toBeTruthy();
  expect(screen.getByText('(Friday)')).toBeTruthy();
  expect(screen.getByText('The middle is not in it.')).toBeTruthy();
});

it('says why there is none, and tries again when asked', async () => {
  const asked = serve({
    [`GET ${path}`]: () => ({ status: 404, body: { detail: 'There is no summary: No model answered.' } }),
    [`POST ${path}`]: () => ({ status: 202, body: aMeeting({ ...over, summary: 'pending' }) }),
  });
  show({ summary: 'failed' });
  expect((await screen.findByRole('alert')).textContent).toContain('No model answered');
  fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
  await waitFor(() => expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(true));
});

it('waits for what is made, and asks for nothing then', () => {
  const asked = serve({});
  show({ summary: 'pending' });
  expect(screen.getByRole('status').textContent).toContain('being made');
  expect(asked).toHaveLength(0);
});

it('offers one where there is none, and says so where there is no model', async () => {
  serve({ [`POST ${path}`]: () => ({ status: 409, body: { detail: 'This server has no model.' } }) });
  show({ summary: 'none' });
  fireEvent.click(screen.getByRole('button', { name: 'Make a summary' }));
  expect(await screen.findByText(/no model/)).toBeTruthy();
});

it('is not there before the end, nor for words that are gone', () => {
  serve({});
  show({ state: 'active', ended_at: undefined, summary: 'none' });
  expect(screen.queryByText('Summary')).toBeNull();
  show({ transcript_erased_at: '2026-01-02T11:00:00Z', summary: 'none' });
  expect(screen.queryByText('Summary')).toBeNull();
});
