// Waiting for what events bring, with an end.
import { Ended } from '../protocol.ts';

/** Yields when `check` does; it is asked now, whenever `listen` says so, and every second. */
export async function until(check: () => boolean, ms: number, what: string, listen: (look: () => void) => void = () => {}): Promise<void> {
  const end = performance.now() + ms;
  while (!check()) {
    const left = end - performance.now();
    if (left <= 0) throw new Ended('no_way_in', `${what} did not come within ${ms / 1000} s`);
    await new Promise<void>((resolve) => {
      setTimeout(resolve, Math.min(left, 1000));
      listen(resolve);
    });
  }
}
