// Approvals: what waits for a yes.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { assistantKeys } from './keys';
import { takeReply } from './tasks';
import type { Approval } from './types';

const lookAgainMs = 15_000;

/** '' is the first page. */
export function useApprovals(after = '') {
  return useQuery({
    queryKey: [...assistantKeys.approvals, after],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/approvals', { params: { query: given({ after }) }, signal })),
    refetchInterval: lookAgainMs,
  });
}

const ofApproval = ({ approval_id }: Approval) => ({ path: { approval_id } });

/** The digest is of what was shown: nothing else can be approved by it. */
export function useApprove(approval: Approval) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(
        api.POST('/api/v1/approvals/{approval_id}/approve', {
          params: ofApproval(approval),
          body: { digest: approval.digest },
        }),
      ),
    onSuccess: (reply) => takeReply(client, reply),
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
    onSuccess: (reply) => takeReply(client, reply),
    onError: () => lookAgain(client, approval),
  });
}

function lookAgain(client: ReturnType<typeof useQueryClient>, { task_id }: Approval) {
  void refresh(client, assistantKeys.approvals);
  void refresh(client, assistantKeys.task(task_id));
}
