// Webhooks of meetings: who is told, and what was told.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { pageSize } from '@/kit/pager';
import { meetingKeys } from './keys';
import type { Delivery, NewWebhook, Webhook } from './types';

/** While something is on its way, and else. */
const soonMs = 3_000;
const lookAgainMs = 10_000;

const ofWebhook = (id: number) => ({ path: { webhook_id: String(id) } });
const ofDelivery = (webhook: number, id: number) => ({
  path: { webhook_id: String(webhook), delivery_id: String(id) },
});

export function useWebhooks() {
  return useQuery({
    queryKey: meetingKeys.webhooks,
    queryFn: ({ signal }) => ask(api.GET('/api/v1/meetings/webhooks', { signal })),
  });
}

/** Looked at again: one that answers 410 is disabled by the server. */
export function useWebhook(id: number) {
  return useQuery({
    queryKey: meetingKeys.webhook(id),
    queryFn: ({ signal }) => ask(api.GET('/api/v1/meetings/webhooks/{webhook_id}', { params: ofWebhook(id), signal })),
    refetchInterval: lookAgainMs,
    retry: false,
  });
}

/** The answer has the secret, so it is kept nowhere but where it is shown. */
export function useCreateWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewWebhook) => ask(api.POST('/api/v1/meetings/webhooks', { body })),
    onSuccess: () => void refresh(client, meetingKeys.webhooks),
    gcTime: 0,
  });
}

/** Off: what waits is given up. On: also after the other side has answered 410. */
export function useEnableWebhook(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (enabled: boolean) =>
      ask(api.PATCH('/api/v1/meetings/webhooks/{webhook_id}', { params: ofWebhook(id), body: { enabled } })),
    onSuccess: (webhook: Webhook) => {
      client.setQueryData(meetingKeys.webhook(id), webhook);
      void refresh(client, meetingKeys.webhooks);
      void refresh(client, meetingKeys.deliveries(id));
    },
  });
}

export function useDeleteWebhook(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/meetings/webhooks/{webhook_id}', { params: ofWebhook(id) })),
    onSuccess: () => void refresh(client, meetingKeys.webhooks),
  });
}

export function useTestWebhook(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST('/api/v1/meetings/webhooks/{webhook_id}/test', { params: ofWebhook(id) })),
    onSuccess: () => void refresh(client, meetingKeys.deliveries(id)),
  });
}

export function useDeliveries(webhook: number, from: number) {
  return useQuery({
    queryKey: [...meetingKeys.deliveries(webhook), from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/meetings/webhooks/{webhook_id}/deliveries', {
          params: { ...ofWebhook(webhook), query: given({ from, limit: pageSize }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      data?.items.some(({ state }) => state === 'waiting') ? soonMs : lookAgainMs,
    retry: false,
  });
}

/** With its body, which may have words of a call in it: read when somebody looks, and not kept. */
export function useDelivery(webhook: number, id: number) {
  return useQuery({
    queryKey: meetingKeys.delivery(webhook, id),
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}', {
          params: ofDelivery(webhook, id),
          signal,
        }),
      ),
    gcTime: 0,
    // Each look is in the audit log: none that nobody asked for.
    staleTime: Infinity,
    retry: false,
  });
}

export function useReplay(webhook: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: Pick<Delivery, 'id'>) =>
      ask(
        api.POST('/api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}/replay', {
          params: ofDelivery(webhook, id),
        }),
      ),
    // Also where it failed: it may be on its way already, or the webhook disabled.
    onSettled: () => {
      void refresh(client, meetingKeys.deliveries(webhook));
      void refresh(client, meetingKeys.webhook(webhook));
    },
  });
}
