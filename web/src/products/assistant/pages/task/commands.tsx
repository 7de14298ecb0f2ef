// The commands that a task ran on this server, or that were refused. Most tasks run none, and say nothing of it.
import { Problem } from '@/kit/feedback';
import { Ago } from '@/kit/time';
import { useCommands } from '../../api/records';
import type { CommandRun } from '../../api/types';
import { FoldedText } from '../../parts/folded';
import { More } from '../../parts/more';
import { seenText } from '../../parts/seen_text';

export function Commands({ taskId }: { taskId: string }) {
  const { query, items } = useCommands(taskId);
  if (items?.length === 0 || query.isPending) return null;
  return (
    <section className="section" aria-labelledby="commands">
      <h2 id="commands">Commands</h2>
      {!items ? (
        <Problem error={query.error} title="The commands could not be loaded" onRetry={() => void query.refetch()} />
      ) : (
        <>
          <ul className="cards" aria-label="Commands">
            {items.map((run) => (
              <li key={run.command_id} className="panel card" data-command={run.command_id}>
                <OneCommand run={run} />
              </li>
            ))}
          </ul>
          <More query={query} what="commands" />
        </>
      )}
    </section>
  );
}

/** As it was given: words in quotes where one could not tell where they end. */
const sayLine = ({ command, args }: CommandRun) =>
  [
    command,
    ...args.map((word) => (typeof word === 'string' && /^[\w./:=@%+-]+$/.test(word) ? word : JSON.stringify(word))),
  ]
    .map(seenText)
    .join(' ');

function OneCommand({ run }: { run: CommandRun }) {
  return (
    <>
      <div className="call-head">
        <span className="mono">
          <strong>{sayLine(run)}</strong>
        </span>
        <span className="state" data-tone={run.exit_code === 0 ? 'running' : 'failed'}>
          {run.exit_code === undefined ? 'Did not run' : `Ended with ${run.exit_code}`}
        </span>
      </div>
      <div className="small dim">
        {run.mode === 'HOST' ? 'On this machine itself' : 'In the sandbox'} · step {run.step} ·{' '}
        {run.duration_ms !== undefined && `${run.duration_ms} ms · `}
        <Ago at={run.created_at} />
      </div>
      {run.error && <p className="bad small">{seenText(run.error)}</p>}
      {run.out && <FoldedText label="What it printed" text={run.out} />}
      {run.err && <FoldedText label="What it complained of" text={run.err} />}
    </>
  );
}
