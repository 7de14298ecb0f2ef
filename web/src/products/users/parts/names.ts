// What a user may be called; the server checks again.

import { bounds } from '@/kit/api/bounds';
import { lengthProblem } from '@/kit/limits';

/** The characters of a Matrix local part. */
export function usernameProblem(name: string): string | null {
  if (!name) return 'A user needs a name.';
  if (!/^[a-z0-9._=\-/+]+$/.test(name)) return 'Only a-z, 0-9 and . _ = - / +';
  if (name.startsWith('bot_')) return 'Names that start with bot_ are for bots.';
  return lengthProblem(name, bounds.NewUser.username);
}
