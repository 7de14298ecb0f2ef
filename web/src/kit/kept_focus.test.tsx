// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect, useState } from 'react';
import { Menu } from '@mantine/core';
import { expect, it } from 'vitest';
import { ConfirmDialog } from './dialog';
import { keepFocus } from './kept_focus';
import { draw } from './testing';

function Row({ name, onGone }: { name: string; onGone: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <li>
      <button onClick={() => setAsking(true)}>Delete {name}</button>
      <ConfirmDialog
        title={`Delete ${name}?`}
        opened={asking}
        onClose={() => setAsking(false)}
        action="Do it"
        pending={false}
        error={null}
        onConfirm={onGone}
      >
        It is gone then.
      </ConfirmDialog>
    </li>
  );
}

function Page() {
  const [rows, setRows] = useState(['roof', 'yard']);
  const [locking, setLocking] = useState(false);
  useEffect(keepFocus, []);
  return (
    <main tabIndex={-1}>
      <button>Another</button>
      <section aria-label="Files">
        <ul>
          {rows.map((row) => (
            <Row key={row} name={row} onGone={() => setRows(rows.filter((one) => one !== row))} />
          ))}
        </ul>
      </section>
      <Menu>
        <Menu.Target>
          <button>More</button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setLocking(true)}>Lock</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        title="Lock?"
        opened={locking}
        onClose={() => setLocking(false)}
        action="Lock it"
        pending={false}
        error={null}
        onConfirm={() => setLocking(false)}
      >
        Nobody comes in.
      </ConfirmDialog>
    </main>
  );
}

it('goes on where the row stood that a dialog deleted', async () => {
  const user = userEvent.setup();
  draw(<Page />);
  await user.click(screen.getByRole('button', { name: 'Delete roof' }));
  await user.click(await screen.findByRole('button', { name: 'Do it' }));
  await waitFor(() => expect(screen.queryByText('Delete roof')).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('region', { name: 'Files' })));
  await user.tab();
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Delete yard' }));
});

it('goes back to the button of the menu that led to a dialog', async () => {
  const user = userEvent.setup();
  draw(<Page />);
  await user.click(screen.getByRole('button', { name: 'More' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Lock' }));
  await user.click(await screen.findByRole('button', { name: 'Lock it' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'More' })));
});

it('leaves it nowhere for whoever clicked beside everything', async () => {
  const user = userEvent.setup();
  draw(<Page />);
  await user.click(screen.getByRole('button', { name: 'Another' }));
  await user.click(document.body);
  await waitFor(() => expect(document.activeElement).toBe(document.body));
  await new Promise((done) => requestAnimationFrame(done));
  screen.getByRole('button', { name: 'Another' }).remove();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  expect(document.activeElement).toBe(document.body);
});
