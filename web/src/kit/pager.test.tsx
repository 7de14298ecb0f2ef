// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { Pager, usePaging, useSlice } from './pager';
import { draw } from './testing';

function Sliced({ count, filter }: { count: number; filter: string }) {
  const items = Array.from({ length: count }, (_, at) => `item ${at}`);
  const { shown, pager } = useSlice(items, 10, filter);
  return (
    <>
      <p data-testid="shown">{shown.join()}</p>
      {pager('entries')}
    </>
  );
}
const first = () => screen.getByTestId('shown').textContent.split(',')[0];

it('goes on and back, begins anew with another filter, and never stands behind the end', async () => {
  const user = userEvent.setup();
  const { rerender } = draw(<Sliced count={25} filter="" />);
  expect(first()).toBe('item 0');
  expect(screen.getByRole('button', { name: 'Previous' })).toHaveProperty('disabled', true);
  await user.click(screen.getByRole('button', { name: 'Next' }));
  await user.click(screen.getByRole('button', { name: 'Next' }));
  expect(first()).toBe('item 20');
  expect(screen.getByRole('button', { name: 'Next' })).toHaveProperty('disabled', true);
  rerender(<Sliced count={15} filter="" />);
  expect(first()).toBe('item 10');
  rerender(<Sliced count={25} filter="x" />);
  expect(first()).toBe('item 0');
  rerender(<Sliced count={25} filter="" />);
  expect(first()).toBe('item 0');
});

it('says how many there are where there is one page, in the right number', () => {
  const { rerender } = draw(<Sliced count={1} filter="" />);
  screen.getByText('1 entry');
  rerender(<Sliced count={3} filter="" />);
  screen.getByText('3 entries');
});

function Served({ rows }: { rows: (from: number) => number }) {
  const paging = usePaging();
  const shown = rows(paging.from);
  return (
    <Pager
      paging={paging}
      shown={shown}
      total={30}
      next={paging.from === 0 ? 25 : undefined}
      what="bots"
      busy={false}
    />
  );
}

it('says what it shows of a list that nobody counts', () => {
  const paging = { page: 2, forward: () => {}, back: () => {} };
  draw(<Pager paging={paging} shown={25} next={50} what="tasks" busy={false} />);
  screen.getByText('Page 2 · 25 tasks');
});

it('goes to the page before when the last row of a page is deleted', async () => {
  const user = userEvent.setup();
  const { rerender } = draw(<Served rows={() => 5} />);
  await user.click(screen.getByRole('button', { name: 'Next' }));
  screen.getByText(/^Page 2/);
  rerender(<Served rows={(from) => (from === 0 ? 25 : 0)} />);
  await waitFor(() => screen.getByText(/^Page 1/));
});
