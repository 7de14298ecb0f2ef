// The names of what is kept of meetings.
export const meetingKeys = {
  all: ['meetings'] as const,
  lists: ['meetings', 'list'] as const,
  one: (id: number) => ['meetings', 'one', id] as const,
  thread: (id: number) => ['meetings', 'thread', id] as const,
  summary: (id: number) => ['meetings', 'summary', id] as const,
  search: ['meetings', 'search'] as const,
};
