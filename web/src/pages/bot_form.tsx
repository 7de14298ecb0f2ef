// The part that making and editing a bot share: its name, its brain and the brain's settings.
import { Radio, Stack, TextInput } from '@mantine/core';
import { ApiError } from '../api/http';
import type { BrainKind } from '../api/types';
import { ConfigForm } from '../components/config_form';
import { checkField, fieldsOf, initialValues, type ConfigValues } from '../components/config_schema';

export interface BrainValues {
  display_name: string;
  kind: string;
  config: ConfigValues;
}
export type Errors = Record<string, string | undefined>;

export function startValues(kinds: BrainKind[], kind: string, config?: Record<string, unknown>): ConfigValues {
  return initialValues(fieldsOf(kinds.find((one) => one.kind === kind)?.config_schema), config);
}

/** Errors by field: "config.url" → "Address is needed." */
export function checkBrain(kinds: BrainKind[], values: BrainValues, editing: boolean): Errors {
  const errors: Errors = {};
  for (const field of fieldsOf(kinds.find(({ kind }) => kind === values.kind)?.config_schema)) {
    const problem = checkField(field, values.config[field.name], editing);
    if (problem) errors[`config.${field.name}`] = problem;
  }
  return errors;
}

/** The server's field errors under the names of the form ("brain.config.url" → "config.url"). */
export function serverErrors(error: unknown): Errors {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(Object.entries(error.fields).map(([name, message]) => [name.replace(/^brain\./, ''), message]));
}

/** Puts the cursor where the first mistake is. */
export function focusFirstError(form: HTMLFormElement | null) {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

interface Props {
  kinds: BrainKind[];
  values: BrainValues;
  errors: Errors;
  editing: boolean;
  onChange: (values: BrainValues) => void;
}

export function BrainFields({ kinds, values, errors, editing, onChange }: Props) {
  const brain = kinds.find(({ kind }) => kind === values.kind);
  const configErrors = Object.fromEntries(Object.entries(errors).filter(([name]) => name.startsWith('config.')).map(([name, text]) => [name.slice(7), text]));
  return (
    <Stack>
      <TextInput label="Display name" description="What people see in the room. Left empty: the bot id." name="display_name" maxLength={256} value={values.display_name}
        error={errors.display_name} onChange={(event) => onChange({ ...values, display_name: event.currentTarget.value })} autoComplete="off" data-autofocus={editing || undefined} />
      <Radio.Group label="Brain" description="What makes its answers." value={values.kind} error={errors.kind}
        onChange={(kind) => onChange({ ...values, kind, config: startValues(kinds, kind) })}>
        <Stack gap="xs" mt="xs">
          {kinds.map(({ kind, title, description }) => (
            <div key={kind} className="brain-choice"><Radio value={kind} label={title} description={description} /></div>
          ))}
        </Stack>
      </Radio.Group>
      {brain && <ConfigForm fields={fieldsOf(brain.config_schema)} values={values.config} errors={configErrors} editing={editing}
        onChange={(name, value) => onChange({ ...values, config: { ...values.config, [name]: value } })} />}
    </Stack>
  );
}
