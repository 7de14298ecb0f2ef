// Where the assistant's pages are.
export const chatPath = (conversationId: string) => `/ui/assistant/chat/${encodeURIComponent(conversationId)}`;
export const taskPath = (taskId: string) => `/ui/assistant/tasks/${encodeURIComponent(taskId)}`;
export const packPath = (service: string) => `/ui/assistant/services/${encodeURIComponent(service)}`;
