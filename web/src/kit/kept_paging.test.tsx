// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { useLocation } from 'react-router';
import { expect, it } from 'vitest';
import { trailOf, useKeptPaging } from './kept_paging';
import { draw } from './testing';

it('takes pages out of an address, and nothing else', () => {
  expect(trailOf('')).toEqual([0]);
  expect(trailOf('25.50')).toEqual([0, 25, 50]);
  for (const bad of ['x', '0', '25.25', '50.25', '-1', '25.', '1e3', '9'.repeat(30)]) expect(trailOf(bad)).toEqual([0]);
});

function List() {
  const paging = useKeptPaging();
  const { search } = useLocation();
  return (
    <>
      <input aria-label="search" value={paging.search} onChange={(event) => paging.setSearch(event.target.value)} />
      <button onClick={() => paging.forward(paging.from + 25)}>next</button>
      <p>{`page ${paging.page} from ${paging.from} of “${paging.asked}” in ${search}`}</p>
    </>
  );
}

it('begins where the address says', () => {
  draw(<List />, { at: '/?q=roof&pages=25.50&state=failed' });
  expect(screen.getByText('page 3 from 50 of “roof” in ?q=roof&pages=25.50&state=failed')).toBeTruthy();
});

it('writes where it is into the address, and begins anew with another search', async () => {
  draw(<List />, { at: '/?state=failed' });
  fireEvent.click(screen.getByText('next'));
  expect(await screen.findByText('page 2 from 25 of “” in ?state=failed&pages=25')).toBeTruthy();
  fireEvent.change(screen.getByLabelText('search'), { target: { value: 'roof' } });
  await waitFor(() => expect(screen.getByText('page 1 from 0 of “roof” in ?state=failed&q=roof')).toBeTruthy());
});
