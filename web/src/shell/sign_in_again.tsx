// The session has ended under somebody's hands: their page stays as it is, with what they typed into it, behind the sign-in.
import { Button } from '@mantine/core';
import { useEffect, useId, useState } from 'react';
import { createPortal } from 'react-dom';
import { useSessionCheck, useSignOut } from '@/kit/api/session';
import { Problem } from '@/kit/feedback';
import { SignInForm } from './sign_in_form';
import { providerLink } from './sign_in_target';

/** "@anna:example.org" → "anna". */
const localpart = (userId: string | null) => userId?.slice(1).split(':')[0] ?? '';

/** To where one was: what was pressed there may be gone, or wait for its answer still. */
function comeBack(before: Element | null) {
  if (before instanceof HTMLElement) before.focus();
  if (document.activeElement !== document.body) return;
  // One after the other: a list of selectors yields what stands first in the document, and that is #main.
  for (const open of ['[role=dialog] [data-autofocus]', '[role=dialog] input', '#main']) {
    document.querySelector<HTMLElement>(open)?.focus();
    if (document.activeElement !== document.body) return;
  }
}

export function SignInAgain({ userId }: { userId: string | null }) {
  const check = useSessionCheck();
  const signOut = useSignOut();
  const titleId = useId();
  const [before] = useState(() => document.activeElement); // Soon the field of the password has it.
  useEffect(() => {
    const title = document.title;
    document.title = 'Sign in · Troupe';
    // Perhaps another tab has signed in since.
    window.addEventListener('focus', check);
    return () => {
      window.removeEventListener('focus', check);
      document.title = title;
      comeBack(before);
    };
  }, [before, check]);
  // Beside the dialogs of the page, which the style sheet hides together with it.
  return createPortal(
    <div className="sign-in sign-in-again" role="dialog" aria-modal="true" aria-labelledby={titleId}>
      <div className="panel sign-in-card">
        <SignInForm titleId={titleId} user={localpart(userId)} providerLink={(id) => providerLink(id, null)} elsewhere>
          <p className="dim small" role="status">
            Your session has ended. Sign in again to go on where you were: what you typed is still there.
          </p>
        </SignInForm>
        {/* Notices are hidden with the page. */}
        {signOut.error && <Problem error={signOut.error} title="Could not sign out" />}
        <Button variant="subtle" fullWidth mt="md" loading={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign in as somebody else
        </Button>
      </div>
    </div>,
    document.body,
  );
}
