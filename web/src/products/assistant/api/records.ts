// What one task did: the requests and commands, what was asked and approved.
import { useQuery } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { assistantKeys } from './keys';
import { useParts } from './parts';
import type { ApiCall, Approval, CommandRun, Question } from './types';

const ofTask = (taskId: string) => ({ path: { task_id: taskId } });
const keyOf = (taskId: string, what: string) => [...assistantKeys.runOf(taskId), what] as const;

export const useCalls = (taskId: string) =>
  useParts<ApiCall, string>(keyOf(taskId, 'calls'), async (after, signal) => {
    const params = { ...ofTask(taskId), query: given({ after }) };
    const { items, next_after } = await ask(api.GET('/api/v1/tasks/{task_id}/calls', { params, signal }));
    return { items, rest: next_after };
  });

export const useCommands = (taskId: string) =>
  useParts<CommandRun, string>(keyOf(taskId, 'commands'), async (after, signal) => {
    const params = { ...ofTask(taskId), query: given({ after }) };
    const { items, next_after } = await ask(api.GET('/api/v1/tasks/{task_id}/commands', { params, signal }));
    return { items, rest: next_after };
  });

/** What models were shown for the task's plan, and said. */
export const useExchanges = (taskId: string, wanted: boolean) =>
  useQuery({
    queryKey: keyOf(taskId, 'exchanges'),
    queryFn: ({ signal }) => ask(api.GET('/api/v1/tasks/{task_id}/exchanges', { params: ofTask(taskId), signal })),
    enabled: wanted,
  });

export const useQuestions = (taskId: string) =>
  useParts<Question, number>(keyOf(taskId, 'questions'), async (from, signal) => {
    const params = { ...ofTask(taskId), query: given({ from }) };
    const { items, next_from } = await ask(api.GET('/api/v1/tasks/{task_id}/questions', { params, signal }));
    return { items, rest: next_from };
  });

export const useTaskApprovals = (taskId: string) =>
  useParts<Approval, number>(keyOf(taskId, 'approvals'), async (from, signal) => {
    const params = { ...ofTask(taskId), query: given({ from }) };
    const { items, next_from } = await ask(api.GET('/api/v1/tasks/{task_id}/approvals', { params, signal }));
    return { items, rest: next_from };
  });
