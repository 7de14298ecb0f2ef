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

it('begins a new page at its top', async () => {
  const user = userEvent.setup();
  const seen: Element[] = [];
  Element.prototype.scrollIntoView = function () {
    seen.push(this);
  };
  draw(<Sliced count={25} filter="" />);
  const list = screen.getByTestId('shown');
  await user.click(screen.getByRole('button', { name: 'Next' }));
  expect(seen).toEqual([]); // All of it is in sight.
  list.getBoundingClientRect = () => ({ top: -800 }) as DOMRect;
  await user.click(screen.getByRole('button', { name: 'Next' }));
  expect(seen).toEqual([list]);
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

it('keeps the focus while the next page comes, and where there is none after it', async () => {
  const user = userEvent.setup();
  const turned: number[] = [];
  const pager = (page: number, next: number | undefined, busy: boolean) => (
    <Pager
      paging={{ page, forward: (at) => turned.push(at), back: () => {} }}
      shown={25}
      total={60}
      next={next}
      what="users"
      busy={busy}
    />
  );
  const { rerender } = draw(pager(1, 25, false));
  await user.click(screen.getByRole('button', { name: 'Next' }));
  rerender(pager(2, 25, true)); // The old page stands there until the next one has come.
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Next' }));
  await user.keyboard('{Enter}');
  expect(turned).toEqual([25]); // Not twice to the same page.
  rerender(pager(2, 50, false));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Next' }));
  await user.keyboard('{Enter}');
  expect(turned).toEqual([25, 50]);
  rerender(pager(3, undefined, true));
  screen.getByRole('button', { name: 'Next' }).blur(); // As browsers do with what is disabled.
  rerender(pager(3, undefined, false));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Previous' }));
});
