// The numbered answers to a question: a button each, and the keys 1 to 9.
import { Button } from '@mantine/core';
import { useEffect, useEffectEvent } from 'react';
import { isTaken, useSingleKeys } from '@/kit/single_keys';
import type { Choice } from '../api/types';
import { seenText } from './seen_text';

const lastKey = 9;

interface Props {
  /** What is asked: the name of the group. */
  question: string;
  choices: Choice[];
  busy: boolean;
  /** Which one was taken, while the answer is under way. */
  taken: string | undefined;
  /** Whoever was asked just now is led there. */
  focusFirst: boolean;
  onChoose: (id: string) => void;
}

export function Choices({ question, choices, busy, taken, focusFirst, onChoose }: Props) {
  const [keysOn] = useSingleKeys();
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (isTaken(event) || event.ctrlKey || event.altKey || event.metaKey || event.repeat || busy) return;
    const number = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    const choice = choices[number - 1];
    if (!choice) return;
    event.preventDefault();
    onChoose(choice.id);
  });
  useEffect(() => {
    if (!keysOn) return;
    const listen = (event: KeyboardEvent) => pressed(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [keysOn]);
  return (
    <div role="group" aria-label={question}>
      <ol className="choices">
        {choices.map(({ id, label }, place) => (
          <li key={id}>
            <Button
              variant="default"
              fullWidth
              justify="flex-start"
              autoFocus={focusFirst && place === 0}
              loading={taken === id}
              aria-disabled={busy}
              data-disabled={busy || undefined}
              leftSection={<kbd aria-hidden="true">{place + 1}</kbd>}
              onClick={() => !busy && onChoose(id)}
            >
              <span className="visually-hidden">{place + 1}.</span> {seenText(label)}
            </Button>
          </li>
        ))}
      </ol>
      {keysOn && choices.length > 1 && (
        <p className="small dim desktop-only">
          The keys 1 to {Math.min(lastKey, choices.length)} choose, too, outside of the message field.
        </p>
      )}
    </div>
  );
}
