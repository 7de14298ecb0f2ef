// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { ProductsProvider } from '@/kit/product';
import { sessionKey } from '@/kit/api/session';
import type { Role } from '@/kit/api/types';
import { admin, draw, newQueries } from '@/kit/testing';
import { products } from '@/products';
import { Shortcuts } from './shortcuts';

async function listed(role: Role): Promise<string[]> {
  const queries = newQueries();
  queries.setQueryData(sessionKey, { ...admin, role });
  draw(
    <ProductsProvider value={products}>
      <Shortcuts />
    </ProductsProvider>,
    { queries },
  );
  await userEvent.click(screen.getByRole('button', { name: 'Keyboard shortcuts' }));
  const dialog = await screen.findByRole('dialog');
  return within(dialog)
    .getAllByRole('term')
    .map((term) => term.textContent);
}

it('lists the keys to where one may go, and no others', async () => {
  expect(await listed('member')).toEqual([
    'Overview',
    'Assistant',
    'Bots',
    'Meetings',
    'Settings',
    'Search this page',
    'This help',
  ]);
});

it('lists all of them for an administrator', async () => {
  const all = await listed('admin');
  for (const name of ['Users', 'Server', 'Audit', 'New bot']) expect(all).toContain(name);
});
