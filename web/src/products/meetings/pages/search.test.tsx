// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import { aMeeting, aSegment } from '../testing';
import SearchPage from './search';

it('finds what was said, with a way to its place', async () => {
  const asked = serve({
    'GET /api/v1/transcripts/search': () => ({
      body: { items: [{ segment: aSegment('a', { text: 'The budget is fine.' }), meeting: aMeeting() }] },
    }),
  });
  draw(<SearchPage />);
  expect(screen.getByText('What was it about?')).toBeTruthy();
  fireEvent.change(screen.getByLabelText('Words that were said'), { target: { value: 'budget' } });
  expect(await screen.findByText('budget', { selector: 'mark' })).toBeTruthy();
  expect(asked[0]!.url.searchParams.get('q')).toBe('budget');
  expect(screen.getByRole('link', { name: /Google Meet/ }).getAttribute('href')).toBe('/ui/meetings/12?search=budget');
});

it('says that nobody said that', async () => {
  serve({ 'GET /api/v1/transcripts/search': () => ({ body: { items: [] } }) });
  draw(<SearchPage />);
  fireEvent.change(screen.getByLabelText('Words that were said'), { target: { value: 'nothing' } });
  expect(await screen.findByText('Nobody said that')).toBeTruthy();
});
