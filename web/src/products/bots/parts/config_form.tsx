// The fields of a brain's config, from its JSON Schema. What is rarely changed is folded away, unless something is
// wrong in there.
import { Checkbox, NativeSelect, PasswordInput, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { Fragment, useState, type ReactNode } from 'react';
import { isStored, removalOf, splitFields, type ConfigField, type ConfigValues } from './config_schema';

interface Props {
  fields: ConfigField[];
  values: ConfigValues;
  /** By field name. */
  errors: Record<string, ReactNode>;
  editing: boolean;
  /** The config that the server has, to see which secrets are stored. */
  stored: Record<string, unknown> | undefined;
  onChange: (name: string, value: string | boolean) => void;
  onLeave: (name: string) => void;
}

export function ConfigForm({ fields, values, errors, editing, stored, onChange, onLeave }: Props) {
  const { first, rest } = splitFields(fields);
  const [open, setOpen] = useState(false);
  const wrong = rest.some(({ name }) => name in errors);
  const groups = [...new Set(rest.flatMap(({ group }) => group ?? []))];
  const changed = rest.filter(({ name, initial }) => values[name] !== initial).length;
  const input = (field: ConfigField) => {
    const kept = (field.kind === 'secret' || field.kind === 'secret_pairs') && isStored(stored, field.name);
    return (
      <Fragment key={field.name}>
        <ConfigInput
          field={field}
          value={values[field.name]}
          error={errors[field.name]}
          kept={kept || (editing && field.required)}
          onChange={(value) => onChange(field.name, value)}
          onLeave={() => onLeave(field.name)}
        />
        {kept && field.kind === 'secret' && !field.required && values[field.name] === '' && (
          <Checkbox
            label={`Remove the stored ${field.label.toLowerCase()}`}
            checked={values[removalOf(field.name)] === true}
            onChange={(event) => onChange(removalOf(field.name), event.currentTarget.checked)}
          />
        )}
      </Fragment>
    );
  };
  return (
    <Stack gap="md">
      {first.map(input)}
      {rest.length > 0 && (
        <details className="more-fields" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>
            More settings{' '}
            <span className="dim small">
              {rest.length}
              {changed > 0 && `, ${changed} set`}
            </span>
          </summary>
          <Stack gap="md">
            {rest.filter(({ group }) => group === undefined).map(input)}
            {groups.map((group) => (
              <fieldset key={group} className="field-group">
                <legend>{group}</legend>
                <Stack gap="md">{rest.filter((field) => field.group === group).map(input)}</Stack>
              </fieldset>
            ))}
          </Stack>
        </details>
      )}
    </Stack>
  );
}

const formOf: Partial<Record<ConfigField['kind'], string>> = {
  lines: 'One per line.',
  pairs: 'One NAME=value per line.',
  json: 'As JSON.',
  secret_pairs:
    'One NAME=value per line; a name with nothing after the sign removes that one. They are not shown again.',
};

interface InputProps {
  field: ConfigField;
  value: string | boolean | undefined;
  error: ReactNode;
  kept: boolean;
  onChange: (value: string | boolean) => void;
  onLeave: () => void;
}

function ConfigInput({ field, value, error, kept, onChange, onLeave }: InputProps) {
  const common = {
    label: field.label,
    description: field.description || undefined,
    error,
    name: `config.${field.name}`,
    onBlur: onLeave,
    withAsterisk: field.required && !(kept && field.kind === 'secret'),
  };
  const text = typeof value === 'string' ? value : '';
  switch (field.kind) {
    case 'switch': {
      const { withAsterisk: _none, ...rest } = common;
      return <Switch {...rest} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    }
    case 'choice':
      return (
        <NativeSelect
          {...common}
          data={
            field.required || field.initial !== ''
              ? field.choices
              : [{ value: '', label: '(not set)' }, ...field.choices]
          }
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'secret':
      return (
        <PasswordInput
          {...common}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
          autoComplete="new-password"
          placeholder={kept ? 'Leave empty to keep the stored one' : undefined}
        />
      );
    case 'long_text':
    case 'lines':
    case 'pairs':
    case 'secret_pairs':
    case 'json':
      return (
        <Textarea
          {...common}
          description={`${field.description} ${formOf[field.kind] ?? ''}`.trim() || undefined}
          placeholder={field.kind === 'secret_pairs' && kept ? 'Leave empty to keep the stored ones' : undefined}
          value={text}
          rows={field.kind === 'json' || field.kind === 'long_text' ? 5 : 3}
          onChange={(event) => onChange(event.currentTarget.value)}
          spellCheck={field.kind === 'long_text'}
          className={field.kind === 'long_text' ? undefined : 'mono-input'}
        />
      );
    default:
      return (
        <TextInput
          {...common}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
          placeholder={field.example || undefined}
          inputMode={field.kind === 'number' ? (field.integer ? 'numeric' : 'decimal') : undefined}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      );
  }
}
