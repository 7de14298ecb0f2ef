// Tasks: what was asked for, how far it is, and what can be done with it.
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, ask, given } from '@/kit/api/http';
import { followVisibility, LiveStream } from '@/kit/api/live';
import { refresh } from '@/kit/api/refresh';
import { pageSize } from '@/kit/pager';
import { isEnded, isMoving } from '../parts/words';
import { assistantKeys } from './keys';
import type { Reply, Task } from './types';

/** '' stands for any. */
export type StatusFilter = '' | Task['status'];

export function useTasks(status: StatusFilter, service: string, from: number) {
  return useQuery({
    queryKey: [...assistantKeys.taskLists, status, service, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/tasks', {
          params: { query: given({ status, service, from: from || undefined, limit: pageSize }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: from === 0 ? 10_000 : false,
  });
}

/** What one conversation led to, newest change first. */
export function useTasksOf(conversationId: string) {
  return useQuery({
    queryKey: [...assistantKeys.taskLists, 'of', conversationId],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/tasks', { params: { query: { conversation_id: conversationId, limit: pageSize } }, signal }),
      ),
    enabled: conversationId !== '',
  });
}

/** What sets a task going waits so long for its end or its next question, and the stream tells how far it is meanwhile. */
export const waiting = { query: { wait_s: 60 } };
const ofTask = (taskId: string) => ({ path: { task_id: taskId } });
/** While it runs and the stream is not there, or tells nothing. */
const lookAgainMs = 5_000;
/** While it waits: it may be approved, answered or cancelled in another window, or by somebody else. */
const waitsAgainMs = 10_000;

export function useTask(taskId: string) {
  const client = useQueryClient();
  const task = useQuery({
    queryKey: assistantKeys.task(taskId),
    queryFn: ({ signal }) => ask(api.GET('/api/v1/tasks/{task_id}', { params: ofTask(taskId), signal })),
    refetchInterval: ({ state: { data } }) =>
      !data?.task || isEnded(data.task.phase) ? false : isMoving(data.task.phase) ? lookAgainMs : waitsAgainMs,
    enabled: taskId !== '',
    staleTime: 0,
    retry: false,
  });
  const phase = task.data?.task?.phase;
  const before = useRef<{ taskId: string; phase: string }>(undefined);
  useEffect(() => {
    // However it went on, what it did meanwhile is asked for again.
    if (phase && before.current?.taskId === taskId && before.current.phase !== phase)
      void refresh(client, assistantKeys.runOf(taskId));
    if (phase) before.current = { taskId, phase };
  }, [client, taskId, phase]);
  return task;
}

const stepsAtOnce = 100;
/** All steps that the server keeps of one task come in so many pages. */
const mostPages = 50;

export function useSteps(taskId: string, wanted = true) {
  return useQuery({
    queryKey: [...assistantKeys.runOf(taskId), 'steps'],
    queryFn: async ({ signal }) => {
      const all = [];
      let after: number | undefined;
      for (let page = 0; page < mostPages; ++page) {
        const { items, next_after } = await ask(
          api.GET('/api/v1/tasks/{task_id}/steps', {
            params: { ...ofTask(taskId), query: given({ after, limit: stepsAtOnce }) },
            signal,
          }),
        );
        all.push(...items);
        if (next_after === undefined) break;
        after = next_after;
      }
      return all;
    },
    enabled: wanted,
    staleTime: 0,
  });
}

/** Follows a task while it runs: the stream says that something changed, and what that is is asked for. */
export function useTaskLive(taskId: string, runs: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!runs) return;
    const look = () => {
      void refresh(client, assistantKeys.task(taskId));
      void refresh(client, assistantKeys.runOf(taskId));
    };
    const stream = new LiveStream<'task' | 'step' | 'end'>(
      { onState: () => {}, onOpen: look, onEvent: look },
      { path: `/api/v1/tasks/${encodeURIComponent(taskId)}/live`, resume: 'since', names: ['task', 'step', 'end'] },
    );
    const letGo = followVisibility(stream);
    return () => {
      letGo();
      stream.close();
    };
  }, [client, taskId, runs]);
}

/** What a reply says of a task stands at once; what hangs on it is asked for again, and what was said is waited for. */
export function takeReply(client: QueryClient, reply: Reply): Promise<void> {
  if (reply.task) {
    client.setQueryData(assistantKeys.task(reply.task.task_id), reply);
    void refresh(client, assistantKeys.runOf(reply.task.task_id));
  }
  void refresh(client, assistantKeys.taskLists);
  void refresh(client, assistantKeys.approvals);
  void refresh(client, assistantKeys.lessons); // What was chosen is learned.
  if (!reply.conversation_id) return Promise.resolve(); // Somebody else's task, which was only approved here.
  void refresh(client, assistantKeys.conversations);
  return refresh(client, assistantKeys.messages(reply.conversation_id));
}

/** Something that is done to a task. When it is refused the task is not as it was shown: it is looked at again. */
function useTaskAction<What>(taskId: string, act: (what: What) => Promise<Reply>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (reply) => void takeReply(client, reply),
    onError: () => void refresh(client, assistantKeys.task(taskId)),
  });
}

export const useExecute = (taskId: string) =>
  useTaskAction<void>(taskId, () =>
    ask(api.POST('/api/v1/tasks/{task_id}/execute', { params: { ...ofTask(taskId), ...waiting } })),
  );

export const useCancel = (taskId: string) =>
  useTaskAction<void>(taskId, () => ask(api.POST('/api/v1/tasks/{task_id}/cancel', { params: ofTask(taskId) })));

export const useAnswer = (taskId: string) =>
  useTaskAction<{ choice_id?: string; text?: string }>(taskId, (body) =>
    ask(api.POST('/api/v1/tasks/{task_id}/answer', { params: { ...ofTask(taskId), ...waiting }, body })),
  );

/** A new plan that has the steps before that number behind it. */
export const useFork = (taskId: string) =>
  useTaskAction<number>(taskId, (from_step) =>
    ask(api.POST('/api/v1/tasks/{task_id}/fork', { params: ofTask(taskId), body: { from_step } })),
  );

/** A new plan of the calls that undo what the task did, with what stays. */
export const useUndo = (taskId: string) =>
  useTaskAction<void>(taskId, () => ask(api.POST('/api/v1/tasks/{task_id}/undo', { params: ofTask(taskId) })));
