// The services that the assistant works with, and adding one.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMe } from '@/kit/api/session';
import { mayDo } from '@/kit/api/types';
import { Empty, Loading, Problem, tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { pageSize, useSlice } from '@/kit/pager';
import { usePacks, useReloadPacks } from '../api/packs';
import type { PackRow } from '../api/types';
import { PackState } from '../parts/pack_state';
import { packPath } from '../parts/paths';
import { AddService } from './services/add';

export default function ServicesPage() {
  const administrator = mayDo(useMe(), 'admin');
  const packs = usePacks();
  const [adding, setAdding] = useState(false);
  const { shown, pager } = useSlice(packs.data?.items ?? [], pageSize);
  return (
    <section className="section" aria-label="Services">
      <p className="section-lead dim">
        A service is described by a pack: what it can do, how it is called, who has to say yes. Some come with Troupe;
        others are added as a folder of files.
      </p>
      {administrator && (
        <div className="service-buttons">
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
            Add a service
          </Button>
          <Reload />
        </div>
      )}
      {packs.isPending ? (
        <Loading />
      ) : packs.error && !packs.data ? (
        <Problem error={packs.error} title="The services could not be loaded" onRetry={() => void packs.refetch()} />
      ) : shown.length === 0 ? (
        <Empty icon="flow" title="No services">
          {administrator
            ? 'Add one: a folder with its config.json and the description of its interface.'
            : 'An administrator can add the services that you work with.'}
        </Empty>
      ) : (
        <>
          <ul className="cards room-cards" aria-label="Services">
            {shown.map((pack) => (
              <PackCard key={pack.service} pack={pack} />
            ))}
          </ul>
          {pager('services')}
        </>
      )}
      <AddService opened={adding} onClose={() => setAdding(false)} />
    </section>
  );
}

function PackCard({ pack }: { pack: PackRow }) {
  return (
    <li className="panel card" data-pack={pack.service}>
      <div className="card-head wraps">
        <div>
          <Link className="main-link" to={packPath(pack.service)}>
            {pack.title}
          </Link>
          <div className="small dim mono">{pack.service}</div>
        </div>
        <PackState pack={pack} />
      </div>
      <div className="small dim">
        {pack.operations.toLocaleString('en')} {pack.operations === 1 ? 'operation' : 'operations'} ·{' '}
        {pack.source === 'added' ? 'added here' : 'comes with Troupe'}
      </div>
    </li>
  );
}

function Reload() {
  const reload = useReloadPacks();
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="again" size={16} />}
        loading={reload.isPending}
        onClick={() => reload.mutate(undefined, { onSuccess: () => tellDone('The folders were read again.') })}
      >
        Read the folders again
      </Button>
      {reload.error && <Problem error={reload.error} title="The folders could not be read" />}
    </>
  );
}
