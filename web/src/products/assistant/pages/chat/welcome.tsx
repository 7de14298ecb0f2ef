// Before anything was said: what can be asked, and which services cannot be reached yet.
import { Alert, UnstyledButton } from '@mantine/core';
import { Link } from 'react-router';
import { useMe } from '@/kit/api/session';
import { mayDo } from '@/kit/api/types';
import { Icon } from '@/kit/icons';
import { usePacks } from '../../api/packs';
import type { PackRow } from '../../api/types';
import { packPath } from '../../parts/paths';

/** Something that each of the shipped services can be asked, without changing anything there. */
const examples: Record<string, string> = {
  slack: 'List the Slack channels',
  companycam: 'Find the Shaw project in CompanyCam',
  acculynx: 'Show the open leads in AccuLynx',
  bolt: 'List the work orders in Bolt',
  troupe: 'Search the messages in Troupe for “roof”',
};

export function Welcome({ onPick }: { onPick: (text: string) => void }) {
  const { data } = usePacks();
  const enabled = (data?.items ?? []).filter((pack) => pack.enabled && pack.usable);
  const ready = enabled.filter((pack) => pack.ready);
  const waiting = enabled.filter((pack) => !pack.ready);
  const offered = ready.flatMap(({ service }) => examples[service] ?? []);
  return (
    <div className="chat-list welcome" tabIndex={0} role="region" aria-label="What can be asked">
      <div className="chat-empty">
        <Icon name="spark" size={28} />
        <h2>What should be done?</h2>
        <p>Say it in your own words. You see each call before it is made, and what changes something asks first.</p>
        {offered.length > 0 && (
          <ul className="examples" aria-label="Examples">
            {offered.map((text) => (
              <li key={text}>
                <UnstyledButton className="example" onClick={() => onPick(text)}>
                  {text}
                </UnstyledButton>
              </li>
            ))}
          </ul>
        )}
        {data && enabled.length === 0 && <p>No service is in use yet.</p>}
        {waiting.length > 0 && <NoKeyYet packs={waiting} />}
      </div>
    </div>
  );
}

function NoKeyYet({ packs }: { packs: PackRow[] }) {
  const administrator = mayDo(useMe(), 'admin');
  return (
    <Alert color="yellow" variant="light" role="note" icon={<Icon name="key" />} title="No key yet" ta="left">
      {packs.map(({ service, title }, place) => (
        <span key={service}>
          {place > 0 && ', '}
          {administrator ? <Link to={packPath(service)}>{title}</Link> : title}
        </span>
      ))}
      {administrator
        ? ': open one to give it its key. Until then it can be planned for, and not called.'
        : ': an administrator has to give the key first.'}
    </Alert>
  );
}
