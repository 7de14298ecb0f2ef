// What `npm run generate:api` writes into kit/api/schema.ts where the program has the assistant's routes: it goes when
// they are there, and types.ts then takes its names from the generated shapes.

type Json = unknown;
type JsonObject = Record<string, unknown>;
/** Lists whose whole length nobody counts: where the rest begins, absent at the end. */
interface From<Item> {
  items: Item[];
  next_from?: number;
}
interface Behind<Item, Place> {
  items: Item[];
  next_after?: Place;
}

export interface Schemas {
  AssistantConversation: {
    conversation_id: string;
    title: string;
    messages: number;
    tasks: number;
    created_at: string;
    updated_at: string;
  };
  AssistantMessage: {
    number: number;
    role: 'user' | 'assistant' | 'system';
    content: string;
    task_id?: string;
    created_at: string;
  };
  AssistantTask: {
    task_id: string;
    conversation_id: string;
    owner: string;
    service: string;
    intent: string;
    inputs: JsonObject;
    status: 'planned' | 'awaiting_user' | 'executing' | 'done' | 'error';
    phase:
      | 'planned'
      | 'awaiting_choice'
      | 'awaiting_answer'
      | 'awaiting_approval'
      | 'unknown_outcome'
      | 'executing'
      | 'cancelling'
      | 'done'
      | 'failed'
      | 'rejected'
      | 'cancelled';
    reason?: string;
    result?: Json;
    steps: number;
    parent_task?: string;
    parent_step?: number;
    created_at: string;
    updated_at: string;
  };
  AssistantChoice: { id: string; label: string; value?: Json };
  AssistantQuestion: {
    question_id: string;
    kind: 'choice' | 'answer' | 'unknown_outcome';
    text: string;
    choices: Schemas['AssistantChoice'][];
    answer?: JsonObject;
    answered_by?: string;
    asked_at: string;
    answered_at?: string;
  };
  AssistantPlannedCall: {
    path: string;
    action: string;
    description?: string;
    args: JsonObject;
    writes?: boolean;
    needs_approval?: boolean;
  };
  AssistantApproval: {
    approval_id: string;
    task_id: string;
    asker: string;
    digest: string;
    calls: Schemas['AssistantPlannedCall'][];
    may: 'asker' | 'administrator' | 'named';
    names: string[];
    why?: string;
    state: 'pending' | 'approved' | 'rejected' | 'withdrawn';
    decider?: string;
    asked_at: string;
    decided_at?: string;
    can_decide: boolean;
  };
  AssistantReply: {
    kind: 'question' | 'plan' | 'approval' | 'running' | 'result' | 'failed' | 'nothing';
    conversation_id: string;
    message: string;
    task?: Schemas['AssistantTask'];
    question?: Schemas['AssistantQuestion'];
    approval?: Schemas['AssistantApproval'];
    steps: Schemas['AssistantPlannedCall'][];
    explanation: JsonObject;
  };
  AssistantStep: {
    number: number;
    path: string;
    action: string;
    args: JsonObject;
    output?: Json;
    status: 'pending' | 'running' | 'done' | 'error' | 'skipped';
    writes: boolean;
    error?: string;
    tries: number;
    output_cut: boolean;
    started_at?: string;
    ended_at?: string;
  };
  AssistantCall: {
    call_id: string;
    step: number;
    service: string;
    method: string;
    url: string;
    request?: string;
    response?: string;
    status?: number;
    latency_ms?: number;
    error?: string;
    created_at: string;
  };
  AssistantCommand: {
    command_id: string;
    step: number;
    command: string;
    args: Json[];
    cwd?: string;
    mode: string;
    exit_code?: number;
    out?: string;
    err?: string;
    duration_ms?: number;
    error?: string;
    created_at: string;
  };

  PackRow: {
    service: string;
    title: string;
    source: 'shipped' | 'added';
    enabled: boolean;
    /** false: it has errors, and is not used. */
    usable: boolean;
    /** Enabled, usable, and nothing that it needs is missing. */
    ready: boolean;
    operations: number;
    intents: number;
  };
  Pack: {
    service: string;
    title: string;
    source: 'shipped' | 'added';
    enabled: boolean;
    usable: boolean;
    ready: boolean;
    synonyms: string[];
    intents: { name: string; description?: string }[];
    operations: {
      name: string;
      summary: string;
      method: string;
      path: string;
      writes: boolean;
      approval: boolean;
    }[];
    /** For administrators. */
    settings?: {
      replaces_shipped: boolean;
      base_url: string;
      base_url_from: 'pack' | 'stored' | 'environment';
      keys: { name: string; from: 'nowhere' | 'stored' | 'environment'; environment: string }[];
      /** Keys are stored, but for another address: they have to be set again. */
      keys_unused: boolean;
      approval: PackApproval;
      /** By the tenant; false: it is the pack's own rule. */
      approval_set: boolean;
      egress: string[];
      errors: number;
      warnings: number;
      findings: { severity: string; file: string; pointer: string; message: string; advice: string }[];
    };
  };
  PackChange: {
    enabled?: boolean;
    base_url?: string;
    secrets?: JsonObject;
    approval?: PackApproval;
  };
  PackTested: {
    verdict: 'good' | 'unsure' | 'bad';
    summary: string;
    operation?: string;
    /** Of the answer; 0: there was none. */
    status: number;
    took_ms: number;
  };
  PackAdded: { service: string; replaced: boolean };
}

interface PackApproval {
  by: 'pack' | 'asker' | 'administrator' | 'named';
  names?: string[];
}

