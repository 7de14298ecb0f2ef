// Making a bot: what kind, then its settings, then its page.
import { Alert, Button, Checkbox, Stack, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useBotAction, useBrains, useCreateBot } from '../api/bots';
import { useOverview } from '@/kit/api/overview';
import type { Bot, BrainKind } from '@/kit/api/types';
import { Dialog } from '@/kit/dialog';
import { draftOf, dropDrafts, hasDrafts } from '@/kit/drafts';
import { focusFirstError } from '@/kit/forms';
import { Loading, Problem, tellDone, tellFailed, tellNote } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { botIdProblem } from '../parts/names';
import { PageHead } from '@/kit/page';
import { BrainFields, ConnectionTest, useBrainForm } from './bot_form';
import { MadeSecret } from './made_secret';
import { bounds } from '@/kit/api/bounds';
import { shownName } from '@/kit/names';
import { templatesFrom, type Template } from './templates';

export default function NewBotPage() {
  const brains = useBrains();
  const [params] = useSearchParams();
  const templates = brains.data ? templatesFrom(brains.data.items) : [];
  const chosen = templates.find(({ id }) => id === params.get('template'));
  const kind = brains.data?.items.find((one) => one.kind === chosen?.kind);
  return (
    <>
      <p className="small way-back">
        {chosen ? <Link to="/ui/new-bot">All templates</Link> : <Link to="/ui/bots">All bots</Link>}
      </p>
      <PageHead
        key={`head ${chosen?.id ?? ''}`}
        title={chosen ? `New bot: ${chosen.title}` : 'New bot'}
        lead={chosen ? chosen.help : 'What shall make its answers? This can be changed later.'}
      />
      {brains.isPending ? (
        <Loading rows={3} height={90} />
      ) : brains.error ? (
        <Problem error={brains.error} title="The brains could not be loaded" onRetry={() => void brains.refetch()} />
      ) : chosen?.off ? (
        <Alert color="yellow" className="off-note" title="This is off on this server" icon={<Icon name="alert" />}>
          {chosen.off}
        </Alert>
      ) : chosen && kind ? (
        <NewBotForm key={chosen.id} kind={kind} template={chosen} />
      ) : (
        <Templates templates={templates} />
      )}
    </>
  );
}

function Templates({ templates }: { templates: Template[] }) {
  return (
    <ul className="templates">
      {templates.map(({ id, title, text, icon, off }) => (
        <li key={id}>
          <Link to={`?template=${encodeURIComponent(id)}`} className="panel template" data-template={id}>
            <span className="template-icon">
              <Icon name={icon} size={22} />
            </span>
            <span>
              <strong>{title}</strong>
              {off && <span className="off-mark small">Off on this server</span>}
              <span className="dim small">{text}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function NewBotForm({ kind, template }: { kind: BrainKind; template: Template }) {
  const navigate = useNavigate();
  const create = useCreateBot();
  const start = useBotAction('start');
  const overview = useOverview();
  const element = useRef<HTMLFormElement>(null);
  const draft = draftOf.newBot(template.id);
  const form = useBrainForm(kind, { name: '', preset: template.preset, checkId: botIdProblem, draft: `${draft}form` });
  const botId = form.values.bot_id;
  const [startNow, setStartNow] = useState(true);
  const [made, setMade] = useState<{ bot: Bot; secret: string }>();

  const [found, setFound] = useState(() => hasDrafts(draft));
  useEffect(
    () => () => {
      if (hasDrafts(draft))
        tellNote('The new bot is not made yet. What you typed is kept under its template until you close this window.');
    },
    [draft],
  );
  const startOver = () => {
    setFound(false);
    form.reset();
  };

  /** To where one can say hello to it, if it is started. */
  const leave = (bot: Bot) => void navigate(`/ui/bots/${encodeURIComponent(bot.bot_id)}${startNow ? '/chat' : ''}`);
  const done = (bot: Bot, secret: string | undefined) => {
    dropDrafts(draft);
    // Not a callback of `mutate`: this page is left before the answer comes.
    if (startNow)
      start
        .mutateAsync(bot)
        .catch((error: unknown) => tellFailed(`${bot.bot_id} is made, but could not be started`, error));
    if (secret) return setMade({ bot, secret });
    tellDone(`${shownName(bot.display_name, bot.bot_id)} is made.`);
    leave(bot);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!form.check()) return focusFirstError(element.current);
    create.mutate(
      {
        bot_id: botId,
        display_name: form.values.display_name.trim() || undefined,
        brain: { kind: kind.kind, config: form.config() },
      },
      {
        onSuccess: ({ bot, generated_secret }) => done(bot, generated_secret),
        onError: (error) => {
          form.refused(error);
          focusFirstError(element.current);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} ref={element} noValidate className="panel panel-pad form-page">
      <Stack>
        {found && (
          <div className="kept-note small" role="status">
            <span>This is what you typed before.</span>{' '}
            <Button size="compact-xs" variant="default" onClick={startOver}>
              Start over
            </Button>
          </div>
        )}
        <TextInput
          label="Bot id"
          name="bot_id"
          withAsterisk
          autoFocus
          value={botId}
          error={form.errors.bot_id}
          maxLength={bounds.NewBot.bot_id.maxLength}
          description={
            <>
              Its Matrix account becomes{' '}
              <span className="mono">
                @bot_{botId || '…'}:{overview.data?.server_name ?? '…'}
              </span>
            </>
          }
          onChange={(event) => form.setId(event.currentTarget.value)}
          onBlur={form.leaveId}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <BrainFields form={form} editing={false} />
        <ConnectionTest form={form} element={() => element.current} />
        <Checkbox
          label="Start it right away"
          checked={startNow}
          onChange={(event) => setStartNow(event.currentTarget.checked)}
        />
        {form.beyond(create.error) != null && <Problem error={create.error} />}
        <div className="form-actions">
          <Button type="submit" loading={create.isPending}>
            Make bot
          </Button>
          <Button component={Link} to="/ui/bots" variant="default" onClick={() => dropDrafts(draft)}>
            Cancel
          </Button>
        </div>
      </Stack>
      <Dialog
        title={made ? `${shownName(made.bot.display_name, made.bot.bot_id)} is made` : ''}
        opened={made !== undefined}
        onClose={() => made && leave(made.bot)}
        insist
      >
        {made && <MadeSecret secret={made.secret} onClose={() => leave(made.bot)} />}
      </Dialog>
    </form>
  );
}
