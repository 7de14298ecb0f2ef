// The places of the console that whoever is signed in may go to.
import { useMe } from '@/kit/api/session';
import { isServerAdmin, mayDo } from '@/kit/api/types';
import { useProducts, type Tab } from '@/kit/product';

export function useTabs(): Tab[] {
  const me = useMe();
  return useProducts()
    .flatMap(({ tab }) => tab ?? [])
    .filter(({ least, server }) => mayDo(me, least) && (!server || isServerAdmin(me)));
}
