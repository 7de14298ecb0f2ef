// Dialogs: Mantine's Modal keeps the focus inside, closes on Escape and gives the focus back.
import { Alert, Button, Modal, Stack, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { createContext, useContext, useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { Problem } from './feedback';
import { useSessionIsOver } from './api/session';
import { beyondFields } from './forms';

export const phoneQuery = '(max-width: 48em)';
export function usePhone(): boolean {
  return useMediaQuery(phoneQuery, false, { getInitialValueInEffect: false }) ?? false;
}

interface DialogProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  /** Something unrepeatable is on show: only its button closes the dialog. */
  insist?: boolean;
  /** A question, not a form: a small window on a phone too. */
  small?: boolean;
  children: ReactNode;
}

/** Mantine's <header> would count as a second banner of the page; its types do not know that a Box takes `component`. */
const plain = { component: 'div' } as object;

/** A form tells its dialog that nothing may close it now. */
const Hold = createContext<(held: boolean) => void>(() => {});

export function Dialog({ title, opened, onClose, insist = false, small = false, children }: DialogProps) {
  const phone = usePhone();
  const [held, setHeld] = useState(false);
  const [filled, setFilled] = useState(false);
  const [asking, setAsking] = useState(false);
  // Behind the sign-in nothing may close it.
  const over = useSessionIsOver();
  const stays = insist || held || over;
  const close = () => {
    setFilled(false);
    setAsking(false);
    onClose();
  };
  // Escape takes the question back first.
  const leave = () => (filled && !small && !insist ? setAsking(!asking) : close());
  if (!opened && (filled || asking)) {
    setFilled(false);
    setAsking(false);
  }
  return (
    // lockScroll would write a <style> element, which the content policy forbids; layout.css does the same.
    <Modal.Root
      opened={opened}
      onClose={leave}
      centered
      lockScroll={false}
      fullScreen={phone && !insist && !small}
      size={small ? 'md' : 'lg'}
      padding="lg"
      closeOnClickOutside={!stays}
      closeOnEscape={!stays}
      transitionProps={{ duration: 120, transition: 'fade' }}
    >
      <Modal.Overlay />
      <Modal.Content radius="md">
        <Modal.Header {...plain}>
          <Modal.Title>{title}</Modal.Title>
          {!stays && <Modal.CloseButton aria-label="Close" />}
        </Modal.Header>
        <Modal.Body onChange={({ target }) => setFilled(filled || isInForm(target))}>
          <Hold.Provider value={setHeld}>{children}</Hold.Provider>
          {asking && !stays && <Discard onDiscard={close} onBack={() => setAsking(false)} />}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** What is typed into a search is no loss. */
const isInForm = (target: EventTarget) => target instanceof Element && target.closest('form') !== null;

function Discard({ onDiscard, onBack }: { onDiscard: () => void; onBack: () => void }) {
  return (
    <Alert color="yellow" role="alert" mt="md" title="Discard what you entered?">
      <div className="dialog-actions">
        <Button variant="default" onClick={onBack} autoFocus>
          Go on editing
        </Button>
        <Button color="red" onClick={onDiscard}>
          Discard
        </Button>
      </div>
    </Alert>
  );
}

interface ConfirmProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
  /** The word on the button that does it. */
  action: string;
  /** When given, this must be typed before the button works. */
  typed?: string;
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog(props: ConfirmProps) {
  return (
    <Dialog title={props.title} opened={props.opened} onClose={props.onClose} small>
      <ConfirmForm {...props} />
    </Dialog>
  );
}

function ConfirmForm({ children, action, typed, pending, error, onConfirm, onClose }: ConfirmProps) {
  const [text, setText] = useState('');
  const ready = typed === undefined || text.trim() === typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !pending) onConfirm();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <div>{children}</div>
        {typed !== undefined && (
          <TextInput
            data-autofocus
            label={
              <>
                Type <span className="mono">{typed}</span> to confirm
              </>
            }
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
        {error != null && <Problem error={error} />}
        <div className="dialog-actions">
          <Button variant="default" onClick={onClose} data-autofocus={typed === undefined || undefined}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={!ready} loading={pending}>
            {action}
          </Button>
        </div>
      </Stack>
    </form>
  );
}

interface FormEndProps {
  /** Why the last try failed, if it did. */
  error: unknown;
  /** The server's names of the fields on show: what they say of it is not said again here. */
  fields?: readonly string[];
  pending: boolean;
  /** The words on the button that sends the form. */
  action: string;
  /** The answer brings something that is shown once: nothing closes the dialog before it is there. */
  once?: boolean;
  onClose: () => void;
}

/** The end of every form in a dialog: what went wrong, the way out, and the button that sends it. */
export function FormEnd({ error, fields = [], pending, action, once = false, onClose }: FormEndProps) {
  const hold = useContext(Hold);
  const held = once && pending;
  useEffect(() => {
    hold(held);
    return () => hold(false);
  }, [hold, held]);
  const rest = beyondFields(error, fields);
  return (
    <>
      {rest != null && <Problem error={rest} />}
      <div className="dialog-actions">
        <Button variant="default" onClick={onClose} disabled={held}>
          Cancel
        </Button>
        <Button type="submit" loading={pending}>
          {action}
        </Button>
      </div>
    </>
  );
}
