// What a bot may be called, and what a room is; the server checks again.

import { bounds } from '@/kit/api/bounds';
import { lengthProblem } from '@/kit/limits';
import { shownName } from '@/kit/names';

/** The local part must stay short enough for a Matrix id and plain enough for a path. */
export function botIdProblem(id: string): string | null {
  if (!id) return 'A bot needs an id.';
  if (!/^[a-z0-9._-]+$/.test(id)) return 'Only a-z, 0-9, dot, underscore and hyphen.';
  return lengthProblem(id, bounds.NewBot.bot_id);
}

/** What to call a room that may have no name. */
export function nameOfRoom({ name, joined_members }: { name: string; joined_members: number }): string {
  return shownName(name, joined_members <= 2 ? 'Direct chat' : 'Room without a name');
}
