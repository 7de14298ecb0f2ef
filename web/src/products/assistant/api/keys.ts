// What the assistant's answers are kept under.
export const assistantKeys = {
  all: ['assistant'] as const,
  conversations: ['assistant', 'conversations'] as const,
  conversation: (id: string) => ['assistant', 'conversation', id] as const,
  messages: (id: string) => ['assistant', 'messages', id] as const,
  taskLists: ['assistant', 'tasks'] as const,
  task: (id: string) => ['assistant', 'task', id] as const,
  /** Steps, calls and commands, questions and approvals of one task. */
  runOf: (id: string) => ['assistant', 'run', id] as const,
  lessons: ['assistant', 'lessons'] as const,
  approvals: ['assistant', 'approvals'] as const,
  packs: ['assistant', 'packs'] as const,
};
