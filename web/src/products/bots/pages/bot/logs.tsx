// A bot's log as it is written.
import { Button, NativeSelect } from '@mantine/core';
import { Fragment, memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useBotLogs, type LogBuffer } from '../../api/bot_logs';
import type { LogLine } from '@/kit/api/types';
import { CopyButton } from '@/kit/copy';
import { download } from '@/kit/download';
import { Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { filterLines, levels, splitAt, writeLines, type Level } from '../../parts/log_filter';
import { SearchBox } from '@/kit/search_box';
import { isSameDay, sayDay, sayExactly, saySeconds, zoneHere } from '@/kit/time';
import { useShownBot } from './page';

const levelWords: Record<Level, string> = {
  debug: 'Everything',
  info: 'Info and above',
  warning: 'Warnings and errors',
  error: 'Errors only',
};
/** This near to its end the list counts as being at its end. */
const slackPx = 40;

export default function BotLogs() {
  const bot = useShownBot();
  const { log, state, error, loaded, clear, retry } = useBotLogs(bot.bot_id);
  const [least, setLeast] = useState<Level>('debug');
  const [search, setSearch] = useState('');
  const [frozen, setFrozen] = useState<LogBuffer>();
  const [follow, setFollow] = useState(true);
  const shown = frozen ?? log;
  const lines = useMemo(() => filterLines(shown.lines, { least, search }), [shown, least, search]);
  const missed = frozen ? log.lines.length + log.dropped - frozen.lines.length - frozen.dropped : 0;
  return (
    <section className="section" aria-label="Log">
      <div className="toolbar log-toolbar">
        <SearchBox label="Search the log" value={search} onChange={setSearch} />
        <NativeSelect
          aria-label="Levels shown"
          value={least}
          onChange={(event) => setLeast(event.currentTarget.value as Level)}
          data={levels.map((value) => ({ value, label: levelWords[value] }))}
        />
        <span className="toolbar-buttons">
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name={frozen ? 'play' : 'pause'} size={15} />}
            aria-pressed={frozen !== undefined}
            onClick={() => setFrozen(frozen ? undefined : log)}
          >
            {frozen ? 'Go on' : 'Pause'}
          </Button>
          <Button
            size="xs"
            variant={follow ? 'light' : 'default'}
            leftSection={<Icon name="down" size={15} />}
            aria-pressed={follow}
            onClick={() => setFollow(!follow)}
          >
            Follow
          </Button>
          <CopyButton label="Copy" what="log" size="xs" text={() => writeLines(lines)} disabled={lines.length === 0} />
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="download" size={15} />}
            disabled={lines.length === 0}
            onClick={() => download(`${bot.bot_id}.log`, writeLines(lines), 'text/plain')}
          >
            Download
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={log.lines.length === 0}
            onClick={() => {
              setFrozen(undefined);
              clear();
            }}
          >
            Clear view
          </Button>
        </span>
      </div>
      {error ? (
        <Problem error={error} title="The log could not be loaded" onRetry={retry} />
      ) : !loaded ? (
        <Loading rows={1} height={320} />
      ) : (
        <LogView
          lines={lines}
          search={search}
          follow={follow && !frozen}
          onFollow={setFollow}
          label={`Log of ${bot.bot_id}`}
          empty={log.lines.length === 0 ? 'No lines yet. They show here as the bot writes them.' : 'No line matches.'}
        />
      )}
      <div className="log-foot small dim" role="status">
        <span className="live-dot" data-state={frozen ? 'connecting' : state}>
          {frozen
            ? `Paused${missed > 0 ? `, ${missed} more ${missed === 1 ? 'line' : 'lines'}` : ''}`
            : state === 'live'
              ? 'Live'
              : state === 'lost'
                ? 'Not live, trying again'
                : 'Connecting'}
        </span>
        <span>
          {lines.length === shown.lines.length
            ? `${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`
            : `${lines.length} of ${shown.lines.length} lines`}
          {shown.dropped > 0 && `, ${shown.dropped} older ones dropped here`}
          {shown.lines.length > 0 && ` · times of ${zoneHere()}`}
        </span>
      </div>
    </section>
  );
}

interface ViewProps {
  lines: LogLine[];
  search: string;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  label: string;
  empty: string;
}

function LogView({ lines, search, follow, onFollow, label, empty }: ViewProps) {
  const list = useRef<HTMLDivElement>(null);
  const own = useRef(false);
  useLayoutEffect(() => {
    if (!follow || !list.current) return;
    own.current = true;
    list.current.scrollTop = list.current.scrollHeight;
  }, [lines, follow]);
  // Heights of lines that were never on screen are guesses until they are: look once more after they are drawn.
  useEffect(() => {
    const element = list.current;
    if (!follow || !element) return;
    const frame = requestAnimationFrame(() => {
      own.current = true;
      element.scrollTop = element.scrollHeight;
    });
    return () => cancelAnimationFrame(frame);
  }, [lines, follow]);
  const scrolled = () => {
    if (own.current) {
      own.current = false;
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = list.current!;
    const atEnd = scrollHeight - scrollTop - clientHeight < slackPx;
    if (atEnd !== follow) onFollow(atEnd);
  };
  return (
    <div
      className="panel log"
      ref={list}
      onScroll={scrolled}
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={label}
    >
      {lines.length === 0 ? (
        <p className="dim log-empty">{empty}</p>
      ) : (
        lines.map((line, place) => (
          <Fragment key={line.seq}>
            {(place === 0 || !isSameDay(lines[place - 1]!.at, line.at)) && (
              <div className="log-day">{sayDay(line.at)}</div>
            )}
            <Line line={line} search={search} />
          </Fragment>
        ))
      )}
    </div>
  );
}

const Line = memo(function Line({ line, search }: { line: LogLine; search: string }) {
  return (
    <div className="log-line" data-level={line.level}>
      <time dateTime={line.at} title={sayExactly(line.at)}>
        {saySeconds(line.at)}
      </time>
      <span className="log-level">{line.level}</span>
      <span className="log-source">{line.source}</span>
      <span className="log-text">
        {splitAt(line.text, search).map((part, place) => (place % 2 === 1 ? <mark key={place}>{part}</mark> : part))}
      </span>
    </div>
  );
});
