import { useState } from 'react';

/**
 * State that begins anew when `key` is another: the page of a list, when another list is asked for. `first`: what it is
 * for the first key, when that was kept from before.
 */
export function useKeyed<Value>(key: string, initial: Value, first = initial): [Value, (next: Value) => void] {
  const [kept, keep] = useState({ key, value: first });
  // Forgotten at once and not only passed over: whoever comes back to the first key begins anew, too.
  if (kept.key !== key) keep({ key, value: initial });
  return [kept.key === key ? kept.value : initial, (value) => keep({ key, value })];
}
