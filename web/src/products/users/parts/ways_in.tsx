// How somebody signs in; whoever looks after the server links and unlinks providers here.
import { Button, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useLinkIdentity, useUnlinkIdentity, type Identity } from '../api/identities';
import { useMe } from '@/kit/api/session';
import { isServerAdmin, type SignInProvider, type User } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { ConfirmDialog, Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { submitOf } from '@/kit/forms';
import { useProviders } from '@/products/homeserver/api/providers';

/** OpenID Connect Core, section 2: `sub` has 255 characters at most. */
const mostSubject = 255;

/** As the configuration has it: "oidc-" stands before what clients and stored ids say. */
const plainId = (provider: string) => provider.replace(/^oidc-/, '');

export function WaysIn({ user }: { user: User }) {
  const mayLink = isServerAdmin(useMe());
  return mayLink ? <WithProviders user={user} /> : <Ways user={user} />;
}

function WithProviders({ user }: { user: User }) {
  const [asking, setAsking] = useState(false);
  const providers = useProviders().data?.items ?? [];
  return (
    <>
      <Ways user={user} unlinks />
      {providers.length > 0 && !user.deactivated && (
        <>
          <Button size="xs" variant="default" onClick={() => setAsking(true)}>
            Link a provider
          </Button>
          <Dialog title={`Link ${user.username} to a provider`} opened={asking} onClose={() => setAsking(false)} small>
            <LinkForm user={user} providers={providers} onClose={() => setAsking(false)} />
          </Dialog>
        </>
      )}
    </>
  );
}

function Ways({ user, unlinks = false }: { user: User; unlinks?: boolean }) {
  const { has_password, identities = [] } = user;
  if (!has_password && identities.length === 0) return <p>nothing: no password is set, and no provider is linked</p>;
  const only = !has_password && identities.length === 1;
  return (
    <ul className="plain-list">
      {has_password && <li>a password</li>}
      {identities.map((who) => (
        <li key={`${who.provider} ${who.subject}`}>
          <span className="mono">{plainId(who.provider)}</span>, as{' '}
          <Copyable value={who.subject} what={`id at ${who.provider}`} />
          {unlinks && <Unlink who={who} username={user.username} only={only} />}
        </li>
      ))}
    </ul>
  );
}

interface LinkFormProps {
  user: User;
  providers: SignInProvider[];
  onClose: () => void;
}

function LinkForm({ user, providers, onClose }: LinkFormProps) {
  const link = useLinkIdentity(user.user_id);
  const form = useForm<Identity>({
    initialValues: { provider: providers[0]!.id, subject: '' },
    validate: {
      subject: (subject) =>
        !subject.trim()
          ? 'The id at the provider is needed.'
          : subject.trim().length > mostSubject
            ? `${mostSubject} characters at most.`
            : null,
    },
  });
  const submit = submitOf(form, {}, ({ provider, subject }) =>
    link.mutate(
      { provider, subject: subject.trim() },
      {
        onSuccess: () => {
          onClose();
          tellDone(`${user.username} is linked to ${plainId(provider)}.`);
        },
      },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <div>Whoever signs in there with this id comes in to this account from then on.</div>
        <NativeSelect
          label="Provider"
          data={providers.map(({ id, name }) => ({ value: id, label: name }))}
          {...form.getInputProps('provider')}
        />
        <TextInput
          data-autofocus
          required
          label="Id at the provider"
          description="Its lasting name for the person: the claim sub. At Keycloak it is the ID in the user’s details, not the user name."
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps('subject')}
        />
        <FormEnd error={link.error} pending={link.isPending} action="Link" onClose={onClose} />
      </Stack>
    </form>
  );
}

function Unlink({ who, username, only }: { who: Identity; username: string; only: boolean }) {
  const [asking, setAsking] = useState(false);
  const unlink = useUnlinkIdentity();
  const provider = plainId(who.provider);
  const close = () => {
    unlink.reset();
    setAsking(false);
  };
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        color="red"
        aria-label={`Unlink ${provider}, ${who.subject}`}
        onClick={() => setAsking(true)}
      >
        Unlink
      </Button>
      <ConfirmDialog
        title={`Unlink ${provider} from ${username}?`}
        opened={asking}
        onClose={close}
        action="Unlink"
        pending={unlink.isPending}
        error={unlink.error}
        onConfirm={() =>
          unlink.mutate(who, {
            onSuccess: () => {
              close();
              tellDone(`${username} is no longer linked to ${provider}.`);
            },
          })
        }
      >
        Whoever is <span className="mono">{who.subject}</span> there comes in to this account no more. Where they are
        signed in they stay: <em>Sessions</em> ends that.
        {only && ' It is the only way in: nobody can sign in until a password is set or a provider is linked.'}
      </ConfirmDialog>
    </>
  );
}
