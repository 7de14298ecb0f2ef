// The part that making and changing a bot share: its name, its brain's settings checked as one types, and asking the
// brain's service whether they work.
import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect, useState } from 'react';
import { useTestBrain } from '../api/bots';
import { messageOf } from '@/kit/api/http';
import type { BrainKind } from '@/kit/api/types';
import { ConfigForm } from '../parts/config_form';
import { checkField, fieldsOf, initialValues, toConfig, type ConfigValues } from '../parts/config_schema';
import { readDraft, useDraft } from '@/kit/drafts';
import { beyondFields, focusFirstError, serverErrors } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { Found, FoundList } from '@/kit/outcome';
import { bounds } from '@/kit/api/bounds';
import { sayMs } from '../parts/usage_series';

/** What is asked, under the names of the form; the errors of the config's fields are under "config.<name>". */
interface Values {
  bot_id: string;
  display_name: string;
  config: ConfigValues;
}

interface Start {
  name: string;
  /** The config that the server has, with its secrets left out; not there for a new bot or a new kind of brain. */
  stored?: Record<string, unknown>;
  preset?: Record<string, unknown>;
  /** For a bot that is not made yet: what is wrong with an id. */
  checkId?: (id: string) => string | null;
  /** Where what is not saved yet is kept when the page is left (drafts.ts). */
  draft: string;
}

export type BrainForm = ReturnType<typeof useBrainForm>;

/** Fields are checked as one types; what the server said stays until its field changes. */
export function useBrainForm(kind: BrainKind | undefined, { name, stored, preset, checkId, draft }: Start) {
  const fields = fieldsOf(kind?.config_schema);
  const editing = stored !== undefined;
  const begin: Values = { bot_id: '', display_name: name, config: initialValues(fields, stored ?? preset) };
  const configErrors = (config: ConfigValues) =>
    Object.fromEntries(fields.map((field) => [`config.${field.name}`, checkField(field, config[field.name], editing)]));
  const [kept] = useState(() => readDraft<Values>(draft));
  const form = useForm<Values>({
    initialValues: { ...begin, ...kept, config: { ...begin.config, ...kept?.config } },
    validate: ({ bot_id, config }) => ({ bot_id: checkId?.(bot_id), ...configErrors(config) }),
  });
  // What the server has may change while nobody has touched the form: then the form follows.
  const text = JSON.stringify(begin);
  const [base, setBase] = useState(text);
  if (base !== text) {
    if (JSON.stringify(form.values) === base) form.setValues(begin);
    setBase(text);
  }
  const changed = JSON.stringify(form.values) !== text;
  useDraft(draft, form.values, changed);
  const checkConfig = (field: string, config: ConfigValues) =>
    form.setErrors((before) => ({
      ...before,
      config: null,
      [`config.${field}`]: configErrors(config)[`config.${field}`],
    }));
  return {
    kind,
    fields,
    stored,
    changed,
    values: form.values,
    errors: form.errors,
    setName: (next: string) => form.setFieldValue('display_name', next),
    setId: (next: string) => {
      form.setFieldValue('bot_id', next);
      form.setErrors((before) => ({ ...before, bot_id: checkId?.(next) }));
    },
    leaveId: () => {
      if (form.values.bot_id)
        form.setErrors((before) => ({ ...before, bot_id: before.bot_id ?? checkId?.(form.values.bot_id) }));
    },
    setValue: (field: string, value: string | boolean) => {
      const config = { ...form.values.config, [field]: value };
      form.setFieldValue('config', config);
      checkConfig(field, config);
    },
    leave: (field: string) => {
      if (!form.errors[`config.${field}`]) checkConfig(field, form.values.config);
    },
    /** Marks everything wrong; true when nothing is. */
    check: () => !form.validate().hasErrors,
    /** Of the config only; says nothing of the id, which a test does not need. */
    checkConfig: () => {
      const found = configErrors(form.values.config);
      form.setErrors((before) => ({ ...before, ...found }));
      return Object.values(found).every((problem) => !problem);
    },
    /** "brain.config.url" is "config.url" here. */
    refused: (error: unknown) =>
      form.setErrors(
        Object.fromEntries(
          Object.entries(serverErrors(error)).map(([path, text]) => [path.replace(/^brain\./, ''), text]),
        ),
      ),
    /** What of it no field of the form says. */
    beyond: (error: unknown) =>
      beyondFields(error, [
        ...(checkId ? ['bot_id'] : []),
        'display_name',
        ...fields.flatMap((field) => [`brain.config.${field.name}`, `config.${field.name}`]),
      ]),
    /** To send; only after a check. */
    config: () => toConfig(fields, form.values.config),
    reset: () => {
      form.setValues(begin);
      form.clearErrors();
    },
  };
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
        maxLength={bounds.NewBot.display_name.maxLength}
        value={form.values.display_name}
        error={form.errors.display_name}
        onChange={(event) => form.setName(event.currentTarget.value)}
        autoComplete="off"
      />
      <ConfigForm
        fields={form.fields}
        values={form.values.config}
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
    if (!form.checkConfig()) return focusFirstError(element());
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
            <FoundList items={found.details} />
            <span className="small">Took {sayMs(found.took_ms)}.</span>
          </Found>
        )}
        {form.beyond(test.error) != null && (
          <Found outcome="bad" title="The test could not be run">
            {messageOf(test.error)}
          </Found>
        )}
      </div>
    </div>
  );
}
