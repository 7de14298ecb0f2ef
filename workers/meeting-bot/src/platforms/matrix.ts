// A call of a Matrix room as Element Call shows it, as a guest: a room that asks for an account refuses one. Every participant
// has a track, but no label says whose it is: who speaks is what the tiles show.
import { type Table, TablePlatform } from './table.ts';

const table: Table = {
  capture: { tracks: true, elements: false, contexts: false },
  doors: ['[data-testid="joincall_joincall"]', 'button:has-text("Continue in browser")'],
  name: ['[data-testid="joincall_displayName"]'],
  passcode: [],
  off: ['button[aria-label="Mute microphone"]', 'button[aria-label="Stop video"]'],
  join: ['[data-testid="lobby_joinCall"]:not(:has-text("Request sent"))'],
  inside: [],
  lobby: { selectors: ['[data-testid="lobby_joinCall"]:has-text("Request sent")'], words: /Request sent! Waiting for permission to join/i },
  inCall: ['[data-testid="incall_leave"]'],
  words: [
    [/Your request to join was declined/i, 'rejected'],
    [/You have been (removed from the call|banned from the room)/i, 'removed'],
    [/your call has ended|You were disconnected from the call/i, 'over'],
    [/Call not found/i, 'not_found'],
    [/To continue to Element|This site is protected by ReCAPTCHA/i, 'sign_in'],
  ],
  leave: ['[data-testid="incall_leave"]'],
  people: { each: '[data-testid="videoTile"]', id: 'data-id', name: '[data-testid="name_tag"]', self: '', speaking: '[class*="_speaking"]', track: '' },
  openPeople: [],
  // A call has no chat of its own.
  chat: { open: [], field: [], send: [], line: '' },
};

export const matrix = (): TablePlatform => new TablePlatform(table);
