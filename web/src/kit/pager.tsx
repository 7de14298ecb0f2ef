// Paging over lists that answer {items, total?, next_from?}.
import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Icon } from './icons';
import { useKeyed } from './use_keyed';

/** Of every list that the server hands out in pages. */
export const pageSize = 25;

const firstPage = [0];

/**
 * Where a list stands: the search that is asked for, and the way back to the pages seen. Another `filter` begins anew.
 * `first`: where it begins, when that was kept.
 */
export function usePaging(filter = '', first: { search: string; trail: number[] } = { search: '', trail: firstPage }) {
  const [search, setSearch] = useState(first.search);
  const [asked] = useDebouncedValue(search.trim(), 250);
  const [trail, setTrail] = useKeyed(`${filter} ${asked}`, firstPage, first.trail);
  return {
    trail,
    search,
    setSearch,
    asked,
    from: trail.at(-1) ?? 0,
    page: trail.length,
    forward: (next: number) => setTrail([...trail, next]),
    back: () => setTrail(trail.slice(0, -1)),
  };
}
export type Paging = ReturnType<typeof usePaging>;

/** Pages of a list that the server hands out whole. Another `filter` begins anew. */
export function useSlice<Item>(items: Item[], perPage: number, filter = '') {
  const [wanted, setWanted] = useKeyed(filter, 0);
  const last = Math.max(0, Math.ceil(items.length / perPage) - 1);
  const at = Math.min(wanted, last); // Fewer than before: the last page there is.
  const shown = items.slice(at * perPage, (at + 1) * perPage);
  const pager = (what: string) => (
    <Pager
      paging={{ page: at + 1, forward: (next) => setWanted(next), back: () => setWanted(at - 1) }}
      shown={shown.length}
      total={items.length}
      next={at < last ? at + 1 : undefined}
      what={what}
      busy={false}
    />
  );
  return { shown, pager };
}

interface PagerProps {
  paging: Pick<Paging, 'page' | 'forward' | 'back'>;
  shown: number;
  /** Not there: nobody counts them. */
  total?: number;
  next: number | undefined;
  what: string;
  busy: boolean;
}

export function Pager({ paging, shown, total, next, what, busy }: PagerProps) {
  // The last row of a later page was deleted: show the page before it.
  const emptied = shown === 0 && paging.page > 1 && !busy;
  const goBack = useEffectEvent(() => paging.back());
  useEffect(() => {
    if (emptied) goBack();
  }, [emptied]);
  // The button that was pressed has nothing more to do: the keyboard goes on at the other one.
  const buttons = useRef<HTMLElement>(null);
  const pressed = useRef(false);
  useEffect(() => {
    if (!pressed.current || busy) return;
    pressed.current = false;
    // A new page is read from its beginning, which may be above what is seen.
    const list = buttons.current?.previousElementSibling;
    if (list && list.getBoundingClientRect().top < 0) list.scrollIntoView({ block: 'start' });
    const at = document.activeElement; // A browser takes the focus from a disabled button a frame later.
    if (at && at !== document.body && !at.matches(':disabled')) return;
    buttons.current?.querySelector<HTMLButtonElement>('button:not(:disabled)')?.focus({ preventScroll: true });
  }, [busy, paging.page]);
  const go = (turn: () => void) => {
    pressed.current = true;
    turn();
  };
  const all = total ?? shown;
  if (paging.page === 1 && next === undefined)
    return all > 0 ? <div className="pager">{all === 1 ? `1 ${singular(what)}` : `${all} ${what}`}</div> : null;
  return (
    <nav ref={buttons} className="pager" aria-label={`Pages of ${what}`}>
      <span aria-live="polite">
        Page {paging.page} · {total === undefined ? shown : `${shown} of ${total}`} {what}
      </span>
      <Button
        size="xs"
        variant="default"
        disabled={paging.page === 1}
        onClick={() => go(paging.back)}
        leftSection={<Icon name="back" size={14} />}
      >
        Previous
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={next === undefined}
        aria-disabled={busy || undefined}
        onClick={() => next !== undefined && !busy && go(() => paging.forward(next))}
        rightSection={<Icon name="next" size={14} />}
      >
        Next
      </Button>
    </nav>
  );
}

function singular(what: string): string {
  return what.replace(/ies$/, 'y').replace(/s$/, '');
}