interface Headers {
  [name: string]: unknown;
}
interface Empty {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}
/** What a route takes and answers. */
interface Route<Data, Takes, Body = never> {
  parameters: Omit<Empty, keyof Takes> & Takes;
  requestBody: [Body] extends [never] ? undefined : { content: { 'application/json': Body } };
  responses: { 200: { headers: Headers; content: { 'application/json': Data } } };
}
type Get<Data, Takes = Empty> = Omit<Route<Data, Takes>, 'requestBody'> & { requestBody?: never };
type Send<Data, Body, Takes = Empty> = Route<Data, Takes, Body>;
/** Something new. */
type Make<Data, Body, Takes> = Omit<Send<Data, Body, Takes>, 'responses'> & {
  responses: { 201: { headers: Headers; content: { 'application/json': Data } } };
};
/** Without an answer. */
type Done<Takes> = Omit<Get<never, Takes>, 'responses'> & { responses: { 204: { headers: Headers; content?: never } } };

interface Page {
  from?: number;
  limit?: number;
}
interface OfTask {
  path: { task_id: string };
}
interface OfConversation {
  path: { conversation_id: string };
}
/** How long to wait for the end or the next question. */
interface Wait {
  query?: { wait_s?: number };
}
interface OfApproval {
  path: { approval_id: string };
}
interface OfPack {
  path: { service: string };
}
type Reply = Schemas['AssistantReply'];
interface Say {
  text: string;
  task_id?: string;
}

declare module '@/kit/api/schema' {
  interface paths {
    '/api/v1/conversations': {
      parameters: Empty;
      get: Get<From<Schemas['AssistantConversation']>, { query?: Page }>;
      /** Says something in a new one. */
      post: Make<Reply, Say, Wait>;
    };
    '/api/v1/conversations/{conversation_id}': {
      parameters: Empty;
      get: Get<Schemas['AssistantConversation'], OfConversation>;
    };
    '/api/v1/conversations/{conversation_id}/messages': {
      parameters: Empty;
      get: Get<
        Behind<Schemas['AssistantMessage'], number>,
        OfConversation & { query?: { after?: number; limit?: number } }
      >;
      post: Send<Reply, Say, OfConversation & Wait>;
    };
    '/api/v1/tasks': {
      parameters: Empty;
      get: Get<
        From<Schemas['AssistantTask']>,
        { query?: Page & { conversation_id?: string; status?: Schemas['AssistantTask']['status'] } }
      >;
    };
    '/api/v1/tasks/{task_id}': { parameters: Empty; get: Get<Reply, OfTask> };
    '/api/v1/tasks/{task_id}/steps': {
      parameters: Empty;
      get: Get<Behind<Schemas['AssistantStep'], number>, OfTask & { query?: { after?: number; limit?: number } }>;
    };
    '/api/v1/tasks/{task_id}/questions': {
      parameters: Empty;
      get: Get<From<Schemas['AssistantQuestion']>, OfTask & { query?: { from?: number } }>;
    };
    '/api/v1/tasks/{task_id}/approvals': {
      parameters: Empty;
      get: Get<From<Schemas['AssistantApproval']>, OfTask & { query?: { from?: number } }>;
    };
    '/api/v1/tasks/{task_id}/calls': {
      parameters: Empty;
      get: Get<Behind<Schemas['AssistantCall'], string>, OfTask & { query?: { after?: string } }>;
    };
    '/api/v1/tasks/{task_id}/commands': {
      parameters: Empty;
      get: Get<Behind<Schemas['AssistantCommand'], string>, OfTask & { query?: { after?: string } }>;
    };
    '/api/v1/tasks/{task_id}/execute': { parameters: Empty; post: Get<Reply, OfTask & Wait> };
    '/api/v1/tasks/{task_id}/answer': {
      parameters: Empty;
      post: Send<Reply, { choice_id?: string; text?: string }, OfTask & Wait>;
    };
    '/api/v1/tasks/{task_id}/cancel': { parameters: Empty; post: Get<Reply, OfTask> };
    '/api/v1/tasks/{task_id}/fork': {
      parameters: Empty;
      post: Make<Reply, { from_step: number; inputs?: JsonObject }, OfTask>;
    };
    '/api/v1/approvals': {
      parameters: Empty;
      get: Get<Behind<Schemas['AssistantApproval'], string>, { query?: { after?: string } }>;
    };
    '/api/v1/approvals/{approval_id}': { parameters: Empty; get: Get<Schemas['AssistantApproval'], OfApproval> };
    '/api/v1/approvals/{approval_id}/approve': {
      parameters: Empty;
      post: Send<Reply, { digest: string }, OfApproval & Wait>;
    };
    '/api/v1/approvals/{approval_id}/reject': {
      parameters: Empty;
      post: Send<Reply, { digest: string; reason?: string }, OfApproval>;
    };
    '/api/v1/packs': {
      parameters: Empty;
      get: Get<{ items: Schemas['PackRow'][]; total: number; next_from?: number }, { query?: Page }>;
      post: Make<Schemas['PackAdded'], { files: JsonObject }, Empty>;
    };
    '/api/v1/packs/reload': { parameters: Empty; post: Get<{ items: Schemas['PackRow'][]; total: number }> };
    '/api/v1/packs/{service}': {
      parameters: Empty;
      get: Get<Schemas['Pack'], OfPack>;
      put: Send<Schemas['Pack'], Schemas['PackChange'], OfPack>;
      delete: Done<OfPack>;
    };
    '/api/v1/packs/{service}/test': { parameters: Empty; post: Get<Schemas['PackTested'], OfPack> };
  }
}
