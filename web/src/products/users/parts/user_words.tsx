// What an account is, and whether it may be used.
import type { User } from '@/kit/api/types';

export const kindWords: Record<User['kind'], string> = { person: 'Person', bot: 'Bot', service: 'Service' };

export function UserState({ user }: { user: User }) {
  if (user.deactivated) return <span className="state">Deactivated</span>;
  if (user.locked)
    return (
      <span className="state" data-tone="failed">
        Locked
      </span>
    );
  return (
    <span className="state" data-tone="running">
      Active
    </span>
  );
}
