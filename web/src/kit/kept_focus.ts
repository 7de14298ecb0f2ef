// Where the keyboard goes on when what had the focus is gone: a row that was deleted, a dialog whose opener was in that
// row or in a menu. Browsers leave it nowhere then, and the next Tab begins at the top of the page.
const stops = 'section, [role="region"], main';
const passing = '[role="dialog"], [role="menu"]';

/** Watches the page until the answer is called. */
export function keepFocus(): () => void {
  let last: Element | undefined;
  /** The last in the page itself, and what it stands in. */
  let inPage: Element[] = [];
  let asked = 0;

  const heard = ({ target }: FocusEvent) => {
    if (!(target instanceof Element)) return;
    last = target;
    if (target.closest('main') && !target.closest(passing)) inPage = withParents(target);
  };
  // Whoever clicks beside everything wants no focus.
  const left = ({ target, relatedTarget }: FocusEvent) => {
    if (relatedTarget !== null) return;
    requestAnimationFrame(() => {
      if (target === last && last?.isConnected && isNowhere() && !isDisabled(last)) last = undefined;
    });
  };
  const goOn = () => {
    asked = 0;
    if (!last || last.isConnected || !isNowhere()) return;
    last = undefined;
    const place = inPage.find((one, at) => one.isConnected && (at === 0 ? !isDisabled(one) : one.matches(stops)));
    const target = place ?? document.querySelector('main');
    if (!(target instanceof HTMLElement)) return;
    if (target.matches(stops) && !target.hasAttribute('tabindex')) target.tabIndex = -1;
    target.focus({ preventScroll: target.matches(stops) });
  };
  // Once per frame, and after whoever gives the focus back by themselves.
  const watcher = new MutationObserver(() => {
    if (last && !last.isConnected) asked ||= requestAnimationFrame(goOn);
  });

  watcher.observe(document.body, { childList: true, subtree: true });
  document.addEventListener('focusin', heard);
  document.addEventListener('focusout', left);
  return () => {
    watcher.disconnect();
    cancelAnimationFrame(asked);
    document.removeEventListener('focusin', heard);
    document.removeEventListener('focusout', left);
  };
}

const isNowhere = () => document.activeElement === null || document.activeElement === document.body;
const isDisabled = (one: Element) => one.matches(':disabled');

function withParents(one: Element): Element[] {
  const found: Element[] = [];
  for (let at: Element | null = one; at; at = at.parentElement) found.push(at);
  return found;
}
