// Who else is told of meetings: webhooks, and what they were told.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { pageSize } from '@/kit/pager';
import { meetingKeys } from './keys';
import type { Webhook } from './types';

const lookAgainMs = 10_000;
const ofWebhook = (id: number) => ({ path: { webhook_id: String(id) } });

/** There are few: they come whole. */
export function useWebhooks() {
  return useQuery({
    queryKey: meetingKeys.webhooks,
    queryFn: ({ signal }) => ask(api.GET('/api/v1/meetings/webhooks', { signal })),
  });
}

/** It is disabled by itself when its address is gone. */
export function useWebhook(id: number) {
  return useQuery({
    queryKey: meetingKeys.webhook(id),
    queryFn: ({ signal }) => ask(api.GET('/api/v1/meetings/webhooks/{webhook_id}', { params: ofWebhook(id), signal })),
    refetchInterval: lookAgainMs,
    retry: false,
  });
}

export interface NewWebhook {
  url: string;
  events: Record<string, boolean>;
  format: Webhook['format'];
  secret?: string;
  tenant_wide?: boolean;
}

/** The answer has the secret, this once. */
export function useMakeWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewWebhook) => ask(api.POST('/api/v1/meetings/webhooks', { body })),
    onSuccess: () => void refresh(client, meetingKeys.webhooks),
  });
}

export type WebhookChange = Partial<Omit<NewWebhook, 'tenant_wide'>> & { enabled?: boolean };

export function useChangeWebhook(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: WebhookChange) =>
      ask(api.PATCH('/api/v1/meetings/webhooks/{webhook_id}', { params: ofWebhook(id), body })),
    onSuccess: (webhook) => {
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

/** Newest first; what waits changes by itself. */
export function useDeliveries(id: number, from: number) {
  return useQuery({
    queryKey: [...meetingKeys.deliveries(id), from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/meetings/webhooks/{webhook_id}/deliveries', {
          params: { ...ofWebhook(id), query: given({ from, limit: pageSize }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      data?.items.some(({ state }) => state === 'waiting') ? 2_000 : lookAgainMs,
    retry: false,
  });
}

const ofDelivery = (id: number, delivery: number) => ({
  path: { webhook_id: String(id), delivery_id: String(delivery) },
});

/** With the body as it goes out. */
export function useDelivery(id: number, delivery: number | undefined) {
  return useQuery({
    queryKey: [...meetingKeys.deliveries(id), 'one', delivery],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}', {
          params: ofDelivery(id, delivery!),
          signal,
        }),
      ),
    enabled: delivery !== undefined,
    retry: false,
  });
}

/** Under the same event id: who has taken it knows it again. */
export function useReplay(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (delivery: number) =>
      ask(
        api.POST('/api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}/replay', {
          params: ofDelivery(id, delivery),
        }),
      ),
    onSuccess: () => void refresh(client, meetingKeys.deliveries(id)),
  });
}
