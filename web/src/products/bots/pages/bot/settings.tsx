// Changing a bot: its brain's settings, when it is started again, its inbound webhooks, and its end.
import { NativeSelect, NumberInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect, useEffectEvent, useRef, useState, type FormEvent } from 'react';
import { useBrains, useUpdateBot } from '../../api/bots';
import { bounds } from '@/kit/api/bounds';
import type { Bot, BrainKind, RestartPolicy } from '@/kit/api/types';
import { DangerZone } from '@/kit/danger_zone';
import { Dialog } from '@/kit/dialog';
import { draftOf, dropDrafts, hasDrafts, readDraft, useDraft } from '@/kit/drafts';
import { beyondFields, focusFirstError, submitOf, type FieldNames } from '@/kit/forms';
import { Loading, Problem, tellDone, tellNote } from '@/kit/feedback';
import { sizeProblem } from '@/kit/limits';
import { SaveBar } from '@/kit/save_bar';
import { shownName } from '@/kit/names';
import { DeleteBotDialog } from '../bot_actions';
import { BrainFields, ConnectionTest, useBrainForm } from '../bot_form';
import { MadeSecret } from '../made_secret';
import { Hooks } from './hooks';
import { useShownBot } from './page';

export default function BotSettings() {
  const bot = useShownBot();
  const brains = useBrains();
  const leaving = useEffectEvent(() => {
    const name = shownName(bot.display_name, bot.bot_id);
    if (hasDrafts(draftOf.bot(bot.bot_id)))
      tellNote(`The changes to ${name} are not saved yet. They are kept in its settings until you close this window.`);
  });
  useEffect(() => () => leaving(), []);
  return (
    <>
      <section className="section settings-section">
        <div className="settings-lead">
          <h2>Brain</h2>
          <p className="dim small">
            What makes its answers. Changes hold from the next message on. Secrets are kept sealed and never shown
            again.
          </p>
        </div>
        <div className="panel panel-pad">
          {brains.isPending ? (
            <Loading rows={3} />
          ) : brains.error ? (
            <Problem
              error={brains.error}
              title="The brains could not be loaded"
              onRetry={() => void brains.refetch()}
            />
          ) : (
            <BrainSettings bot={bot} kinds={brains.data.items} />
          )}
        </div>
      </section>
      {bot.restart && (
        <section className="section settings-section">
          <div className="settings-lead">
            <h2>When it fails</h2>
            <p className="dim small">
              A bot that ends by itself is started again after a pause that grows each time. Too many restarts within
              the window are a crash loop: then it is left alone.
            </p>
          </div>
          <div className="panel panel-pad">
            <RestartSettings bot={bot} policy={bot.restart} />
          </div>
        </section>
      )}
      <Hooks bot={bot} />
      <Danger bot={bot} />
    </>
  );
}

/** Another kind begins with that kind's own defaults, so the form starts anew. */
function BrainSettings({ bot, kinds }: { bot: Bot; kinds: BrainKind[] }) {
  const draft = `${draftOf.bot(bot.bot_id)}brain `;
  const [kind, setKind] = useState(
    () => kinds.find((one) => one.kind === readDraft(`${draft}kind`))?.kind ?? bot.brain.kind,
  );
  useDraft(`${draft}kind`, kind, kind !== bot.brain.kind);
  const [secret, setSecret] = useState('');
  const [saved, setSaved] = useState(0);
  return (
    <Stack>
      <NativeSelect
        label="Kind of brain"
        description={kinds.find((one) => one.kind === kind)?.description}
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value)}
        data={kinds.map((one) => ({ value: one.kind, label: one.title }))}
      />
      <BrainSettingsForm
        key={`${kind} ${saved}`}
        bot={bot}
        kind={kinds.find((one) => one.kind === kind)}
        draft={draft}
        onSaved={(made) => {
          dropDrafts(draft);
          setSecret(made ?? '');
          setSaved(saved + 1);
        }}
        onDiscard={() => {
          dropDrafts(draft);
          setKind(bot.brain.kind);
        }}
      />
      <Dialog title="A new secret" opened={secret !== ''} onClose={() => setSecret('')} insist>
        <MadeSecret secret={secret} onClose={() => setSecret('')} />
      </Dialog>
    </Stack>
  );
}

