// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { App } from '@/app';
import { admin, draw, serve } from '@/kit/testing';
import { products } from '@/products';

/** jsdom has none; the frame listens to the live stream. */
class NoEvents {
  addEventListener() {}
  close() {}
}

it('joins the console by a line in the list: a tab, and a page behind it', async () => {
  expect(products.map(({ name }) => name)).toContain('sample');
  vi.stubGlobal('EventSource', NoEvents);
  serve({
    'GET /api/v1/session': () => ({ body: admin }),
    'GET /api/v1/sample/notes': () => ({
      body: { greeting: 'Ahoy', items: [{ id: 7, text: 'the first note' }], total: 1 },
    }),
  });
  draw(<App />, { at: '/ui/keys' });
  await userEvent.click(await screen.findByRole('link', { name: 'Sample' }));
  await screen.findByText('the first note');
  screen.getByText('Ahoy');
});
