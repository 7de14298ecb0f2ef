// What was asked for: all tasks of whoever is signed in.
import { Button, NativeSelect, Table } from '@mantine/core';
import { Link } from 'react-router';
import { ClearFilters } from '@/kit/clear_filters';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Pager, usePaging } from '@/kit/pager';
import { Ago } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';
import { useTasks, type StatusFilter } from '../api/tasks';
import type { Task } from '../api/types';
import { taskPath } from '../parts/paths';
import { seenText } from '../parts/seen_text';
import { useSayAction } from '../parts/say_action';
import { TaskState } from '../parts/state';
import { actionOf, taskDetail } from '../parts/task_names';

const statuses: { value: StatusFilter; label: string }[] = [
  { value: '', label: 'In any state' },
  { value: 'awaiting_user', label: 'Waiting for somebody' },
  { value: 'planned', label: 'Ready to run' },
  { value: 'executing', label: 'Running' },
  { value: 'done', label: 'Done' },
  { value: 'error', label: 'Failed, rejected or cancelled' },
];

export default function TasksPage() {
  const phone = usePhone();
  const [filters, setFilter, clearFilters] = useFilters<{ status: StatusFilter }>(['status']);
  const paging = usePaging(filters.status);
  const tasks = useTasks(filters.status, paging.from);
  const page = tasks.data;
  return (
    <section className="section" aria-label="Tasks">
      <div className="toolbar filters">
        <NativeSelect
          aria-label="State"
          value={filters.status}
          data={statuses}
          onChange={(event) => setFilter('status', event.currentTarget.value)}
        />
        {filters.status && <ClearFilters onClear={clearFilters} />}
      </div>
      {tasks.isPending ? (
        <Loading />
      ) : tasks.error && !page ? (
        <Problem error={tasks.error} title="The tasks could not be loaded" onRetry={() => void tasks.refetch()} />
      ) : page!.items.length === 0 && paging.page === 1 ? (
        filters.status ? (
          <Empty icon="search" title="No task is in this state">
            Choose another state, or look at all of them.
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
        <TaskCards tasks={page!.items} />
      ) : (
        <TaskTable tasks={page!.items} />
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

function TaskTitle({ task }: { task: Task }) {
  const detail = taskDetail(task);
  const say = useSayAction();
  return (
    <>
      <Link className="main-link" to={taskPath(task.task_id)}>
        {say(actionOf(task))}
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

function TaskTable({ tasks }: { tasks: Task[] }) {
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
                <TaskTitle task={task} />
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

function TaskCards({ tasks }: { tasks: Task[] }) {
  return (
    <ul className="cards" aria-label="Tasks">
      {tasks.map((task) => (
        <li key={task.task_id} className="panel card" data-task={task.task_id}>
          <div className="card-head wraps">
            <div>
              <TaskTitle task={task} />
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
