// What was asked for: all tasks of whoever is signed in.
import { Button, NativeSelect, Table } from '@mantine/core';
import { Link } from 'react-router';
import { ClearFilters } from '@/kit/clear_filters';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { useKeptPaging } from '@/kit/kept_paging';
import { Pager } from '@/kit/pager';
import { Ago } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';
import { usePacks } from '../api/packs';
import { useTasks, type StatusFilter } from '../api/tasks';
import type { Task } from '../api/types';
import { taskPath } from '../parts/paths';
import { seenText } from '../parts/seen_text';
import { useSayTask } from '../parts/say_task';
import { TaskState } from '../parts/state';
import { taskDetail } from '../parts/task_names';

const statuses: { value: StatusFilter; label: string }[] = [
  { value: '', label: 'In any state' },
  { value: 'awaiting_user', label: 'Waiting for somebody' },
  { value: 'planned', label: 'Ready to run' },
  { value: 'executing', label: 'Running' },
  { value: 'done', label: 'Done' },
  { value: 'error', label: 'Failed, rejected or cancelled' },
];

/** By their titles; one that is known no more stays as it is called. */
function useServiceChoices(chosen: string) {
  const { data } = usePacks();
  const known = (data?.items ?? []).map(({ service, title }) => ({ value: service, label: title }));
  known.sort((a, b) => a.label.localeCompare(b.label));
  if (chosen && !known.some(({ value }) => value === chosen)) known.push({ value: chosen, label: seenText(chosen) });
  return [{ value: '', label: 'Of any service' }, ...known];
}

export default function TasksPage() {
  const phone = usePhone();
  const [filters, setFilter, clearFilters] = useFilters<{ status: StatusFilter; service: string }>([
    'status',
    'service',
  ]);
  const services = useServiceChoices(filters.service);
  const paging = useKeptPaging(`${filters.status} ${filters.service}`);
  const tasks = useTasks(filters.status, filters.service, paging.from);
  const page = tasks.data;
  const say = useSayTask(page?.items ?? []);
  return (
    <section className="section" aria-label="Tasks">
      <div className="toolbar filters">
        <NativeSelect
          aria-label="State"
          value={filters.status}
          data={statuses}
          onChange={(event) => setFilter('status', event.currentTarget.value)}
        />
        <NativeSelect
          aria-label="Service"
          value={filters.service}
          data={services}
          onChange={(event) => setFilter('service', event.currentTarget.value)}
        />
        {(filters.status || filters.service) && <ClearFilters onClear={clearFilters} />}
      </div>
      {page?.items.some(({ phase }) => phase === 'planned') && (
        <p className="small dim">
          What is ready to run does nothing until somebody runs it. It stays here until it is cancelled on its page, or
          as old as the server keeps tasks.
        </p>
      )}
      {tasks.isPending ? (
        <Loading />
      ) : tasks.error && !page ? (
        <Problem error={tasks.error} title="The tasks could not be loaded" onRetry={() => void tasks.refetch()} />
      ) : page!.items.length === 0 && paging.page === 1 ? (
        filters.status || filters.service ? (
          <Empty icon="search" title={filters.service ? 'No such task' : 'No task is in this state'}>
            Choose another {filters.service ? 'service or state' : 'state'}, or look at all of them.
          </Empty>
        ) : (
          <Empty
            icon="spark"
            title="No tasks yet"
            action={
              <Button component={Link} to="/ui/assistant">
                Ask for something
              </Button>
            }
          >
            What you ask the assistant to do stands here, with every call that it made.
          </Empty>
        )
      ) : phone ? (
        <TaskCards tasks={page!.items} say={say} />
      ) : (
        <TaskTable tasks={page!.items} say={say} />
      )}
      {tasks.error && page && (
        <Problem error={tasks.error} title="The list may be old" onRetry={() => void tasks.refetch()} />
      )}
      {page && (
        <Pager paging={paging} shown={page.items.length} next={page.next_from} what="tasks" busy={tasks.isFetching} />
      )}
    </section>
  );
}

type Say = ReturnType<typeof useSayTask>;

function TaskTitle({ task, say }: { task: Task; say: Say }) {
  const detail = taskDetail(task);
  return (
    <>
      <Link className="main-link" to={taskPath(task.task_id)}>
        {say(task)}
      </Link>
      {detail && (
        <div className="small dim" dir="auto">
          {detail}
        </div>
      )}
    </>
  );
}

function Reason({ task: { reason } }: { task: Task }) {
  return reason ? (
    <div className="small dim cell-reason" dir="auto">
      {seenText(reason)}
    </div>
  ) : null;
}

const sayCount = (steps: number) => (steps === 1 ? '1 step' : `${steps} steps`);

function TaskTable({ tasks, say }: { tasks: Task[]; say: Say }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Tasks</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">What</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">Ran</Table.Th>
            <Table.Th scope="col">Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tasks.map((task) => (
            <Table.Tr key={task.task_id} data-task={task.task_id}>
              <Table.Td className="cell-name">
                <TaskTitle task={task} say={say} />
              </Table.Td>
              <Table.Td className="cell-state">
                <TaskState phase={task.phase} />
                <Reason task={task} />
              </Table.Td>
              <Table.Td>{sayCount(task.steps)}</Table.Td>
              <Table.Td className="dim">
                <Ago at={task.updated_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function TaskCards({ tasks, say }: { tasks: Task[]; say: Say }) {
  return (
    <ul className="cards" aria-label="Tasks">
      {tasks.map((task) => (
        <li key={task.task_id} className="panel card" data-task={task.task_id}>
          <div className="card-head wraps">
            <div>
              <TaskTitle task={task} say={say} />
            </div>
            <TaskState phase={task.phase} />
          </div>
          <Reason task={task} />
          <div className="small dim">
            {sayCount(task.steps)} · <Ago at={task.updated_at} />
          </div>
        </li>
      ))}
    </ul>
  );
}
