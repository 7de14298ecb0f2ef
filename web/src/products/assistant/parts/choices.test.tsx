// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { draw } from '@/kit/testing';
import { Choices } from './choices';

const choices = ['Shaw', 'Old \u202eShaw', 'None'].map((label, place) => ({ id: `p${place}`, label }));
const onChoose = vi.fn();
beforeEach(() => {
  onChoose.mockClear();
  localStorage.clear();
});

function drawChoices({ busy = false, focusFirst = false } = {}) {
  return draw(
    <>
      <input aria-label="Elsewhere" />
      <Choices
        question="Which one?"
        choices={choices}
        busy={busy}
        taken={undefined}
        focusFirst={focusFirst}
        onChoose={onChoose}
      />
    </>,
  );
}

it('is a group with a numbered button for each answer, in which nothing hides', async () => {
  drawChoices({ focusFirst: true });
  screen.getByRole('group', { name: 'Which one?' });
  expect(screen.getByRole('button', { name: '1. Shaw' })).toBe(document.activeElement);
  await userEvent.click(screen.getByRole('button', { name: '2. Old ⟨U+202E⟩Shaw' }));
  expect(onChoose.mock.calls).toEqual([['p1']]);
});

it('takes the keys 1 to 9, but not while one types', async () => {
  drawChoices();
  await userEvent.keyboard('3');
  await userEvent.keyboard('7'); // There are three.
  await userEvent.keyboard('{Control>}1{/Control}');
  expect(onChoose.mock.calls).toEqual([['p2']]);
  await userEvent.type(screen.getByLabelText('Elsewhere'), '1');
  expect(onChoose).toHaveBeenCalledTimes(1);
});

it('takes none while an answer is under way, nor where single keys are turned off', async () => {
  const { unmount } = drawChoices({ busy: true });
  await userEvent.keyboard('1');
  await userEvent.click(screen.getByRole('button', { name: '1. Shaw' }));
  unmount();
  localStorage.setItem('troupe-shortcuts', 'false');
  drawChoices();
  await userEvent.keyboard('1');
  expect(onChoose).not.toHaveBeenCalled();
  expect(screen.queryByText(/^The keys/)).toBeNull();
});
