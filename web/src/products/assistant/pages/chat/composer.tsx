// The field to say something to the assistant, with files: chosen, dropped or pasted.
import { Button, Textarea } from '@mantine/core';
import {
  useEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type DragEvent,
  type FormEvent,
  type KeyboardEvent,
} from 'react';
import { useMe } from '@/kit/api/session';
import { sayBytes } from '@/kit/bytes';
import { Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { mostFileBytes } from '../../api/files';
import { seenText } from '../../parts/seen_text';
import { mostFiles, type Attachments } from './attachments';

/** Of what a person may say at once, in UTF-8. */
const mostBytes = 16_384;

/** Told, and not cut: whoever pastes a long text would lose its end without a word. */
export function textProblem(text: string): string | null {
  const bytes = new TextEncoder().encode(text.trim()).length;
  const say = (number: number) => number.toLocaleString('en');
  return bytes > mostBytes ? `Too long: ${say(bytes)} bytes, and at most ${say(mostBytes)} can be sent.` : null;
}

interface Props {
  text: string;
  onText: (text: string) => void;
  onSend: () => void;
  /** It may be sent as it is. */
  ready: boolean;
  files: Attachments;
  busy: boolean;
  error: unknown;
  placeholder: string;
  /** It has the focus whenever something may be typed; not where something else was just asked. */
  takesFocus: boolean;
}

export function Composer({ text, onText, onSend, ready, files, busy, error, placeholder, takesFocus }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  // Files are kept by an account: a key has none.
  const mayAttach = useMe().user_id !== '';
  const drop = useDrop(mayAttach && !busy ? files.add : undefined);
  useEffect(() => {
    if (!busy && takesFocus) field.current?.focus({ preventScroll: true });
  }, [busy, takesFocus]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  const keyed = (event: KeyboardEvent) => {
    // While a character is being composed (Japanese, for one) Enter belongs to the composing.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
  };
  const pasted = (event: ClipboardEvent) => {
    // A text that was copied with its picture is pasted as a text.
    if (
      !mayAttach ||
      busy ||
      event.clipboardData.files.length === 0 ||
      event.clipboardData.types.includes('text/plain')
    )
      return;
    event.preventDefault();
    files.add(event.clipboardData.files);
  };
  return (
    <form className="composer" onSubmit={submit} data-over={drop.over || undefined} {...drop.handlers}>
      {error != null && <Problem error={error} title="That was not taken" />}
      <AttachmentList files={files} busy={busy} />
      <div className="composer-row">
        <Textarea
          ref={field}
          aria-label="Message to the assistant"
          placeholder={placeholder}
          autosize
          minRows={1}
          maxRows={8}
          error={textProblem(text)}
          value={text}
          onChange={(event) => onText(event.currentTarget.value)}
          onKeyDown={keyed}
          onPaste={pasted}
        />
        {mayAttach && <AttachButton onFiles={files.add} disabled={busy} />}
        <Button
          type="submit"
          aria-label="Send"
          loading={busy}
          aria-disabled={!ready}
          data-disabled={!ready || undefined}
        >
          <Icon name="send" size={18} />
        </Button>
      </div>
      <div className="composer-foot small dim">
        <span>Enter sends, Shift + Enter begins a line. Nothing is done before you have seen it.</span>
        {mayAttach && (
          <span>
            Files: attach, drop or paste up to {mostFiles}, {sayBytes(mostFileBytes)} each.
          </span>
        )}
        <span role="status" className="bad">
          {seenText(files.refused)}
        </span>
      </div>
    </form>
  );
}

function AttachButton({ onFiles, disabled }: { onFiles: (files: Iterable<File>) => void; disabled: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-attach
        onChange={(event) => {
          const chosen = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (chosen.length > 0) onFiles(chosen);
        }}
      />
      <Button variant="default" aria-label="Attach files" disabled={disabled} onClick={() => input.current?.click()}>
        <Icon name="clip" size={18} />
      </Button>
    </>
  );
}

function AttachmentList({ files: { list, remove }, busy }: { files: Attachments; busy: boolean }) {
  if (list.length === 0) return null;
  return (
    <ul className="attachments" aria-label="Files that go with it">
      {list.map(({ id, name, bytes, uri, error }) => (
        <li key={id} data-state={error ? 'failed' : uri ? 'ready' : 'sending'}>
          <span className="attachment-name" dir="auto">
            {seenText(name)}
          </span>
          <span className={error ? 'bad' : 'dim'}>
            {error ? seenText(error) : uri ? sayBytes(bytes) : `${sayBytes(bytes)}, on its way`}
          </span>
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={busy}
            aria-label={`Take ${seenText(name)} away`}
            onClick={() => remove(id)}
          >
            <Icon name="close" size={14} />
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** A place to drop files on, while there is somebody to take them. */
function useDrop(onFiles: ((files: Iterable<File>) => void) | undefined) {
  const [over, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault(); // Or the browser opens the file in place of the page.
        setOver(onFiles !== undefined);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles?.(event.dataTransfer.files);
      },
    },
  };
}
