// The debug view of a reply: how it was understood, why something was asked, what a model was shown and said, and which
// earlier choice weighed in.
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Loading, Problem } from '@/kit/feedback';
import { useForgetLesson, useLessons } from '../api/lessons';
import { usePacks } from '../api/packs';
import { useExchanges } from '../api/records';
import type { ApiCall, Lesson } from '../api/types';
import { Folded, FoldedText } from './folded';
import { useSayAction } from './say_action';
import { seenText } from './seen_text';
import { sayPart, sayPointer, sayShare, understood, type Understood, type WeighedIn } from './understood';
import { inWords } from './words';

interface Props {
  explanation: Record<string, unknown>;
  /** '' where it led to none. */
  taskId: string;
}

export function Explanation({ explanation, taskId }: Props) {
  const [open, setOpen] = useState(false);
  if (Object.keys(explanation).length === 0) return null;
  return (
    <details className="small folded explanation" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>How this was understood</summary>
      {open && <Whole explanation={explanation} taskId={taskId} />}
    </details>
  );
}

function useSayService() {
  const { data } = usePacks();
  return (service: string) => {
    if (service === 'none') return 'None of them';
    if (service === 'ask') return 'Too vague to say';
    return data?.items.find((pack) => pack.service === service)?.title ?? inWords(seenText(service));
  };
}

