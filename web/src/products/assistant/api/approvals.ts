// Approvals: what waits for a yes.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { assistantKeys } from './keys';
import { useParts } from './parts';
import { takeReply, waiting } from './tasks';
import type { Approval } from './types';

const lookAgainMs = 10_000;

const approvalsBehind = (after: string | undefined, signal: AbortSignal) =>
  ask(api.GET('/api/v1/approvals', { params: { query: given({ after }) }, signal }));

/** The oldest: enough to say how many wait. */
export function useFirstApprovals() {
  return useQuery({
    queryKey: [...assistantKeys.approvals, 'first'],
    queryFn: ({ signal }) => approvalsBehind(undefined, signal),
    refetchInterval: lookAgainMs,
  });
}

/** What waits for whoever is signed in, or was asked for by them, oldest first. */
export const useApprovals = () =>
  useParts<Approval, string>(
    [...assistantKeys.approvals, 'all'],
    async (after, signal) => {
      const { items, next_after } = await approvalsBehind(after, signal);
      return { items, rest: next_after };
    },
    lookAgainMs,
  );

const ofApproval = ({ approval_id }: Approval) => ({ path: { approval_id } });

/** The digest is of what was shown: nothing else can be approved by it. */
export function useApprove(approval: Approval) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(
        api.POST('/api/v1/approvals/{approval_id}/approve', {
          params: { ...ofApproval(approval), ...waiting },
          body: { digest: approval.digest },
        }),
      ),
    onSuccess: (reply) => void takeReply(client, reply),
    onError: () => lookAgain(client, approval),
  });
}

export function useReject(approval: Approval) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) =>
      ask(
        api.POST('/api/v1/approvals/{approval_id}/reject', {
          params: ofApproval(approval),
          body: { digest: approval.digest, ...(reason && { reason }) },
        }),
      ),
    onSuccess: (reply) => void takeReply(client, reply),
    onError: () => lookAgain(client, approval),
  });
}

function lookAgain(client: ReturnType<typeof useQueryClient>, { task_id }: Approval) {
  void refresh(client, assistantKeys.approvals);
  void refresh(client, assistantKeys.task(task_id));
}
