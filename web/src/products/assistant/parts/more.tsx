// The end of a list that goes on: a button for more of it, and why more could not be had.
import { Button } from '@mantine/core';
import { Problem } from '@/kit/feedback';

interface Props {
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: unknown;
    fetchNextPage: () => Promise<unknown>;
  };
  what: string;
}

export function More({ query, what }: Props) {
  if (query.isFetchNextPageError)
    return (
      <Problem
        error={query.error}
        title={`More ${what} could not be loaded`}
        onRetry={() => void query.fetchNextPage()}
      />
    );
  if (!query.hasNextPage) return null;
  return (
    <div className="more-row">
      <Button size="xs" variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        Show more {what}
      </Button>
    </div>
  );
}
