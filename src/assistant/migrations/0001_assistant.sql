-- What the assistant keeps: conversations, tasks with their steps, what was asked, approved, called and run. Texts and
-- JSON are stored without secrets (tasks/redactor.h).

-- The processes that may go on with tasks. A process that starts, or that others take for gone, has the next epoch; what
-- is claimed under an epoch that is not there is free (tasks/workers.h).
CREATE TABLE as_worker (
  holder TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  beat INTEGER NOT NULL              -- counted up while it lives; 0: nobody has the epoch
);

CREATE TABLE as_conversation (
  id TEXT PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,         -- principal
  title TEXT NOT NULL,
  messages INTEGER NOT NULL,         -- the number of the newest
  tasks INTEGER NOT NULL,            -- ever made in it
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX as_conversation_owner ON as_conversation (tenant_id, owner_id, updated_ms, id);
CREATE INDEX as_conversation_age ON as_conversation (updated_ms);

CREATE TABLE as_message (
  conversation_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  role TEXT NOT NULL,                -- user, assistant, system
  content TEXT NOT NULL,
  task_id TEXT NOT NULL,             -- '': none
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, number)
);

CREATE TABLE as_task (
  id TEXT PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,
  owner TEXT NOT NULL,               -- label of the principal, for the audit
  role INTEGER NOT NULL,             -- with which it was asked for: 0 member, 1 operator, 2 admin
  conversation_id TEXT NOT NULL,
  service TEXT NOT NULL,
  intent TEXT NOT NULL,
  inputs TEXT NOT NULL,              -- JSON
  phase TEXT NOT NULL,               -- tasks/phase.h; the seed's status follows from it
  reason TEXT NOT NULL,
  result TEXT,                       -- JSON
  attempt INTEGER NOT NULL,          -- how often a process took it up
  parent_task TEXT NOT NULL,         -- '': no fork
  parent_step INTEGER NOT NULL,
  steps INTEGER NOT NULL,            -- the number of the newest
  bytes INTEGER NOT NULL,            -- of inputs, arguments and outputs
  worker TEXT,                       -- which process has it; NULL: none
  worker_epoch INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX as_task_owner ON as_task (tenant_id, owner_id, updated_ms, id);
CREATE INDEX as_task_conversation ON as_task (conversation_id, id);
CREATE INDEX as_task_age ON as_task (updated_ms);
CREATE INDEX as_task_claimed ON as_task (worker, worker_epoch, id) WHERE worker IS NOT NULL;
CREATE INDEX as_task_running ON as_task (tenant_id, owner_id) WHERE worker IS NOT NULL;

-- What a person's tasks take, by which limits are held.
CREATE TABLE as_person (
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, owner_id)
);

CREATE TABLE as_step (
  task_id TEXT NOT NULL,
  number INTEGER NOT NULL,           -- in the order of beginning
  place INTEGER NOT NULL,            -- in the workflow
  path TEXT NOT NULL,                -- which one, in loops and parallel parts too
  action TEXT NOT NULL,
  args TEXT NOT NULL,                -- JSON
  output TEXT,                       -- JSON
  status TEXT NOT NULL,              -- pending, running, done, error, skipped
  writes INTEGER NOT NULL,
  marker TEXT NOT NULL,
  digest TEXT NOT NULL,
  error TEXT NOT NULL,
  tries INTEGER NOT NULL,
  output_cut INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,         -- 0: not yet
  PRIMARY KEY (task_id, number)
);
CREATE UNIQUE INDEX as_step_path ON as_step (task_id, path);

CREATE TABLE as_question (
  id TEXT PRIMARY KEY,
  task_id TEXT NOT NULL,
  kind TEXT NOT NULL,                -- choice, answer, unknown_outcome
  of_planner INTEGER NOT NULL,
  path TEXT NOT NULL,
  text TEXT NOT NULL,
  choices TEXT NOT NULL,             -- JSON
  answer TEXT,                       -- JSON; NULL: it is open
  answered_by TEXT NOT NULL,
  asked_ms INTEGER NOT NULL,
  answered_ms INTEGER NOT NULL,
  number INTEGER NOT NULL            -- in its task
);
CREATE UNIQUE INDEX as_question_task ON as_question (task_id, number);

CREATE TABLE as_approval (
  id TEXT PRIMARY KEY,
  task_id TEXT NOT NULL,
  tenant_id INTEGER NOT NULL,
  asker_id INTEGER NOT NULL,
  asker TEXT NOT NULL,
  digest TEXT NOT NULL,
  calls TEXT NOT NULL,               -- JSON
  paths TEXT NOT NULL,               -- JSON
  digests TEXT NOT NULL,             -- JSON
  may TEXT NOT NULL,                 -- asker, administrator, named
  names TEXT NOT NULL,               -- JSON
  why TEXT NOT NULL,
  state TEXT NOT NULL,               -- pending, approved, rejected, withdrawn
  decided_by INTEGER NOT NULL,
  decider TEXT NOT NULL,
  asked_ms INTEGER NOT NULL,
  decided_ms INTEGER NOT NULL,
  number INTEGER NOT NULL            -- in its task
);
CREATE UNIQUE INDEX as_approval_task ON as_approval (task_id, number);
CREATE INDEX as_approval_pending ON as_approval (tenant_id, asked_ms, id) WHERE state = 'pending';

CREATE TABLE as_call (
  id TEXT PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  task_id TEXT NOT NULL,             -- '': of no task
  step INTEGER NOT NULL,             -- 0: of no step
  service TEXT NOT NULL,
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  request TEXT NOT NULL,
  response TEXT,
  status INTEGER,                    -- NULL: no answer came
  latency_ms INTEGER,
  error TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE INDEX as_call_task ON as_call (task_id, created_ms, id);
CREATE INDEX as_call_age ON as_call (created_ms);

CREATE TABLE as_command (
  id TEXT PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  command TEXT NOT NULL,
  args TEXT NOT NULL,                -- JSON
  cwd TEXT NOT NULL,
  mode TEXT NOT NULL,                -- SANDBOX, HOST
  exit_code INTEGER,
  stdout TEXT NOT NULL,
  stderr TEXT NOT NULL,
  duration_ms INTEGER,
  error TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE INDEX as_command_task ON as_command (task_id, created_ms, id);
CREATE INDEX as_command_age ON as_command (created_ms);
