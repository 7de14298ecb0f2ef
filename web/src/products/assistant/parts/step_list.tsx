// What ran, step by step, without secrets.
import type { Step } from '../api/types';
import { Folded } from './folded';
import { useSayAction } from './say_action';
import { seenText } from './seen_text';
import { StepState } from './state';
import { Values } from './values';

interface Props {
  steps: Step[];
  /** What is drawn behind each step: a way to go on from it, say. */
  more?: (step: Step) => React.ReactNode;
}

export function StepList({ steps, more }: Props) {
  const say = useSayAction();
  return (
    <ol className="run-steps" aria-label="Steps">
      {steps.map((step) => (
        <li key={step.number} data-step={step.path} value={step.number}>
          <div className="call-head">
            <strong>{step.action ? say(step.action) : 'A choice or an answer'}</strong>
            <StepState status={step.status} />
          </div>
          {step.error && <p className="bad small">{seenText(step.error)}</p>}
          {more ? <Detail step={step} more={more} /> : null}
        </li>
      ))}
    </ol>
  );
}

function Detail({ step, more }: { step: Step; more: NonNullable<Props['more']> }) {
  const facts = [
    // Within a loop or beside others; else the number says it.
    step.path !== String(step.number - 1) && `at ${seenText(step.path)}`,
    step.writes && 'changes something',
    step.tries > 1 && `begun ${step.tries} times`,
    tookOf(step),
  ].filter(Boolean);
  return (
    <>
      {facts.length > 0 && <div className="small dim">{facts.join(' · ')}</div>}
      <Values of={step.args} none={step.action ? undefined : ''} />
      <div className="step-foot">
        {step.output !== undefined && (
          <Folded
            label={step.output_cut ? 'What came back (too large to keep)' : 'What came back'}
            value={step.output}
          />
        )}
        {more(step)}
      </div>
    </>
  );
}

function tookOf({ started_at, ended_at }: Step): string {
  if (!started_at || !ended_at) return '';
  const ms = Date.parse(ended_at) - Date.parse(started_at);
  return Number.isNaN(ms) || ms < 0 ? '' : `took ${ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`}`;
}
