// Keeps the live stream open while someone is signed in, and says so when it is not.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import { followVisibility, LiveStream, type LiveState } from '@/kit/api/live';
import { useProducts } from '@/kit/product';
import { applyLiveEvent, liveFeed, refetchAll } from './live_updates';
import { sessionKey, useSessionIsOver } from '@/kit/api/session';
import { hurryChunks, useChunkTrouble } from '@/kit/chunks';
import { Icon } from '@/kit/icons';

const LiveContext = createContext<{ state: LiveState; hurry: () => void }>({ state: 'connecting', hurry: () => {} });

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const products = useProducts();
  const over = useSessionIsOver();
  const [state, setState] = useState<LiveState>('connecting');
  const stream = useRef<LiveStream>(null);
  useEffect(() => {
    const opened = new LiveStream(
      {
        onState: (next) => {
          setState(next);
          // The stream hides the status of its answer; asking for the session shows whether it has ended.
          if (next === 'lost') void client.invalidateQueries({ queryKey: sessionKey });
        },
        onOpen: (again) => {
          hurryChunks();
          if (again) refetchAll(products, client);
        },
        onEvent: (name, data) => applyLiveEvent(products, client, name, data),
      },
      liveFeed(products),
    );
    stream.current = opened;
    const letGo = followVisibility(opened);
    return () => {
      letGo();
      opened.close();
    };
  }, [client, products]);
  useEffect(() => {
    if (!over) stream.current?.hurry();
  }, [over]);
  return <LiveContext value={{ state, hurry: () => stream.current?.hurry() }}>{children}</LiveContext>;
}

const words: Record<LiveState, string> = { connecting: 'Connecting', live: 'Live', lost: 'Not live' };

export function LiveDot() {
  const { state } = useContext(LiveContext);
  return (
    <span className="live-dot" data-state={state} title={`Live updates: ${words[state].toLowerCase()}`}>
      {words[state]}
    </span>
  );
}

export function LiveNotice() {
  const { state, hurry } = useContext(LiveContext);
  const trouble = useChunkTrouble();
  return (
    <div role="status">
      {trouble && (
        <div className="live-notice" data-notice="page">
          <div>
            <Icon name="alert" />
            <span>
              {trouble === 'away'
                ? 'The server does not answer: the page comes as soon as it is back.'
                : 'The server does not have this page now, perhaps because it is being upgraded. Trying again.'}
            </span>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => {
                hurryChunks();
                hurry();
              }}
            >
              Try now
            </Button>
          </div>
        </div>
      )}
      {state === 'lost' && (
        <div className="live-notice">
          <div>
            <Icon name="alert" />
            <span>Live updates stopped. Trying to reconnect; what you see may be old.</span>
            <Button size="compact-xs" variant="default" onClick={hurry}>
              Try now
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
