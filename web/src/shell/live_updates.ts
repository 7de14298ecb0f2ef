// Hands what the live stream says to the products that listen to it.
import type { QueryClient } from '@tanstack/react-query';
import type { Feed } from '@/kit/api/live';
import { refresh } from '@/kit/api/refresh';
import type { Product } from '@/kit/product';

/** The server has forgotten what was missed. */
const resetEvent = 'reset';

/** The stream with every event that some product listens to. */
export function liveFeed(products: readonly Product[]): Feed<string> {
  const names = new Set([resetEvent, ...products.flatMap(({ live }) => Object.keys(live ?? {}))]);
  return { path: '/api/v1/live', resume: 'since', names: [...names] };
}

export function applyLiveEvent(products: readonly Product[], client: QueryClient, name: string, data: unknown) {
  if (name === resetEvent) return refetchAll(products, client);
  for (const { live } of products) live?.[name]?.(client, data);
}

/** After a gap nobody knows what was missed. */
export function refetchAll(products: readonly Product[], client: QueryClient) {
  for (const { caches } of products) for (const key of caches ?? []) void refresh(client, key);
}
