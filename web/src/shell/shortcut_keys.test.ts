import { expect, it } from 'vitest';
import { Keys, type Pressed } from './shortcut_keys';

const places = [
  { key: 'o', to: '/ui' },
  { key: 'b', to: '/ui/bots' },
];
const pressed = (key: string, atMs: number, more: Partial<Pressed> = {}): Pressed => ({
  key,
  atMs,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  ...more,
});

it('takes one key, or g and another soon after', () => {
  const keys = new Keys(places);
  expect(keys.press(pressed('?', 0))).toEqual({ do: 'help' });
  expect(keys.press(pressed('g', 10))).toBeUndefined();
  expect(keys.press(pressed('b', 500))).toEqual({ go: '/ui/bots' });
  expect(keys.press(pressed('b', 600))).toBeUndefined();
  keys.press(pressed('g', 1000));
  expect(keys.press(pressed('b', 9000))).toBeUndefined();
  keys.press(pressed('g', 10_000));
  expect(keys.press(pressed('n', 10_100))).toBeUndefined();
});
it('leaves the browser its own', () => {
  const keys = new Keys(places);
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }])
    expect(keys.press(pressed('n', 0, more))).toBeUndefined();
});
