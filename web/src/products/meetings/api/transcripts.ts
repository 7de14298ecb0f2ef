// What was said: the transcript of a meeting while it grows, and a search over all of them.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useRef, useState } from 'react';
import { api, ask, given } from '@/kit/api/http';
import { followVisibility, LiveStream, type LiveState } from '@/kit/api/live';
import { refresh } from '@/kit/api/refresh';
import { pageSize } from '@/kit/pager';
import { emptyTranscript, takeSegments, type Transcript } from '../parts/transcript';
import { meetingKeys } from './keys';
import type { Segment } from './types';

const atOnce = 500;
/** More than any meeting has: a limit for what would not end. */
const mostPages = 100;

type Change = { take: Segment[] } | 'clear';
const reduce = (transcript: Transcript, change: Change): Transcript =>
  change === 'clear' ? emptyTranscript : takeSegments(transcript, change.take);

async function readAll(id: number, signal: AbortSignal, take: (segments: Segment[]) => void): Promise<void> {
  for (let page = 0; page < mostPages; ++page) {
    const { items, total } = await ask(
      api.GET('/api/v1/meetings/{meeting_id}/transcript', {
        params: { path: { meeting_id: String(id) }, query: { format: 'json', from: page * atOnce, limit: atOnce } },
        signal,
      }),
    );
    if (signal.aborted) return;
    take(items);
    if (items.length === 0 || (page + 1) * atOnce >= total) return;
  }
}

/** `round`: another one reads it anew, after what was said has been deleted. */
export function useTranscript(id: number, round: number) {
  const [transcript, change] = useReducer(reduce, emptyTranscript);
  const [state, setState] = useState<LiveState>('connecting');
  const [error, setError] = useState<unknown>();
  const [loaded, setLoaded] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const waiting = useRef<Segment[]>([]);
  const client = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    let stream: LiveStream<'segment' | 'state' | 'end'> | undefined;
    let letGo = () => {};
    let frame = 0;
    // What comes together is drawn once.
    const flush = () => {
      frame = 0;
      change({ take: waiting.current });
      waiting.current = [];
    };
    const begin = async () => {
      try {
        let last = 0;
        await readAll(id, stop.signal, (segments) => {
          last = Math.max(last, ...segments.map(({ changed }) => changed));
          change({ take: segments });
        });
        if (stop.signal.aborted) return;
        setError(undefined);
        setLoaded(true);
        stream = new LiveStream<'segment' | 'state' | 'end'>(
          {
            onState: setState,
            onOpen: () => {},
            onEvent: (name, data) => {
              // Nothing of it changes any more: there is nothing to come back for.
              if (name === 'end') {
                stream?.close();
                return;
              }
              if (name === 'state') {
                void refresh(client, meetingKeys.one(id));
                return;
              }
              waiting.current.push(data as Segment);
              frame ||= requestAnimationFrame(flush);
            },
          },
          {
            path: `/api/v1/meetings/${id}/live`,
            resume: 'since',
            first: String(last),
            names: ['segment', 'state', 'end'],
          },
        );
        letGo = followVisibility(stream);
      } catch (reason) {
        if (!stop.signal.aborted) setError(reason);
      }
    };
    void begin();
    return () => {
      stop.abort();
      cancelAnimationFrame(frame);
      waiting.current = [];
      letGo();
      stream?.close();
      setLoaded(false);
      change('clear');
    };
  }, [id, round, attempt, client]);
  return {
    transcript,
    state,
    error,
    loaded,
    retry: () => {
      setError(undefined);
      setAttempt(attempt + 1);
    },
  };
}

/** All that one may see; nothing is asked while there are no words. */
export function useTranscriptSearch(words: string, from: number) {
  return useQuery({
    queryKey: [...meetingKeys.search, words, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/transcripts/search', {
          params: { query: { q: words, ...given({ from: from || undefined, limit: pageSize }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: words !== '',
  });
}
