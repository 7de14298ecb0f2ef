// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState, type ReactNode } from 'react';
import { expect, it } from 'vitest';
import { Dialog, FormEnd } from './dialog';
import { draw } from './testing';

function Stage({ children }: { children: (close: () => void) => ReactNode }) {
  const [opened, setOpened] = useState(true);
  const close = () => setOpened(false);
  return (
    <>
      <button onClick={() => setOpened(true)}>Open</button>
      <Dialog title="A form" opened={opened} onClose={close}>
        {children(close)}
      </Dialog>
    </>
  );
}

function Form({ pending = false, once = false, onClose }: { pending?: boolean; once?: boolean; onClose: () => void }) {
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <input aria-label="Name" />
      <FormEnd error={null} pending={pending} action="Make it" once={once} onClose={onClose} />
    </form>
  );
}

const gone = () => waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
const question = () => screen.queryByText('Discard what you entered?');

it('closes at once where nothing was entered', async () => {
  draw(<Stage>{(close) => <Form onClose={close} />}</Stage>);
  await screen.findByRole('dialog');
  await userEvent.keyboard('{Escape}');
  await gone();
});

it('asks before what was entered is lost', async () => {
  draw(<Stage>{(close) => <Form onClose={close} />}</Stage>);
  await userEvent.type(await screen.findByLabelText('Name'), 'anna');
  await userEvent.keyboard('{Escape}');
  const alert = await screen.findByRole('alert');
  await waitFor(() =>
    expect(document.activeElement).toBe(within(alert).getByRole('button', { name: 'Go on editing' })),
  );
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(question()).toBeNull());
  expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('anna');
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Discard' }));
  await gone();
  await userEvent.click(screen.getByText('Open'));
  await screen.findByRole('dialog');
  await userEvent.keyboard('{Escape}');
  await gone();
});

it('takes its own way out at its word, and a search for no form', async () => {
  const { unmount } = draw(<Stage>{(close) => <Form onClose={close} />}</Stage>);
  await userEvent.type(await screen.findByLabelText('Name'), 'anna');
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await gone();
  unmount();
  draw(<Stage>{() => <input aria-label="Search" />}</Stage>);
  await userEvent.type(await screen.findByLabelText('Search'), 'anna');
  await userEvent.keyboard('{Escape}');
  await gone();
});

it('stays while something is made that is shown once', async () => {
  draw(<Stage>{(close) => <Form pending once onClose={close} />}</Stage>);
  await screen.findByRole('dialog');
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Close' })).toBeNull());
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Cancel' }).disabled).toBe(true);
  await userEvent.keyboard('{Escape}');
  await userEvent.click(document.querySelector('.mantine-Modal-overlay')!);
  expect(question()).toBeNull();
  screen.getByRole('dialog');
});
