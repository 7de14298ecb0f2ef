// The fields of a brain's config, from its JSON Schema.
import { NativeSelect, PasswordInput, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import type { ConfigField, ConfigValues } from './config_schema';

interface Props {
  fields: ConfigField[];
  values: ConfigValues;
  /** By field name. */
  errors: Record<string, string | undefined>;
  editing: boolean;
  onChange: (name: string, value: string | boolean) => void;
}

export function ConfigForm({ fields, values, errors, editing, onChange }: Props) {
  return (
    <Stack gap="md">
      {fields.map((field) => (
        <ConfigInput key={field.name} field={field} value={values[field.name]} error={errors[field.name]} editing={editing}
          onChange={(value) => onChange(field.name, value)} />
      ))}
    </Stack>
  );
}

interface InputProps { field: ConfigField; value: string | boolean | undefined; error: string | undefined; editing: boolean; onChange: (value: string | boolean) => void }

function ConfigInput({ field, value, error, editing, onChange }: InputProps) {
  const common = {
    label: field.label, description: field.description || undefined, error, name: `config.${field.name}`,
    withAsterisk: field.required && !(editing && field.kind === 'secret'),
  };
  const text = typeof value === 'string' ? value : '';
  switch (field.kind) {
    case 'switch':
      return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case 'choice':
      return <NativeSelect {...common} data={field.required || field.initial !== '' ? field.choices : ['', ...field.choices]} value={text}
        onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'secret':
      return <PasswordInput {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)} autoComplete="new-password"
        placeholder={editing ? 'Leave empty to keep the stored one' : undefined} />;
    case 'long_text':
    case 'lines':
    case 'json':
      return <Textarea {...common} description={field.kind === 'lines' ? `${field.description} One per line.`.trim() : common.description}
        value={text} rows={field.kind === 'lines' ? 3 : 5} onChange={(event) => onChange(event.currentTarget.value)} spellCheck={field.kind === 'long_text'} />;
    default:
      return <TextInput {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)}
        inputMode={field.kind === 'number' ? (field.integer ? 'numeric' : 'decimal') : undefined} autoComplete="off" spellCheck={false} />;
  }
}
