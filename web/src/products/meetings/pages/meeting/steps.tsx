// Everything that happened to a meeting: every step with its cause, and the containers of its bot.
import { Table } from '@mantine/core';
import { usePhone } from '@/kit/dialog';
import { Moment } from '@/kit/time';
import type { Attempt, History, Transition } from '../../api/types';
import { sayReason, sayState, sayTrigger, stateNames } from '../../parts/words';

export function Steps({ history: { transitions, attempts } }: { history: History }) {
  const phone = usePhone();
  return (
    <>
      <section className="section" aria-label="History">
        <div className="section-head">
          <h2>History</h2>
          <span className="small dim">every step with its cause, the newest last</span>
        </div>
        {phone ? <StepCards steps={transitions} /> : <StepTable steps={transitions} />}
      </section>
      {attempts.length > 0 && (
        <section className="section" aria-label="Containers">
          <div className="section-head">
            <h2>Containers</h2>
            <span className="small dim">one after the other, never two at once</span>
          </div>
          <ul className="cards">
            {attempts.map((attempt) => (
              <AttemptCard key={attempt.number} attempt={attempt} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function StepTable({ steps }: { steps: readonly Transition[] }) {
  return (
    <div className="panel table-panel" tabIndex={0} role="region" aria-label="Steps">
      <Table>
        <caption className="visually-hidden">Steps</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">Step</Table.Th>
            <Table.Th scope="col">Why</Table.Th>
            <Table.Th scope="col">Who</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {steps.map((step) => (
            <Table.Tr key={step.number} data-step={step.number}>
              <Table.Td className="dim">
                <Moment at={step.at} />
              </Table.Td>
              <Table.Td>{sayStep(step)}</Table.Td>
              <Table.Td className="break-anywhere">
                <Why step={step} />
              </Table.Td>
              <Table.Td className="mono small">{step.actor}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function StepCards({ steps }: { steps: readonly Transition[] }) {
  return (
    <ul className="cards" aria-label="Steps">
      {steps.map((step) => (
        <li key={step.number} className="panel card" data-step={step.number}>
          <strong>{sayStep(step)}</strong>
          <div className="small break-anywhere">
            <Why step={step} />
          </div>
          <div className="small dim">
            <Moment at={step.at} /> · <span className="mono">{step.actor}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}

const nameOf = (state: string) => (stateNames as Record<string, string>)[state] ?? state;

function sayStep({ from, to }: Transition): string {
  if (!from) return nameOf(to);
  return from === to ? `stays ${sayState(to)}` : `${nameOf(from)} → ${nameOf(to)}`;
}

function Why({ step: { cause, trigger, reason, reason_raw, attempt } }: { step: Transition }) {
  return (
    <>
      {cause || sayTrigger(trigger)}
      {reason && <div className="small dim">{sayReason(reason)}</div>}
      {reason_raw && reason_raw !== reason && <div className="small dim mono">{reason_raw}</div>}
      {attempt > 1 && <div className="small dim">container {attempt}</div>}
    </>
  );
}

const containerWords: Record<string, string> = {
  wanted: 'to be made',
  starting: 'is made',
  running: 'runs',
  leaving: 'is taken away',
  gone: 'gone',
};

function AttemptCard({ attempt }: { attempt: Attempt }) {
  return (
    <li className="panel card">
      <div className="card-head wraps">
        <strong>Container {attempt.number}</strong>
        <span>{containerWords[attempt.container] ?? attempt.container}</span>
      </div>
      <dl className="facts small">
        <dt>Task</dt>
        <dd className="mono break-anywhere">{attempt.task_id}</dd>
        {attempt.started_at && (
          <>
            <dt>Started</dt>
            <dd>
              <Moment at={attempt.started_at} />
            </dd>
          </>
        )}
        {attempt.gone_at && (
          <>
            <dt>Gone</dt>
            <dd>
              <Moment at={attempt.gone_at} />
            </dd>
          </>
        )}
        {attempt.exit && (
          <>
            <dt>End</dt>
            <dd className="break-anywhere">{attempt.exit}</dd>
          </>
        )}
      </dl>
      {attempt.output && (
        <details className="small">
          <summary>The last lines that it printed</summary>
          <pre className="output" tabIndex={0}>
            {attempt.output}
          </pre>
        </details>
      )}
    </li>
  );
}
