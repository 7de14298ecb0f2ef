// Actions in words, with each service called as its pack calls it.
import { usePacks } from '../api/packs';
import { sayAction } from './words';

export function useSayAction(): (action: string) => string {
  const { data } = usePacks();
  return (action) => {
    const service = action.slice(0, Math.max(0, action.indexOf('.')));
    return sayAction(action, data?.items.find((pack) => pack.service === service)?.title);
  };
}
