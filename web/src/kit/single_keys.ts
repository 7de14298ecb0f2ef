// Keys that do something by themselves: never while one types, and who does not want them turns all of them off.
import { useLocalStorage } from '@mantine/hooks';

export function useSingleKeys() {
  return useLocalStorage({ key: 'troupe-shortcuts', defaultValue: true, getInitialValueInEffect: false });
}

const fields = 'input, textarea, select, [contenteditable], [role=menu], [role=dialog]';

/** The key belongs to what has the focus, or somebody has used it already. */
export const isTaken = (event: KeyboardEvent) =>
  event.defaultPrevented ||
  (event.target as Element | null)?.closest(fields) != null ||
  document.querySelector('[role=dialog][aria-modal=true]') !== null;
