import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, test } from 'vitest';
import { refresh } from './refresh';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A shown query whose answers are given by hand: each is what the server knew when it was asked. */
function shown() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } });
  let now = 'old';
  const asked: (() => void)[] = [];
  const observer = new QueryObserver(client, {
    queryKey: ['x', 1],
    queryFn: () => {
      const seen = now;
      return new Promise<string>((done) => asked.push(() => done(seen)));
    },
  });
  ends.push(
    observer.subscribe(() => {}),
    () => client.clear(),
  );
  const answer = async () => {
    asked.shift()!();
    await new Promise((r) => setTimeout(r));
  };
  return {
    client,
    asked,
    answer,
    change: (next: string) => {
      now = next;
    },
    data: () => client.getQueryData(['x', 1]),
  };
}

test('a first answer that is still under way is not taken for the newest', async () => {
  const { client, asked, answer, change, data } = shown();
  change('new');
  void refresh(client, ['x']);
  await answer();
  expect(data()).toBe('old');
  expect(asked.length).toBe(1);
  await answer();
  expect(data()).toBe('new');
  expect(asked.length).toBe(0);
});

test('a flood of changes is one request at a time, and the last of them is seen', async () => {
  const { client, asked, answer, change, data } = shown();
  await answer();
  for (let n = 0; n < 100; n++) {
    change(`change ${n}`);
    void refresh(client, ['x']);
  }
  expect(asked.length).toBe(1);
  await answer();
  expect(asked.length).toBe(1);
  await answer();
  expect(data()).toBe('change 99');
  expect(asked.length).toBe(0);
  change('later');
  void refresh(client, ['x']);
  await answer();
  expect(data()).toBe('later');
});
