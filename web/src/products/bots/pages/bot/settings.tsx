// Changing a bot: its brain's settings, when it is started again, its inbound webhooks, and its end.
import { Button, NativeSelect, NumberInput, Stack } from '@mantine/core';
import { useEffect, useEffectEvent, useRef, useState, type FormEvent } from 'react';
import { useBrains, useUpdateBot } from '../../api/bots';
import { ApiError } from '@/kit/api/http';
import type { Bot, BrainKind, RestartPolicy } from '@/kit/api/types';
import { Dialog } from '@/kit/dialog';
import { draftOf, dropDrafts, hasDrafts, readDraft, useDraft } from '@/kit/drafts';
import { focusFirstError } from '@/kit/forms';
import { Loading, Problem, tellDone, tellNote } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { DeleteBotDialog } from '../bot_actions';
import { BrainFields, ConnectionTest, useBrainForm } from '../bot_form';
import { MadeSecret } from '../made_secret';
import { Hooks } from './hooks';
import { useShownBot } from './page';

export default function BotSettings() {
  const bot = useShownBot();
  const brains = useBrains();
  const leaving = useEffectEvent(() => {
    const name = bot.display_name || bot.bot_id;
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
      { display_name: form.name.trim(), brain: { kind: kind.kind, config: form.config() } },
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
        {update.error && <Problem error={update.error} />}
        <div className="form-actions">
          <Button type="submit" loading={update.isPending} disabled={!changed}>
            Save
          </Button>
          {changed && (
            <Button
              variant="default"
              onClick={() => {
                form.reset();
                update.reset();
                onDiscard();
              }}
            >
              Discard changes
            </Button>
          )}
          <span className="small dim" role="status">
            {changed ? 'Not saved yet' : ''}
          </span>
        </div>
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

function RestartSettings({ bot, policy: stored }: { bot: Bot; policy: RestartPolicy }) {
  const update = useUpdateBot(bot.bot_id);
  const kept = `${draftOf.bot(bot.bot_id)}restart`;
  const [draft, setDraft] = useState(() => readDraft<RestartPolicy>(kept));
  const policy = draft ?? stored;
  const changed = JSON.stringify(policy) !== JSON.stringify(stored);
  useDraft(kept, policy, changed);
  const fault =
    Number.isInteger(policy.max_restarts) && policy.max_restarts >= 0 && policy.max_restarts <= 1000
      ? undefined
      : 'A number from 0 to 1000.';
  const fields = update.error instanceof ApiError ? update.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!fault)
      update.mutate(
        { restart: policy },
        {
          onSuccess: () => {
            setDraft(undefined);
            tellDone('The restart policy is saved.');
          },
        },
      );
  };
  const span = String(policy.window_s);
  return (
    <form onSubmit={submit} noValidate aria-label="Restart policy">
      <Stack>
        <NativeSelect
          label="Restart"
          value={policy.policy}
          error={fields['restart.policy']}
          data={policies}
          onChange={(event) => setDraft({ ...policy, policy: event.currentTarget.value as RestartPolicy['policy'] })}
        />
        {policy.policy !== 'never' && (
          <div className="field-row">
            <NumberInput
              label="At most this often"
              min={0}
              max={1000}
              allowDecimal={false}
              allowNegative={false}
              hideControls
              value={policy.max_restarts}
              error={fault ?? fields['restart.max_restarts']}
              onChange={(value) => setDraft({ ...policy, max_restarts: value === '' ? NaN : Number(value) })}
            />
            <NativeSelect
              label="Within"
              value={span}
              error={fields['restart.window_s']}
              data={
                windows.some(({ value }) => value === span)
                  ? windows
                  : [...windows, { value: span, label: `${span} seconds` }]
              }
              onChange={(event) => setDraft({ ...policy, window_s: Number(event.currentTarget.value) })}
            />
          </div>
        )}
        {update.error && <Problem error={update.error} />}
        <div className="form-actions">
          <Button type="submit" loading={update.isPending} disabled={!changed || !!fault}>
            Save
          </Button>
          {changed && (
            <Button
              variant="default"
              onClick={() => {
                setDraft(undefined);
                update.reset();
              }}
            >
              Discard changes
            </Button>
          )}
        </div>
      </Stack>
    </form>
  );
}

function Danger({ bot }: { bot: Bot }) {
  const [deleting, setDeleting] = useState(false);
  return (
    <section className="section settings-section">
      <div className="settings-lead">
        <h2>Danger zone</h2>
      </div>
      <div className="panel panel-pad danger-zone">
        <div>
          <strong>Delete this bot</strong>
          <p className="dim small">
            It leaves its rooms and its account is closed. What it wrote stays. This cannot be undone.
          </p>
        </div>
        <Button
          color="red"
          variant="light"
          leftSection={<Icon name="trash" size={16} />}
          onClick={() => setDeleting(true)}
        >
          Delete bot
        </Button>
      </div>
      <DeleteBotDialog bot={bot} opened={deleting} onClose={() => setDeleting(false)} leave />
    </section>
  );
}
