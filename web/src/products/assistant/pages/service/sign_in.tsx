// Signing in at a service on its own page: the browser leaves, and comes back with what the assistant needs.
import { Button } from '@mantine/core';
import { messageOf } from '@/kit/api/http';
import { Icon } from '@/kit/icons';
import { Found } from '@/kit/outcome';
import { useBeginSignIn } from '../../api/packs';
import type { Pack, PackSettings } from '../../api/types';

interface Props {
  pack: Pack;
  signIn: NonNullable<PackSettings['sign_in']>;
}

function stateOf({ signed_in, asked }: Props['signIn']) {
  if (signed_in) return 'Somebody has signed in.';
  return asked ? 'Its server asks for a sign-in, and nobody has signed in yet.' : 'Nobody has signed in yet.';
}

export function SignIn({ pack, signIn }: Props) {
  const begin = useBeginSignIn(pack.service);
  const at = signIn.address === '' ? '' : `, at ${new URL(signIn.address).hostname},`;
  const returnTo = (signIn.return_origin || window.location.origin) + signIn.return_path;
  const leave = () => begin.mutate(undefined, { onSuccess: ({ address }) => window.location.assign(address) });
  return (
    <section className="section settings-section" aria-labelledby="sign-in">
      <div className="settings-lead">
        <h2 id="sign-in">Sign-in</h2>
        <p className="dim small">
          {pack.title} asks on its own page{at} what the assistant may do there. Whoever signs in there is who it works
          as.
        </p>
      </div>
      <div className="panel panel-pad">
        <p>{stateOf(signIn)}</p>
        {signIn.scopes.length > 0 && (
          <p className="small">
            It asks for <span className="mono">{signIn.scopes.join(', ')}</span>.
          </p>
        )}
        <p className="small">
          {signIn.found
            ? 'Where people sign in is found by itself, and Troupe is registered there where the service lets programs be. People come back to: '
            : 'Register this address with the service first, and save the client id that it gives above: '}
          <span className="mono">{returnTo}</span>
        </p>
        <Button
          variant={signIn.signed_in ? 'default' : 'filled'}
          leftSection={<Icon name="key" size={16} />}
          loading={begin.isPending}
          onClick={leave}
        >
          {signIn.signed_in ? `Sign in at ${pack.title} again` : `Sign in at ${pack.title}`}
        </Button>
        <div role="status">
          {begin.error && (
            <Found outcome="bad" title="The sign-in did not begin">
              {messageOf(begin.error)}
            </Found>
          )}
        </div>
      </div>
    </section>
  );
}
