// Filters of a list that live in the address, so that a list can be sent to somebody and the way back works.
import { useSearchParams } from 'react-router';

/**
 * '' stands for any; names that are '' are not in the address. What somebody has written into an address may be anything:
 * the server says so when it knows no such choice.
 */
export function useFilters<Values extends Record<string, string>>(
  names: readonly (keyof Values & string)[],
): [Values, (name: keyof Values & string, value: string) => void, () => void] {
  const [params, setParams] = useSearchParams();
  const values = Object.fromEntries(names.map((name) => [name, params.get(name) ?? ''])) as Values;
  const change = (edit: (next: URLSearchParams) => void) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        edit(next);
        return next;
      },
      { replace: true },
    );
  const set = (name: string, value: string) => change((next) => (value ? next.set(name, value) : next.delete(name)));
  const clear = () => change((next) => names.forEach((name) => next.delete(name)));
  return [values, set, clear];
}
