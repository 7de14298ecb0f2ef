// The field to say something to the assistant.
import { Button, Textarea } from '@mantine/core';
import { useEffect, useRef, type FormEvent, type KeyboardEvent } from 'react';
import { Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';

/** Of what a person may say at once; the server counts bytes, and says so. */
const mostCharacters = 65_536;

interface Props {
  text: string;
  onText: (text: string) => void;
  onSend: () => void;
  busy: boolean;
  error: unknown;
  placeholder: string;
  /** It has the focus whenever something may be typed; not where something else was just asked. */
  takesFocus: boolean;
}

export function Composer({ text, onText, onSend, busy, error, placeholder, takesFocus }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
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
  return (
    <form className="composer" onSubmit={submit}>
      {error != null && <Problem error={error} title="That was not taken" />}
      <div className="composer-row">
        <Textarea
          ref={field}
          aria-label="Message to the assistant"
          placeholder={placeholder}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={mostCharacters}
          value={text}
          onChange={(event) => onText(event.currentTarget.value)}
          onKeyDown={keyed}
        />
        <Button
          type="submit"
          aria-label="Send"
          loading={busy}
          aria-disabled={!text.trim()}
          data-disabled={!text.trim() || undefined}
        >
          <Icon name="send" size={18} />
        </Button>
      </div>
      <div className="composer-foot small dim">
        <span>Enter sends, Shift + Enter begins a line. Nothing is done before you have seen it.</span>
      </div>
    </form>
  );
}
