// Providers of OpenID Connect: whether they answer, and what they must know of this server.
import { Alert, Button } from '@mantine/core';
import type { SignInProvider } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { Empty, Loading, Problem, tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { Moment } from '@/kit/time';
import { useProviders, useTestProvider } from '../api/providers';

export default function ProvidersPage() {
  const providers = useProviders();
  const items = providers.data?.items;
  return (
    <section className="section" aria-label="Sign-in providers">
      <p className="section-lead dim">
        People who have an account at one of these sign in with it, in Matrix clients and here.
      </p>
      {providers.isPending ? (
        <Loading />
      ) : providers.error && !items ? (
        <Problem
          error={providers.error}
          title="The providers could not be loaded"
          onRetry={() => void providers.refetch()}
        />
      ) : items!.length === 0 ? (
        <Empty icon="key" title="No sign-in providers">
          People sign in with their passwords alone. Tables <span className="mono">[[oidc.providers]]</span> in{' '}
          <span className="mono">troupe.toml</span> add Keycloak, or another provider of OpenID Connect.
        </Empty>
      ) : (
        <ul className="cards" aria-label="Sign-in providers">
          {items!.map((provider) => (
            <ProviderCard key={provider.id} provider={provider} />
          ))}
        </ul>
      )}
      {providers.error && items && (
        <Problem error={providers.error} title="The list may be old" onRetry={() => void providers.refetch()} />
      )}
    </section>
  );
}

const states = {
  ready: { tone: 'running', word: 'Answers' },
  failing: { tone: 'failed', word: 'Fails' },
  unknown: { tone: undefined, word: 'Not asked yet' },
} as const;

function ProviderCard({ provider }: { provider: SignInProvider }) {
  const test = useTestProvider(provider.id);
  const state = states[provider.state];
  return (
    <li className="panel card" data-provider={provider.id}>
      <div className="card-head wraps">
        <div>
          <h2>{provider.name}</h2>
        </div>
        <span className="state" data-tone={state.tone}>
          {state.word}
        </span>
      </div>
      {provider.error && (
        <Alert color="red" variant="light" icon={<Icon name="alert" />} title="It did not answer as it must">
          <span className="mono small">{provider.error}</span>
        </Alert>
      )}
      {test.error && <Problem error={test.error} title="It could not be asked" />}
      <Facts provider={provider} />
      <span className="row-buttons">
        <Button
          size="xs"
          variant="default"
          loading={test.isPending}
          aria-label={`Test ${provider.name}`}
          onClick={() =>
            test.mutate(undefined, {
              onSuccess: (now) => now.state === 'ready' && tellDone(`${provider.name} answers as it must.`),
            })
          }
        >
          Test
        </Button>
      </span>
    </li>
  );
}

function Facts({ provider }: { provider: SignInProvider }) {
  return (
    <dl className="facts">
      <dt>Asked</dt>
      <dd>{provider.asked_at ? <Moment at={provider.asked_at} /> : 'not since the start'}</dd>
      <dt>Issuer</dt>
      <dd className="mono">{provider.issuer}</dd>
      <dt>Client id</dt>
      <dd className="mono">{provider.client_id}</dd>
      <dt>Redirect URI</dt>
      <dd>
        {provider.redirect_uri ? (
          <Copyable value={provider.redirect_uri} what="redirect URI" />
        ) : (
          'set server.public_base_url'
        )}
      </dd>
      {provider.backchannel_logout && (
        <>
          <dt>Logout URI</dt>
          <dd>
            {provider.logout_uri ? (
              <Copyable value={provider.logout_uri} what="back-channel logout URI" />
            ) : (
              'set server.public_base_url'
            )}
          </dd>
        </>
      )}
      <dt>Names after</dt>
      <dd className="mono">{provider.localpart_claim}</dd>
      {provider.required_role && (
        <>
          <dt>Needs the role</dt>
          <dd className="mono">{provider.required_role}</dd>
        </>
      )}
      <dt>Existing accounts</dt>
      <dd>{provider.link_existing ? 'given to who comes with their name' : 'stay apart'}</dd>
    </dl>
  );
}
