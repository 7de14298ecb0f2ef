// Making a bot; a secret that was made for its brain is shown once.
import { Button, Checkbox, Stack, TextInput } from '@mantine/core';
import { useRef, useState, type FormEvent } from 'react';
import { useBotAction, useBrains, useCreateBot } from '../api/bots';
import { useOverview } from '../api/overview';
import type { Bot, BrainKind } from '../api/types';
import { fieldsOf, toConfig } from '../components/config_schema';
import { Dialog } from '../components/dialog';
import { Loading, Problem, tellDone, tellFailed } from '../components/feedback';
import { BrainFields, checkBrain, focusFirstError, serverErrors, startValues, type BrainValues, type Errors } from './bot_form';
import { MadeSecret } from './made_secret';
import { botIdProblem } from './names';

export function NewBotDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const brains = useBrains();
  const [made, setMade] = useState<{ bot: Bot; secret: string }>();
  const close = () => { setMade(undefined); onClose(); };
  return (
    <Dialog title={made ? `${made.bot.display_name || made.bot.bot_id} is made` : 'New bot'} opened={opened} onClose={close} insist={made !== undefined}>
      {made ? <MadeSecret secret={made.secret} onClose={close} />
        : brains.isPending ? <Loading rows={3} />
          : brains.error ? <Problem error={brains.error} title="The brains could not be loaded" onRetry={() => void brains.refetch()} />
            : <NewBotForm kinds={brains.data.items} onClose={close} onSecret={(bot, secret) => setMade({ bot, secret })} />}
    </Dialog>
  );
}

interface FormProps { kinds: BrainKind[]; onClose: () => void; onSecret: (bot: Bot, secret: string) => void }

function NewBotForm({ kinds, onClose, onSecret }: FormProps) {
  const create = useCreateBot();
  const start = useBotAction('start');
  const overview = useOverview();
  const element = useRef<HTMLFormElement>(null);
  const firstKind = kinds.find(({ kind }) => kind === 'echo')?.kind ?? kinds[0]?.kind ?? '';
  const [botId, setBotId] = useState('');
  const [brain, setBrain] = useState<BrainValues>({ display_name: '', kind: firstKind, config: startValues(kinds, firstKind) });
  const [startNow, setStartNow] = useState(true);
  const [errors, setErrors] = useState<Errors>({});

  const made = (bot: Bot, secret: string | undefined) => {
    if (startNow) start.mutate(bot, { onError: (error) => tellFailed(`${bot.bot_id} is made, but could not be started`, error) });
    if (secret) return onSecret(bot, secret);
    tellDone(`${bot.display_name || bot.bot_id} is made.`);
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: Errors = { ...checkBrain(kinds, brain, false) };
    const idProblem = botIdProblem(botId);
    if (idProblem) found.bot_id = idProblem;
    setErrors(found);
    if (Object.keys(found).length > 0) return focusFirstError(element.current);
    const config = toConfig(fieldsOf(kinds.find(({ kind }) => kind === brain.kind)?.config_schema), brain.config);
    create.mutate({ bot_id: botId, display_name: brain.display_name.trim() || undefined, brain: { kind: brain.kind, config } }, {
      onSuccess: ({ bot, generated_secret }) => made(bot, generated_secret),
      onError: (error) => { setErrors(serverErrors(error)); focusFirstError(element.current); },
    });
  };
  const server = overview.data?.server_name ?? '…';
  return (
    <form onSubmit={submit} ref={element} noValidate>
      <Stack>
        <TextInput label="Bot id" name="bot_id" withAsterisk data-autofocus value={botId} error={errors.bot_id} maxLength={64}
          description={<>Its Matrix account becomes <span className="mono">@bot_{botId || '…'}:{server}</span></>}
          onChange={(event) => setBotId(event.currentTarget.value)} autoComplete="off" autoCapitalize="none" spellCheck={false} />
        <BrainFields kinds={kinds} values={brain} errors={errors} editing={false} onChange={setBrain} />
        <Checkbox label="Start it right away" checked={startNow} onChange={(event) => setStartNow(event.currentTarget.checked)} />
        {create.error && <Problem error={create.error} />}
        <div className="dialog-actions">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={create.isPending}>Make bot</Button>
        </div>
      </Stack>
    </form>
  );
}
