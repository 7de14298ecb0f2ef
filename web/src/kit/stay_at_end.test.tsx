// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { draw } from './testing';
import { useStayAtEnd } from './stay_at_end';

/** A list of 100 px in which `inner` px stand; what is kept begins at `top`. jsdom draws nothing. */
function Drawn({ inner, kept = '', top = 0 }: { inner: number; kept?: string; top?: number }) {
  const { list: listRef, keep: keepRef, scrolled } = useStayAtEnd(kept);
  const measured = (box: HTMLDivElement | null) => {
    listRef.current = box;
    if (!box) return;
    Object.defineProperty(box, 'scrollHeight', { value: inner, configurable: true });
    Object.defineProperty(box, 'clientHeight', { value: 100, configurable: true });
  };
  const placed = (box: HTMLDivElement | null) => {
    keepRef.current = box;
    if (box) box.getBoundingClientRect = () => ({ top: top - listRef.current!.scrollTop }) as DOMRect;
  };
  return (
    <div ref={measured} data-list onScroll={scrolled}>
      {kept && <div ref={placed} />}
    </div>
  );
}
const list = () => document.querySelector<HTMLElement>('[data-list]')!;
function scrollTo(top: number) {
  list().scrollTop = top;
  list().dispatchEvent(new Event('scroll', { bubbles: true }));
}

it('stays at the end, and leaves who went back up where they are', () => {
  const { rerender } = draw(<Drawn inner={500} />);
  expect(list().scrollTop).toBe(400);
  rerender(<Drawn inner={700} />);
  expect(list().scrollTop).toBe(600);
  scrollTo(300);
  rerender(<Drawn inner={900} />);
  expect(list().scrollTop).toBe(300);
});

it('shows what is taller than the list from its top, and leaves who reads on in it', () => {
  const { rerender } = draw(<Drawn inner={500} />);
  rerender(<Drawn inner={900} kept="plan" top={500} />);
  expect(list().scrollTop).toBe(488);
  scrollTo(700);
  rerender(<Drawn inner={950} kept="plan" top={500} />);
  expect(list().scrollTop).toBe(700);
  scrollTo(600); // Back, but still in it.
  rerender(<Drawn inner={950} kept="approval" top={480} />);
  expect(list().scrollTop).toBe(468);
});

it('shows the end of what is short', () => {
  draw(<Drawn inner={500} kept="plan" top={450} />);
  expect(list().scrollTop).toBe(400);
});
