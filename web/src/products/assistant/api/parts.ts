// Lists that are answered in parts, and whose whole length nobody counts: one asks for more.
import { useInfiniteQuery, type InfiniteData, type QueryKey } from '@tanstack/react-query';

interface Part<Item, Place> {
  items: Item[];
  /** Where the rest begins; not there at the end. */
  rest: Place | undefined;
}

export function useParts<Item, Place extends string | number>(
  queryKey: QueryKey,
  fetchPart: (place: Place | undefined, signal: AbortSignal) => Promise<Part<Item, Place>>,
  /** Looks again so often for what others did. */
  againMs: number | false = false,
) {
  const query = useInfiniteQuery<
    Part<Item, Place>,
    Error,
    InfiniteData<Part<Item, Place>>,
    QueryKey,
    Place | undefined
  >({
    queryKey,
    queryFn: ({ pageParam, signal }) => fetchPart(pageParam as Place | undefined, signal),
    initialPageParam: undefined,
    getNextPageParam: ({ rest }) => rest,
    staleTime: 0,
    refetchInterval: againMs,
  });
  return { query, items: query.data?.pages.flatMap(({ items }) => items) };
}
