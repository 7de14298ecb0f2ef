// Where an account is signed in, and ending that.
import { Button, Stack } from '@mantine/core';
import { useState } from 'react';
import type { User, UserSession } from '@/kit/api/types';
import { useEndSessions, useUserSessions } from '../api/users';
import { Dialog } from '@/kit/dialog';
import { Loading, Problem, tellDone } from '@/kit/feedback';
import { SearchBox } from '@/kit/search_box';
import { Ago } from '@/kit/time';

const searchableFrom = 8;

export function SessionsDialog({ user, opened, onClose }: { user: User; opened: boolean; onClose: () => void }) {
  return (
    <Dialog title={`Sessions of ${user.username}`} opened={opened} onClose={onClose}>
      <Sessions user={user} onClose={onClose} />
    </Dialog>
  );
}

function Sessions({ user, onClose }: { user: User; onClose: () => void }) {
  const sessions = useUserSessions(user.user_id);
  const end = useEndSessions(user.user_id);
  const [asking, setAsking] = useState(false);
  const [search, setSearch] = useState('');
  if (sessions.isPending) return <Loading rows={2} />;
  if (sessions.error && !sessions.data)
    return (
      <Problem
        error={sessions.error}
        title="The sessions could not be loaded"
        onRetry={() => void sessions.refetch()}
      />
    );
  const items = sessions.data.items;
  const wanted = search.trim().toLowerCase();
  const shown = items.filter(
    (session) =>
      !wanted ||
      [session.display_name, session.device_id, session.last_seen_ip].some((text) =>
        text?.toLowerCase().includes(wanted),
      ),
  );
  const endAll = () =>
    end.mutate(undefined, {
      onSuccess: () => {
        setAsking(false);
        tellDone(`${user.username} is signed out everywhere.`);
      },
    });
  return (
    <Stack>
      {items.length === 0 ? (
        <div className="dim">{user.username} is signed in nowhere.</div>
      ) : (
        <>
          {items.length >= searchableFrom && <SearchBox label="Search sessions" value={search} onChange={setSearch} />}
          <ul className="rows" aria-label="Sessions">
            {shown.map((session) => (
              <SessionRow
                key={session.device_id}
                session={session}
                pending={end.isPending && end.variables === session.device_id}
                onEnd={() => end.mutate(session.device_id)}
              />
            ))}
          </ul>
        </>
      )}
      {end.error && <Problem error={end.error} title="The session could not be ended" />}
      <div className="dialog-actions">
        {asking ? (
          <>
            <span className="small ask">Sign {user.username} out everywhere?</span>
            <Button variant="default" onClick={() => setAsking(false)}>
              No
            </Button>
            <Button color="red" loading={end.isPending && end.variables === undefined} onClick={endAll}>
              End all
            </Button>
          </>
        ) : (
          <>
            {items.length > 0 && (
              <Button variant="default" onClick={() => setAsking(true)}>
                End all sessions
              </Button>
            )}
            <Button onClick={onClose}>Close</Button>
          </>
        )}
      </div>
    </Stack>
  );
}

function SessionRow({ session, pending, onEnd }: { session: UserSession; pending: boolean; onEnd: () => void }) {
  const name = session.display_name || (session.kind === 'console' ? 'Console' : 'Matrix client');
  return (
    <li data-session={session.device_id}>
      <div>
        <strong>{name}</strong>
        <div className="small dim">
          {session.kind === 'console' ? (
            'signed in here, not to Matrix'
          ) : (
            <span className="mono">{session.device_id}</span>
          )}
          {session.last_seen_at && (
            <>
              {' '}
              · seen <Ago at={session.last_seen_at} />
            </>
          )}
          {session.last_seen_ip && (
            <>
              {' '}
              from <span className="mono">{session.last_seen_ip}</span>
            </>
          )}
        </div>
      </div>
      <Button
        size="xs"
        variant="default"
        loading={pending}
        aria-label={`End ${name} ${session.device_id}`}
        onClick={onEnd}
      >
        End
      </Button>
    </li>
  );
}
