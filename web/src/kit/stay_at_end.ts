// A list that grows at its end, as a chat does.
import { useEffect, useLayoutEffect, useRef } from 'react';

/** So near the end counts as being there. */
const slackPx = 60;

/** Of a kept element, above it. */
const marginPx = 12;

/** How far down `box` is scrolled by who reads its end. */
function goalOf(box: HTMLElement, keep: HTMLElement | null): number {
  const end = box.scrollHeight - box.clientHeight;
  if (!keep) return end;
  const top = keep.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  return Math.max(0, Math.min(end, top - marginPx));
}

/**
 * Who reads the end stays there when something comes; who went back up stays where they are. `list` scrolls, `inside`
 * (where there is one) grows by itself between two drawings. The beginning of `keep` (where there is one) stays in
 * sight: what is taller than the list is read from its top. `kept` names it: another one is scrolled to anew.
 */
export function useStayAtEnd(kept = '') {
  const list = useRef<HTMLDivElement>(null);
  const inside = useRef<HTMLDivElement>(null);
  const keep = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const shown = useRef(kept);
  const follow = (anew: boolean) => {
    const box = list.current;
    if (!box || !atEnd.current) return;
    const wanted = goalOf(box, keep.current);
    // Who reads further down in what is kept is left there.
    if (anew || box.scrollTop < wanted) box.scrollTop = wanted;
    lastTop.current = box.scrollTop;
  };
  useLayoutEffect(() => {
    follow(shown.current !== kept);
    shown.current = kept;
  });
  useEffect(() => {
    // A long text makes the field below taller and the list smaller.
    const watch = new ResizeObserver(() => follow(false));
    watch.observe(list.current!);
    if (inside.current) watch.observe(inside.current);
    return () => watch.disconnect();
  }, []);
  const scrolled = () => {
    const { scrollTop } = list.current!;
    // Only who goes back up wants to stay there: the end may also have moved away by itself.
    if (goalOf(list.current!, keep.current) - scrollTop < slackPx) atEnd.current = true;
    else if (scrollTop < lastTop.current) atEnd.current = false;
    lastTop.current = scrollTop;
  };
  return { list, inside, keep, scrolled };
}