function Whole({ explanation, taskId }: Props) {
  const how = understood(explanation);
  const sayService = useSayService();
  return (
    <div className="explanation-body">
      <p>{sayOutcome(how, sayService)}</p>
      {how.asked && <p>{sayAsked(how)}</p>}
      <Scores
        title="Services"
        rows={how.services.map(({ service, share, parts, why }) => ({
          key: service,
          name: sayService(service),
          score: sayShare(share),
          parts,
          why,
        }))}
      />
      <Operations how={how} />
      {how.values.length > 0 && (
        <Part title="Found in the words">
          <ul>
            {how.values.map(({ kind, value }, place) => (
              <li key={`${kind} ${place}`}>
                {inWords(kind)}: <span dir="auto">{seenText(value)}</span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Lessons how={how} taskId={taskId} />
      <Model how={how} taskId={taskId} />
      <Folded label="The whole, exactly" value={explanation} />
    </div>
  );
}

function sayOutcome({ outcome, confidence, services }: Understood, sayService: (service: string) => string): string {
  const sure = confidence === undefined ? '' : ` (${sayShare(confidence)} sure)`;
  if (outcome === 'service') return `The service is clear: ${sayService(services[0]?.service ?? '')}${sure}.`;
  if (outcome === 'ask') return 'No service was clearly ahead, so it asked.';
  if (outcome === 'none') return `None of the services is meant${sure}.`;
  return 'How the service was found was not kept.';
}

function sayAsked({ asked, missing }: Understood): string {
  if (asked === 'service') return 'It asks which service is meant.';
  if (asked === 'intent') return 'It asks what to do there: no operation was clearly ahead.';
  const what = missing.map(sayPointer).map(seenText).join('; ');
  return what ? `It asks for what it needs and was not said: ${what}.` : 'It asks for what it needs and was not said.';
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <strong>{title}</strong>
      {children}
    </div>
  );
}

interface Row {
  key: string;
  name: string;
  score: string;
  parts: { name: string; value: number }[];
  why?: string;
}

function Scores({ title, rows }: { title: string; rows: Row[] }) {
  if (rows.length === 0) return null;
  return (
    <Part title={title}>
      <ol className="scores" aria-label={title}>
        {rows.map(({ key, name, score, parts, why }) => (
          <li key={key} data-score={key}>
            <span className="score-name">{name}</span> <span className="score-value">{score}</span>
            {(parts.length > 0 || why) && (
              <div className="dim">
                {parts.map((part) => `${part.name} ${sayPart(part.value)}`).join(' · ')}
                {parts.length > 0 && why && ' · '}
                {why && seenText(why)}
              </div>
            )}
          </li>
        ))}
      </ol>
    </Part>
  );
}

function Operations({ how }: { how: Understood }) {
  const say = useSayAction();
  return (
    <Scores
      title="Operations"
      rows={how.operations.map(({ intent, score, parts }) => ({
        key: intent,
        name: say(seenText(intent)),
        score: String(Math.round(score * 100) / 100),
        parts,
      }))}
    />
  );
}

/** What weighed in, and what this very task taught. */
function Lessons({ how, taskId }: { how: Understood; taskId: string }) {
  const lessons = useLessons();
  const known = lessons.data?.items ?? [];
  const taught = known.find(({ lesson_id }) => lesson_id === taskId);
  if (how.lessons.length === 0 && !taught) return null;
  return (
    <Part title="Choices that were learned">
      {lessons.isPending ? (
        <Loading rows={1} />
      ) : lessons.error ? (
        <Problem error={lessons.error} title="The choices could not be loaded" onRetry={() => void lessons.refetch()} />
      ) : (
        <ul className="lessons" aria-label="Choices that were learned">
          {how.lessons.map((one) => (
            <li key={one.id}>
              <OneLesson weighed={one} lesson={known.find(({ lesson_id }) => lesson_id === one.id)} />
            </li>
          ))}
          {taught && (
            <li>
              <OneLesson lesson={taught} />
            </li>
          )}
        </ul>
      )}
    </Part>
  );
}

function OneLesson({ weighed, lesson }: { weighed?: WeighedIn; lesson?: Lesson | undefined }) {
  const sayService = useSayService();
  const forget = useForgetLesson();
  if (!lesson)
    return (
      <>
        {sayService(weighed!.service)} was chosen before for a text that is {sayShare(weighed!.likeness)} like this one:
        by somebody else, or it is forgotten by now.
      </>
    );
  return (
    <>
      <div>
        {sayService(lesson.service)} for “<span dir="auto">{seenText(lesson.text)}</span>”,{' '}
        {lesson.own ? 'chosen by you' : 'chosen by somebody else'}
        {weighed ? `: ${sayShare(weighed.likeness)} like this one.` : ': what was chosen here counts the next time.'}
      </div>
      <Button
        size="compact-xs"
        variant="default"
        loading={forget.isPending}
        onClick={() => forget.mutate(lesson.lesson_id)}
        aria-label={`Forget the choice for “${seenText(lesson.text)}”`}
      >
        Forget
      </Button>
      {forget.error && <Problem error={forget.error} title="It was not forgotten" />}
    </>
  );
}

function Model({ how, taskId }: { how: Understood; taskId: string }) {
  const exchanges = useExchanges(taskId, taskId !== '' && how.exchanges > 0);
  if (how.model.length === 0 && how.exchanges === 0) return <p className="dim">No model was asked.</p>;
  return (
    <Part title="The model">
      {how.model.length > 0 && (
        <ul>
          {how.model.map((step) => (
            <li key={step}>{seenText(step)}</li>
          ))}
        </ul>
      )}
      {exchanges.isLoading && <Loading rows={1} />}
      {exchanges.error && (
        <Problem
          error={exchanges.error}
          title="What it was shown could not be loaded"
          onRetry={() => void exchanges.refetch()}
        />
      )}
      {exchanges.data && exchanges.data.items.length < how.exchanges && (
        <p className="dim">Some of what it was shown is so old that it was removed.</p>
      )}
      {exchanges.data && exchanges.data.items.length > 0 && (
        <ol className="exchanges" aria-label="What the model was shown and said">
          {exchanges.data.items.map((call) => (
            <li key={call.call_id}>
              <OneExchange call={call} />
            </li>
          ))}
        </ol>
      )}
    </Part>
  );
}

function OneExchange({ call: { url, status, latency_ms, error, request, response } }: { call: ApiCall }) {
  return (
    <>
      <div className="mono">{seenText(url)}</div>
      <div className="dim">
        {status === undefined ? 'No answer' : `Status ${status}`}
        {latency_ms !== undefined && ` · ${latency_ms} ms`}
      </div>
      {error && <p className="bad">{seenText(error)}</p>}
      {request && <FoldedText label="What it was shown" text={request} />}
      {response && <FoldedText label="What it said" text={response} />}
    </>
  );
}
