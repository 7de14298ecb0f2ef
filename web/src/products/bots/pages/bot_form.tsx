// The part that making and changing a bot share: its name, its brain's settings checked as one types, and asking the
// brain's service whether they work.
import { Alert, Button, Stack, TextInput } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { useTestBrain } from '../api/bots';
import { ApiError, messageOf } from '@/kit/api/http';
import type { BrainKind, BrainTested } from '@/kit/api/types';
import { ConfigForm } from '../parts/config_form';
import {
  checkField,
  fieldsOf,
  initialValues,
  toConfig,
  type ConfigField,
  type ConfigValues,
} from '../parts/config_schema';
import { readDraft, useDraft } from '@/kit/drafts';
import { focusFirstError } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { sayMs } from '../parts/usage_series';

export type Errors = Record<string, string | undefined>;

export interface BrainForm {
  kind: BrainKind | undefined;
  fields: ConfigField[];
  name: string;
  values: ConfigValues;
  stored: Record<string, unknown> | undefined;
  /** Of fields that were touched, or all after `check`; what the server said stays until its field changes. */
  errors: Errors;
  changed: boolean;
  setName: (name: string) => void;
  setValue: (field: string, value: string | boolean) => void;
  leave: (field: string) => void;
  /** Marks everything wrong; true when nothing is. */
  check: () => boolean;
  refused: (error: unknown) => void;
  /** To send; only after `check`. */
  config: () => Record<string, unknown>;
  reset: () => void;
}

interface Start {
  name: string;
  /** The config that the server has, with its secrets left out; not there for a new bot. */
  stored?: Record<string, unknown>;
  preset?: Record<string, unknown>;
  /** Where what is not saved yet is kept when the page is left (drafts.ts). */
  draft: string;
}
interface Draft {
  name: string;
  values: ConfigValues;
}

export function useBrainForm(kind: BrainKind | undefined, start: Start): BrainForm {
  const fields = fieldsOf(kind?.config_schema);
  const editing = start.stored !== undefined;
  const begin = () => initialValues(fields, start.stored ?? start.preset);
  const [kept] = useState(() => readDraft<Draft>(start.draft));
  const [name, setName] = useState(kept?.name ?? start.name);
  const [values, setValues] = useState<ConfigValues>(() => ({ ...begin(), ...kept?.values }));
  // What the server has may change while nobody has touched the form: then the form follows.
  const text = JSON.stringify({ name: start.name, values: begin() });
  const [base, setBase] = useState(text);
  if (base !== text) {
    if (JSON.stringify({ name, values }) === base) {
      setName(start.name);
      setValues(begin());
    }
    setBase(text);
  }
  const [touched, setTouched] = useState<Set<string>>(new Set());
  const [server, setServer] = useState<Errors>({});
  const problemOf = (field: ConfigField) => checkField(field, values[field.name], editing);
  const errors: Errors = { ...server };
  for (const field of fields) {
    const own = touched.has(field.name) ? problemOf(field) : null;
    if (own) errors[`config.${field.name}`] = own;
  }
  const touch = (field: string) => setTouched((before) => (before.has(field) ? before : new Set(before).add(field)));
  const changed = name !== start.name || JSON.stringify(values) !== JSON.stringify(begin());
  useDraft(start.draft, { name, values }, changed);
  return {
    kind,
    fields,
    name,
    values,
    errors,
    stored: start.stored,
    changed,
    setName: (next) => {
      setName(next);
      setServer(({ display_name: _gone, ...rest }) => rest);
    },
    setValue: (field, value) => {
      setValues((before) => ({ ...before, [field]: value }));
      setServer((before) => ({ ...before, [`config.${field}`]: undefined, config: undefined }));
      touch(field);
    },
    leave: touch,
    check: () => {
      setTouched(new Set(fields.map((field) => field.name)));
      return fields.every((field) => !problemOf(field));
    },
    refused: (error) => setServer(serverErrors(error)),
    config: () => toConfig(fields, values),
    reset: () => {
      setName(start.name);
      setValues(begin());
      setTouched(new Set());
      setServer({});
    },
  };
}

/** The server's field errors under the names of the form ("brain.config.url" → "config.url"). */
export function serverErrors(error: unknown): Errors {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    Object.entries(error.fields).map(([name, message]) => [name.replace(/^brain\./, ''), message]),
  );
}

export function BrainFields({ form, editing }: { form: BrainForm; editing: boolean }) {
  const configErrors = Object.fromEntries(
    Object.entries(form.errors)
      .filter(([name]) => name.startsWith('config.'))
      .map(([name, text]) => [name.slice(7), text]),
  );
  return (
    <Stack>
      <TextInput
        label="Display name"
        description="What people see in the room. Left empty: the bot id."
        name="display_name"
        maxLength={256}
        value={form.name}
        error={form.errors.display_name}
        onChange={(event) => form.setName(event.currentTarget.value)}
        autoComplete="off"
      />
      <ConfigForm
        fields={form.fields}
        values={form.values}
        errors={configErrors}
        editing={editing}
        stored={form.stored}
        onChange={form.setValue}
        onLeave={form.leave}
      />
    </Stack>
  );
}

/** The test, with what it found in full; an answer to older settings goes when they change. Not there for brains that have nothing to test. */
export function ConnectionTest({
  form,
  botId,
  element,
}: {
  form: BrainForm;
  botId?: string;
  element: () => HTMLFormElement | null;
}) {
  const test = useTestBrain();
  const settings = JSON.stringify(form.values);
  const { reset } = test;
  useEffect(() => reset(), [settings, reset]);
  if (!form.kind?.testable) return null;
  const run = () => {
    if (!form.check()) return focusFirstError(element());
    test.mutate(
      { kind: form.kind!.kind, config: form.config(), ...(botId !== undefined && { bot_id: botId }) },
      {
        onError: (error) => {
          form.refused(error);
          focusFirstError(element());
        },
      },
    );
  };
  const found = test.data;
  return (
    <div className="connection-test">
      <Button variant="default" leftSection={<Icon name="spark" size={16} />} loading={test.isPending} onClick={run}>
        Test the connection
      </Button>
      <div role="status">
        {found && (
          <Found outcome={found.outcome} title={found.summary}>
            {found.details.length > 0 && (
              <ul>
                {found.details.map(({ outcome, text }, place) => (
                  <li key={place} data-outcome={outcome}>
                    <Icon name={outcome === 'good' ? 'check' : 'alert'} size={15} />
                    {says[outcome] && <span className="visually-hidden">{says[outcome]}</span>}
                    {text}
                  </li>
                ))}
              </ul>
            )}
            <span className="small">Took {sayMs(found.took_ms)}.</span>
          </Found>
        )}
        {test.error && (
          <Found outcome="bad" title="The test could not be run">
            {messageOf(test.error)}
          </Found>
        )}
      </div>
    </div>
  );
}

type Outcome = BrainTested['outcome'];
const colors: Record<Outcome, string> = { good: 'green', unsure: 'yellow', bad: 'red' };
const says: Record<Outcome, string> = { good: '', unsure: 'Not sure: ', bad: 'Failed: ' };

function Found({ outcome, title, children }: { outcome: Outcome; title: string; children: ReactNode }) {
  return (
    <Alert
      className="test-result"
      data-outcome={outcome}
      color={colors[outcome]}
      variant="light"
      role="presentation"
      title={title}
      icon={<Icon name={outcome === 'good' ? 'check' : 'alert'} />}
    >
      {children}
    </Alert>
  );
}
