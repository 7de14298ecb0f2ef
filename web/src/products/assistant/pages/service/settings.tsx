// The settings of a service. Secrets go in and never come back: what is stored is only marked as set.
import { Alert, Checkbox, NativeSelect, PasswordInput, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useRef, useState, type FormEvent } from 'react';
import { Problem, tellDone } from '@/kit/feedback';
import { beyondFields, focusFirstError, serverErrors } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { SaveBar } from '@/kit/save_bar';
import { useChangePack } from '../../api/packs';
import type { Pack, PackSettings } from '../../api/types';
import { changeOf, startOf, type Rule, type ServiceValues } from '../../parts/service_form';
import { inWords } from '../../parts/words';

const rules: { value: Rule; label: string }[] = [
  { value: 'pack', label: 'As the pack says' },
  { value: 'asker', label: 'Whoever asked' },
  { value: 'administrator', label: 'An administrator other than whoever asked' },
  { value: 'named', label: 'One of these people, other than whoever asked' },
];

export function ServiceSettings({ pack, settings }: { pack: Pack; settings: PackSettings }) {
  const change = useChangePack(pack.service);
  const start = startOf(pack, settings);
  const [values, setValues] = useState(start);
  const element = useRef<HTMLFormElement>(null);
  const set = (part: Partial<ServiceValues>) => {
    if (change.error) change.reset();
    setValues((now) => ({ ...now, ...part }));
  };
  const wanted = changeOf(values, start);
  const changed = Object.keys(wanted).length > 0;
  const errors = serverErrors(change.error);
  const rest = beyondFields(change.error, [
    'base_url',
    'approval.by',
    ...(values.rule === 'named' ? ['approval', 'approval.names'] : []),
    ...settings.keys.map(({ name }) => `secrets.${name}`),
  ]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!changed || change.isPending) return;
    change.mutate(wanted, {
      onSuccess: (now) => {
        if (now.settings) setValues(startOf(now, now.settings));
        tellDone(`The settings of ${pack.title} are saved.`);
      },
      onError: () => focusFirstError(element.current),
    });
  };
  return (
    <form onSubmit={submit} ref={element} noValidate aria-label="Settings">
      <Stack>
        <Switch
          label="In use"
          description="When it is off, the assistant knows of it and says that it may not use it."
          checked={values.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
        <TextInput
          label="Address"
          description={sayAddress(settings)}
          placeholder={settings.base_url_from === 'stored' ? '' : settings.base_url}
          inputMode="url"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={2_048}
          value={values.base_url}
          error={errors.base_url}
          onChange={(event) => set({ base_url: event.currentTarget.value })}
        />
        <Keys settings={settings} values={values} errors={errors} onChange={set} />
        <NativeSelect
          label="Who says yes"
          description="Where a call asks for it before it is made."
          data={rules}
          value={values.rule}
          error={errors['approval.by']}
          onChange={(event) => set({ rule: ruleOf(event.currentTarget.value) })}
        />
        {values.rule === 'named' && (
          <Textarea
            label="Who exactly"
            description="One user id a line: @name:server"
            autosize
            minRows={2}
            maxRows={8}
            className="mono-input"
            value={values.names}
            error={errors['approval.names'] ?? errors.approval}
            onChange={(event) => set({ names: event.currentTarget.value })}
          />
        )}
        {rest != null && <Problem error={rest} title="The settings were not saved" />}
        <SaveBar
          changed={changed}
          pending={change.isPending}
          onDiscard={() => {
            setValues(start);
            change.reset();
          }}
        />
      </Stack>
    </form>
  );
}

const ruleOf = (value: string): Rule => rules.find((rule) => rule.value === value)?.value ?? 'pack';

function sayAddress({ base_url_from }: PackSettings): string {
  const first = 'Where the service is, version path included. Empty: ';
  return `${first}${base_url_from === 'environment' ? 'as the server’s configuration says.' : 'the pack’s own.'}`;
}

type Key = PackSettings['keys'][number];

function Keys({
  settings,
  values,
  errors,
  onChange,
}: {
  settings: PackSettings;
  values: ServiceValues;
  errors: Record<string, string>;
  onChange: (part: Partial<ServiceValues>) => void;
}) {
  if (settings.keys.length === 0) return null;
  return (
    <>
      {settings.keys_unused && (
        <Alert color="yellow" variant="light" role="note" icon={<Icon name="alert" />}>
          Keys are stored, but for another address, and so they are not used. Give them again.
        </Alert>
      )}
      {settings.keys.map((key) => (
        <div key={key.name} className="secret-field" data-secret-name={key.name}>
          <PasswordInput
            label={inWords(labelOf(key))}
            description={sayKey(key)}
            placeholder={key.from === 'stored' ? 'Leave empty to keep the stored one' : undefined}
            autoComplete="new-password"
            value={values.secrets[key.name] ?? ''}
            error={errors[`secrets.${key.name}`]}
            onChange={(event) => onChange({ secrets: { ...values.secrets, [key.name]: event.currentTarget.value } })}
          />
          {key.from === 'stored' && !values.secrets[key.name] && (
            <Checkbox
              label={`Remove the stored ${labelOf(key)}`}
              checked={values.forget[key.name] ?? false}
              onChange={(event) => onChange({ forget: { ...values.forget, [key.name]: event.currentTarget.checked } })}
            />
          )}
        </div>
      ))}
    </>
  );
}

const labels: Record<string, string> = { key: 'API key', user: 'user name' };
const labelOf = ({ name }: Key) => labels[name] ?? name.replaceAll('_', ' ');

function sayKey({ from, environment }: Key): string {
  if (from === 'stored') return 'Set. It is not shown again.';
  if (from === 'environment')
    return `Set by the server’s configuration (${environment}). One that is given here goes before it.`;
  return 'Not set yet.';
}
