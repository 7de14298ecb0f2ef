// Changing a bot's name and brain.
import { Button, Stack } from '@mantine/core';
import { useRef, useState, type FormEvent } from 'react';
import { useBrains, useUpdateBot } from '../api/bots';
import type { Bot, BrainKind } from '../api/types';
import { fieldsOf, toConfig } from '../components/config_schema';
import { Dialog } from '../components/dialog';
import { Loading, Problem, tellDone } from '../components/feedback';
import { BrainFields, checkBrain, focusFirstError, serverErrors, startValues, type BrainValues, type Errors } from './bot_form';
import { MadeSecret } from './made_secret';

export function EditBotDialog({ bot, opened, onClose }: { bot: Bot; opened: boolean; onClose: () => void }) {
  const brains = useBrains();
  const [secret, setSecret] = useState('');
  const close = () => { setSecret(''); onClose(); };
  return (
    <Dialog title={secret ? 'A new secret' : `Edit ${bot.display_name || bot.bot_id}`} opened={opened} onClose={close} insist={secret !== ''}>
      {secret ? <MadeSecret secret={secret} onClose={close} /> : brains.isPending ? <Loading rows={3} />
        : brains.error ? <Problem error={brains.error} title="The brains could not be loaded" onRetry={() => void brains.refetch()} />
          : <EditBotForm bot={bot} kinds={brains.data.items} onClose={close} onSecret={setSecret} />}
    </Dialog>
  );
}

interface FormProps { bot: Bot; kinds: BrainKind[]; onClose: () => void; onSecret: (secret: string) => void }

function EditBotForm({ bot, kinds, onClose, onSecret }: FormProps) {
  const update = useUpdateBot(bot.bot_id);
  const element = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState<BrainValues>(() => ({
    display_name: bot.display_name, kind: bot.brain.kind, config: startValues(kinds, bot.brain.kind, bot.brain.config ?? {}),
  }));
  const [errors, setErrors] = useState<Errors>({});
  const sameKind = values.kind === bot.brain.kind;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = checkBrain(kinds, values, sameKind);
    setErrors(found);
    if (Object.keys(found).length > 0) return focusFirstError(element.current);
    const config = toConfig(fieldsOf(kinds.find(({ kind }) => kind === values.kind)?.config_schema), values.config);
    update.mutate({ display_name: values.display_name.trim(), brain: { kind: values.kind, config } }, {
      onSuccess: (answer: Bot & { generated_secret?: string }) => {
        tellDone('The changes are saved.');
        if (answer.generated_secret) onSecret(answer.generated_secret);
        else onClose();
      },
      onError: (error) => { setErrors(serverErrors(error)); focusFirstError(element.current); },
    });
  };
  return (
    <form onSubmit={submit} ref={element} noValidate>
      <Stack>
        <BrainFields kinds={kinds} values={values} errors={errors} editing={sameKind} onChange={setValues} />
        {update.error && <Problem error={update.error} />}
        <div className="dialog-actions">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={update.isPending}>Save</Button>
        </div>
      </Stack>
    </form>
  );
}
