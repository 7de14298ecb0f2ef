// The names of what is kept of meetings.
export const meetingKeys = {
  all: ['meetings'] as const,
  lists: ['meetings', 'list'] as const,
  one: (id: number) => ['meetings', 'one', id] as const,
  thread: (id: number) => ['meetings', 'thread', id] as const,
  summary: (id: number) => ['meetings', 'summary', id] as const,
  recordings: (id: number) => ['meetings', 'recordings', id] as const,
  search: ['meetings', 'search'] as const,
  webhooks: ['meetings', 'webhooks'] as const,
  webhook: (id: number) => ['meetings', 'webhook', id] as const,
  deliveries: (id: number) => ['meetings', 'deliveries', id] as const,
  /** Outside of `all`: each look is in the audit log, so a stream that comes back looks at none. */
  delivery: (webhook: number, id: number) => ['meeting-delivery', webhook, id] as const,
};