function BrainSettingsForm({
  bot,
  kind,
  draft,
  onSaved,
  onDiscard,
}: {
  bot: Bot;
  kind: BrainKind | undefined;
  draft: string;
  onSaved: (secret: string | undefined) => void;
  onDiscard: () => void;
}) {
  const same = kind?.kind === bot.brain.kind;
  const update = useUpdateBot(bot.bot_id);
  const element = useRef<HTMLFormElement>(null);
  const form = useBrainForm(kind, {
    name: bot.display_name,
    draft: `${draft}form ${kind?.kind ?? ''}`,
    ...(same && { stored: bot.brain.config ?? {} }),
  });
  const changed = form.changed || !same;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!kind || !form.check()) return focusFirstError(element.current);
    update.mutate(
      { display_name: form.values.display_name.trim(), brain: { kind: kind.kind, config: form.config() } },
      {
        onSuccess: (answer: Bot & { generated_secret?: string }) => {
          tellDone('The changes are saved.');
          onSaved(answer.generated_secret);
        },
        onError: (error) => {
          form.refused(error);
          focusFirstError(element.current);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} ref={element} noValidate aria-label="Brain">
      <Stack>
        <BrainFields form={form} editing={same} />
        <ConnectionTest form={form} {...(same && { botId: bot.bot_id })} element={() => element.current} />
        {form.beyond(update.error) != null && <Problem error={update.error} />}
        <SaveBar
          changed={changed}
          pending={update.isPending}
          onDiscard={() => {
            form.reset();
            update.reset();
            onDiscard();
          }}
        />
      </Stack>
    </form>
  );
}

const policies: { value: RestartPolicy['policy']; label: string }[] = [
  { value: 'on_failure', label: 'Start it again when it failed' },
  { value: 'always', label: 'Start it again whenever it ends' },
  { value: 'never', label: 'Leave it down' },
];
const windows = [
  { value: '60', label: 'a minute' },
  { value: '300', label: '5 minutes' },
  { value: '600', label: '10 minutes' },
  { value: '3600', label: 'an hour' },
  { value: '86400', label: 'a day' },
];

const restartNames = {
  'restart.policy': 'policy',
  'restart.max_restarts': 'max_restarts',
  'restart.window_s': 'window_s',
};

/** As the fields hold it: a number that is not there is ''. */
interface Restart {
  policy: RestartPolicy['policy'];
  max_restarts: number | '';
  window_s: string;
}

function RestartSettings({ bot, policy: stored }: { bot: Bot; policy: RestartPolicy }) {
  const update = useUpdateBot(bot.bot_id);
  const limits = bounds.RestartPolicy;
  const kept = `${draftOf.bot(bot.bot_id)}restart`;
  const [draft] = useState(() => readDraft<Restart>(kept));
  const start: Restart = {
    policy: stored.policy,
    max_restarts: stored.max_restarts,
    window_s: String(stored.window_s),
  };
  const form = useForm<Restart>({
    initialValues: draft ?? start,
    validateInputOnChange: ['max_restarts'],
    validate: {
      max_restarts: (value) => (value === '' ? 'A number is needed.' : sizeProblem(value, limits.max_restarts)),
    },
  });
  const changed = JSON.stringify(form.values) !== JSON.stringify(start);
  // What the server has may change while nobody has touched the form: then the form follows.
  const [base, setBase] = useState(start);
  if (JSON.stringify(base) !== JSON.stringify(start)) {
    if (JSON.stringify(form.values) === JSON.stringify(base)) form.setValues(start);
    setBase(start);
  }
  useDraft(kept, form.values, changed);
  const names: FieldNames = form.values.policy === 'never' ? { 'restart.policy': 'policy' } : restartNames;
  const rest = beyondFields(update.error, Object.keys(names));
  const submit = submitOf(form, names, ({ policy, max_restarts, window_s }, refused) =>
    update.mutate(
      { restart: { policy, max_restarts: Number(max_restarts), window_s: Number(window_s) } },
      {
        onSuccess: () => tellDone('The restart policy is saved.'),
        onError: refused,
      },
    ),
  );
  const span = form.values.window_s;
  return (
    <form onSubmit={submit} noValidate aria-label="Restart policy">
      <Stack>
        <NativeSelect label="Restart" data={policies} {...form.getInputProps('policy')} />
        {form.values.policy !== 'never' && (
          <div className="field-row">
            <NumberInput
              label="At most this often"
              min={limits.max_restarts.minimum}
              max={limits.max_restarts.maximum}
              allowDecimal={false}
              allowNegative={false}
              hideControls
              {...form.getInputProps('max_restarts')}
            />
            <NativeSelect
              label="Within"
              data={
                windows.some(({ value }) => value === span)
                  ? windows
                  : [...windows, { value: span, label: `${span} seconds` }]
              }
              {...form.getInputProps('window_s')}
            />
          </div>
        )}
        {rest != null && <Problem error={rest} />}
        <SaveBar
          changed={changed}
          pending={update.isPending}
          wrong={!!form.errors.max_restarts}
          onDiscard={() => {
            form.setValues(start);
            form.clearErrors();
            update.reset();
          }}
        />
      </Stack>
    </form>
  );
}

function Danger({ bot }: { bot: Bot }) {
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <DangerZone title="Delete this bot" action="Delete bot" onAction={() => setDeleting(true)}>
        It leaves its rooms and its account is closed. What it wrote stays. This cannot be undone.
      </DangerZone>
      <DeleteBotDialog bot={bot} opened={deleting} onClose={() => setDeleting(false)} leave />
    </>
  );
}
