// Where a list stands, in the address: whoever looks at one of its rows and comes back finds the list as they left it.
import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { usePaging, type Paging } from './pager';

const mostPages = 400;

/** The beginnings of the pages seen, as the address has them: "25.50". What somebody else has written there is no page. */
export function trailOf(kept: string): number[] {
  const rest = kept === '' ? [] : kept.split('.').map((one) => (/^\d{1,15}$/.test(one) ? Number(one) : NaN));
  const rises = rest.every((one, at) => one > (at === 0 ? 0 : rest[at - 1]!));
  return rises && rest.length < mostPages ? [0, ...rest] : [0];
}
const wordsOf = (trail: readonly number[]) => trail.slice(1).join('.');

/** As usePaging(); the search is `q` in the address, the pages are `pages`. One list of a page only. */
export function useKeptPaging(filter = ''): Paging {
  const [params, setParams] = useSearchParams();
  const paging = usePaging(filter, { search: params.get('q') ?? '', trail: trailOf(params.get('pages') ?? '') });
  const pages = wordsOf(paging.trail);
  const { asked } = paging;
  useEffect(() => {
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        for (const [name, value] of [
          ['q', asked],
          ['pages', pages],
        ] as const) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
    // setParams is another one after each change of the address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, pages]);
  return paging;
}
