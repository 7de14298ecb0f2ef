// What the tests of the assistant's pages share. Nothing of this is bundled.
import { vi } from 'vitest';
import type { Approval, Conversation, Pack, PackRow, Question, Reply, Step, Task } from './api/types';

const at = '2026-11-22T03:00:00Z';

export const task: Task = {
  task_id: 't1',
  conversation_id: 'c1',
  owner: '@admin:example.org',
  service: 'companycam',
  intent: 'add_project_conversation',
  inputs: { project_hint: { name: 'Shaw' }, message: 'Roof done' },
  status: 'planned',
  phase: 'planned',
  steps: 0,
  created_at: at,
  updated_at: at,
};
export const planned: Reply = {
  kind: 'plan',
  conversation_id: 'c1',
  message: 'I would add the comment.',
  task,
  steps: [
    {
      path: '0',
      action: 'companycam.list_projects',
      description: 'Find the project',
      args: { query: 'Shaw' },
      writes: false,
    },
    {
      path: '2',
      action: 'companycam.create_project_comment',
      description: 'Add the comment',
      args: { comment: { content: 'Roof done' } },
      writes: true,
      needs_approval: true,
    },
  ],
  files: [],
  explanation: {},
  undoable: false,
};
export const question: Question = {
  question_id: 'q1',
  kind: 'choice',
  text: 'Which one did you mean?',
  choices: [
    { id: 'p1', label: 'Shaw, 12 Oak Street' },
    { id: 'p2', label: 'Shaw & Sons' },
  ],
  asked_at: at,
};
export const approval: Approval = {
  approval_id: 'a1',
  task_id: 't1',
  asker: '@admin:example.org',
  digest: 'digest of the calls',
  calls: [
    { path: '2', action: 'companycam.create_project_comment', args: { project_id: 'p1', text: 'Roof \u202edone' } },
  ],
  may: 'asker',
  names: [],
  state: 'pending',
  asked_at: at,
  can_decide: true,
};
/** How the task of `planned` stands in another phase. */
export function viewIn(phase: Task['phase'], status: Task['status'], more: Partial<Task> = {}): Reply {
  return { ...planned, steps: [], task: { ...task, phase, status, ...more } };
}
export const asking: Reply = { ...viewIn('awaiting_choice', 'awaiting_user'), kind: 'question', question };
export const step: Step = {
  number: 1,
  path: '0',
  action: 'companycam.list_projects',
  args: { query: 'Shaw' },
  output: [{ id: 'p1' }],
  status: 'done',
  writes: false,
  tries: 1,
  output_cut: false,
  started_at: at,
  ended_at: '2026-11-22T03:00:00.512Z',
};
export const conversation: Conversation = {
  conversation_id: 'c1',
  title: 'Roof of Shaw',
  messages: 2,
  tasks: 1,
  created_at: at,
  updated_at: at,
};
export const packRow = (service: string, title: string, more: Partial<PackRow> = {}): PackRow => ({
  service,
  title,
  source: 'shipped',
  enabled: true,
  usable: true,
  ready: true,
  operations: 2,
  intents: 1,
  ...more,
});
export const pack: Pack = {
  service: 'shop',
  title: 'The shop',
  source: 'added',
  enabled: true,
  usable: true,
  ready: false,
  synonyms: ['store'],
  intents: [{ name: 'find_article', description: 'Find an article' }],
  operations: [
    {
      name: 'list_articles',
      summary: 'All articles',
      method: 'GET',
      path: '/articles',
      writes: false,
      approval: false,
    },
    { name: 'order', summary: 'Order one', method: 'POST', path: '/orders', writes: true, approval: true },
  ],
  settings: {
    replaces_shipped: false,
    base_url: 'https://shop.example/v1',
    base_url_from: 'pack',
    keys: [{ name: 'key', from: 'nowhere', environment: 'SHOP_API_KEY' }],
    keys_unused: false,
    approval: { by: 'asker' },
    approval_set: false,
    egress: ['shop.example'],
    errors: 0,
    warnings: 0,
    findings: [],
  },
};

/** A file as a browser hands it over; jsdom knows no folders. */
export function chosenFile(name: string, text: string | Uint8Array<ArrayBuffer>, path = ''): File {
  const made = new File([text], name);
  Object.defineProperty(made, 'webkitRelativePath', { value: path });
  return made;
}

/** A stream of events that the test speaks for; jsdom has none. */
export function stubStream(): { say: (name: string) => void } {
  const listeners = new Map<string, (event: { data: string; lastEventId: string }) => void>();
  vi.stubGlobal(
    'EventSource',
    class {
      addEventListener(name: string, listener: (event: { data: string; lastEventId: string }) => void) {
        listeners.set(name, listener);
      }
      close() {}
    },
  );
  return { say: (name) => listeners.get(name)?.({ data: '{}', lastEventId: '' }) };
}
