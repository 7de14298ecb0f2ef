// A bot's log: what is kept of it in the page, and the stream that adds to it.
import { useEffect, useReducer, useRef, useState } from 'react';
import { api, ask } from '@/kit/api/http';
import { followVisibility, LiveStream, type LiveState } from '@/kit/api/live';
import type { LogLine } from '@/kit/api/types';

/** More lines than anyone reads; the oldest go first. */
export const keptLines = 5_000;
const firstLines = 500;

export interface LogBuffer {
  lines: LogLine[];
  dropped: number;
}
export const emptyLog: LogBuffer = { lines: [], dropped: 0 };

/** Adds lines in the order of their numbers; those that are there already are left out. */
export function addLines(log: LogBuffer, more: LogLine[]): LogBuffer {
  const last = log.lines.at(-1)?.seq ?? -1;
  const fresh = more.filter((line, place) => line.seq > last && (place === 0 || line.seq > more[place - 1]!.seq));
  if (fresh.length === 0) return log;
  const lines = [...log.lines, ...fresh];
  const over = Math.max(0, lines.length - keptLines);
  return { lines: over ? lines.slice(over) : lines, dropped: log.dropped + over };
}

type LogChange = { add: LogLine[] } | 'clear';
const reduce = (log: LogBuffer, change: LogChange): LogBuffer =>
  change === 'clear' ? emptyLog : addLines(log, change.add);

export function useBotLogs(botId: string) {
  const [log, change] = useReducer(reduce, emptyLog);
  const [state, setState] = useState<LiveState>('connecting');
  const [error, setError] = useState<unknown>();
  const [loaded, setLoaded] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const waiting = useRef<LogLine[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    let stream: LiveStream<'line'> | undefined;
    let letGo = () => {};
    let frame = 0;
    // A flood of lines is one change for each frame that is drawn.
    const flush = () => {
      frame = 0;
      change({ add: waiting.current });
      waiting.current = [];
    };
    const begin = async () => {
      try {
        const { items } = await ask(
          api.GET('/api/v1/bots/{bot_id}/logs', {
            params: { path: { bot_id: botId }, query: { limit: firstLines } },
            signal: stop.signal,
          }),
        );
        if (stop.signal.aborted) return;
        const ordered = [...items].sort((a, b) => a.seq - b.seq);
        change({ add: ordered });
        setError(undefined);
        setLoaded(true);
        const after = ordered.at(-1)?.seq ?? 0;
        stream = new LiveStream<'line'>(
          {
            onState: setState,
            onOpen: () => {},
            onEvent: (_name, data) => {
              waiting.current.push(data as LogLine);
              frame ||= requestAnimationFrame(flush);
            },
          },
          {
            path: `/api/v1/bots/${encodeURIComponent(botId)}/logs/live`,
            resume: 'after',
            first: String(after),
            names: ['line'],
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
      change('clear');
    };
  }, [botId, attempt]);
  return {
    log,
    state,
    error,
    loaded,
    clear: () => change('clear'),
    retry: () => {
      setError(undefined);
      setAttempt(attempt + 1);
    },
  };
}
