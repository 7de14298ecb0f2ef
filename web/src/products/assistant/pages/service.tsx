// One service: whether it works, its address and keys, who has to say yes, and what it can do.
import { Button } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { ApiError } from '@/kit/api/http';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { usePack } from '../api/packs';
import type { Pack } from '../api/types';
import { PackState } from '../parts/pack_state';
import { inWords } from '../parts/words';
import { Findings } from './service/findings';
import { Operations } from './service/operations';
import { RemoveService } from './service/remove';
import { ServiceSettings } from './service/settings';
import { SignIn } from './service/sign_in';
import { TestService } from './service/test';

export default function ServicePage() {
  const { service = '' } = useParams();
  const found = usePack(service);
  if (found.isPending) return <Loading rows={4} height={70} />;
  if (!found.data) {
    const gone = found.error instanceof ApiError && found.error.status === 404;
    return gone ? (
      <Empty
        icon="flow"
        title="No such service"
        action={
          <Button component={Link} to="/ui/assistant/services">
            All services
          </Button>
        }
      >
        It may have been removed.
      </Empty>
    ) : (
      <Problem error={found.error} title="The service could not be loaded" onRetry={() => void found.refetch()} />
    );
  }
  return <ServiceBody key={service} pack={found.data} />;
}

function ServiceBody({ pack }: { pack: Pack }) {
  const { settings } = pack;
  return (
    <>
      <p className="small way-back">
        <Link to="/ui/assistant/services">All services</Link>
      </p>
      <div className="section-head">
        <h2>{pack.title}</h2>
        <PackState pack={pack} />
      </div>
      {pack.synonyms.length > 0 && <p className="dim small">People call it {pack.synonyms.slice(0, 6).join(', ')}.</p>}
      {settings && <Findings settings={settings} />}
      {settings && pack.usable && (
        <section className="section settings-section">
          <div className="settings-lead">
            <h2>Settings</h2>
            <p className="dim small">They are this tenant’s. Keys are kept sealed, and nobody is shown them again.</p>
          </div>
          <div className="panel panel-pad">
            <ServiceSettings pack={pack} settings={settings} />
          </div>
        </section>
      )}
      {settings?.sign_in && pack.usable && <SignIn pack={pack} signIn={settings.sign_in} />}
      {settings && pack.usable && <TestService pack={pack} />}
      <Intents pack={pack} />
      <Operations operations={pack.operations} />
      {settings && pack.source === 'added' && <RemoveService pack={pack} settings={settings} />}
    </>
  );
}

function Intents({ pack: { intents } }: { pack: Pack }) {
  if (intents.length === 0) return null;
  return (
    <section className="section" aria-labelledby="intents">
      <h2 id="intents">What it can be asked</h2>
      <ul className="rows panel">
        {intents.map(({ name, description }) => (
          <li key={name}>
            <div>
              {description || inWords(name)}
              <div className="small dim mono">{name}</div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
