// What is said, as it grows: by speaker, with times, searched, and taken along as a file.
import { Button, Menu } from '@mantine/core';
import { memo, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { SearchBox } from '@/kit/search_box';
import { useStayAtEnd } from '@/kit/stay_at_end';
import { hasEnded } from '../../api/meetings';
import { useTranscript } from '../../api/transcripts';
import type { Meeting } from '../../api/types';
import { Marked } from '../../parts/marked';
import { colourOf, matching, sameTurn, sayOffset, turnsOf, type Turn } from '../../parts/transcript';

const formats = [
  { format: 'text', label: 'Text' },
  { format: 'srt', label: 'Subtitles (SRT)' },
  { format: 'vtt', label: 'Subtitles (WebVTT)' },
  { format: 'json', label: 'JSON' },
];
const endings: Record<string, string> = { text: 'txt' };

export function TranscriptPanel({ meeting, round }: { meeting: Meeting; round: number }) {
  const [params] = useSearchParams();
  const [search, setSearch] = useState(params.get('search') ?? '');
  const { transcript, state, error, loaded, retry } = useTranscript(meeting.id, round);
  const { list, inside, scrolled } = useStayAtEnd();
  const ended = hasEnded(meeting);
  const shown = useMemo(() => matching(transcript.segments, search), [transcript.segments, search]);
  const turns = useMemo(() => turnsOf(shown), [shown]);
  const begin = meeting.active_at ?? transcript.segments[0]?.said_at ?? meeting.created_at;
  return (
    <section className="section panel panel-pad transcript-panel" aria-label="Transcript">
      <div className="section-head">
        <h2>Transcript</h2>
        <span className="row-buttons">
          {!ended && loaded && <LiveSign state={state} />}
          {transcript.segments.length > 0 && <Exports id={meeting.id} />}
        </span>
      </div>
      {transcript.segments.length > 0 && (
        <div className="toolbar">
          <SearchBox label="Search in what was said" value={search} onChange={setSearch} />
          {search.trim() !== '' && (
            <span className="small dim" role="status">
              {shown.length} of {transcript.segments.length}
            </span>
          )}
        </div>
      )}
      {error ? <Problem error={error} title="The transcript could not be loaded" onRetry={retry} /> : null}
      <div
        className="transcript"
        ref={list}
        onScroll={scrolled}
        tabIndex={0}
        role="log"
        aria-live={search || ended ? 'off' : 'polite'}
        aria-label="What is said"
      >
        <div ref={inside}>
          {!loaded && !error ? (
            <Loading rows={3} />
          ) : shown.length > 0 ? (
            turns.map((turn) => (
              <TurnView
                key={turn.key}
                turn={turn}
                begin={begin}
                colour={colourOf(transcript.speakers, turn.speaker)}
                search={search}
              />
            ))
          ) : search.trim() !== '' ? (
            <p className="dim">Nobody said that here.</p>
          ) : (
            !error && <Nothing meeting={meeting} ended={ended} />
          )}
        </div>
      </div>
    </section>
  );
}

function Nothing({ meeting, ended }: { meeting: Meeting; ended: boolean }) {
  return (
    <Empty icon="chat" title={ended ? 'No words are kept' : 'Nobody has said anything yet'}>
      {ended
        ? 'Nothing was heard, or what was said has been deleted.'
        : meeting.state === 'active'
          ? 'As soon as somebody speaks it stands here, while they speak.'
          : 'It begins when the bot is in the call.'}
    </Empty>
  );
}

function LiveSign({ state }: { state: 'connecting' | 'live' | 'lost' }) {
  const words = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost; trying again' };
  return (
    <span className="state" data-tone={state === 'live' ? 'running' : state === 'lost' ? 'warning' : 'moving'}>
      {words[state]}
    </span>
  );
}

interface TurnProps {
  turn: Turn;
  begin: string;
  colour: number | undefined;
  search: string;
}

/** A new word draws its own turn and none of the thousands before it. */
const TurnView = memo(
  DrawnTurn,
  (a, b) => sameTurn(a.turn, b.turn) && a.begin === b.begin && a.colour === b.colour && a.search === b.search,
);

function DrawnTurn({ turn, begin, colour, search }: TurnProps) {
  return (
    <div className="turn" data-speaker={colour}>
      <div className="turn-head">
        <strong className="turn-speaker">{turn.speaker}</strong>
        <time className="small dim" dateTime={turn.at}>
          {sayOffset(turn.at, begin)}
        </time>
      </div>
      <p dir="auto">
        {turn.segments.map((segment) => (
          <span key={segment.id} className="said" data-growing={!segment.final || undefined}>
            <Marked text={segment.text} search={search} />
            {!segment.final && (
              <>
                <span aria-hidden="true"> …</span>
                <span className="visually-hidden"> (still being said)</span>
              </>
            )}{' '}
          </span>
        ))}
      </p>
    </div>
  );
}

function Exports({ id }: { id: number }) {
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }} withinPortal={false}>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<Icon name="download" size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label }) => (
          <Menu.Item
            key={format}
            component="a"
            href={`/api/v1/meetings/${id}/transcript?format=${format}`}
            download={`meeting-${id}.${endings[format] ?? format}`}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
