// "The server does not answer" is true until it does: then what it stood under may be tried again.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ApiError } from '@/kit/api/http';

/** So long it stands at least: one lost request among others would go unseen. */
const seenMs = 5_000;

interface Failed {
  error: unknown;
  reset: () => void;
}

/** Takes the error away with an answer to anything. What the server said itself stays. */
export function useClearWhenBack({ error, reset }: Failed) {
  const client = useQueryClient();
  const away = error instanceof ApiError && error.status === 0;
  useEffect(() => {
    if (!away) return;
    const since = Date.now();
    return client.getQueryCache().subscribe((event) => {
      const answered = event.type === 'updated' && event.action.type === 'success' && !event.action.manual;
      if (answered && Date.now() - since >= seenMs) reset();
    });
  }, [away, client, reset]);
}
