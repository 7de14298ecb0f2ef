// Google Meet as a guest. A guest has no chat before the host allows it, and three audio tracks carry whoever is loudest: who
// speaks is what the tiles show.
import type { BotConfig } from '../config.ts';
import { type Table, TablePlatform } from './table.ts';

const table: Table = {
  capture: { tracks: true, elements: true, contexts: false },
  doors: ['button:has-text("Continue without microphone and camera")', 'button:has-text("Continue without microphone")', 'button:has-text("Got it")', 'button:has-text("Dismiss")',
    'button:has-text("Accept all")'],
  name: ['input[type="text"][aria-label="Your name"]', 'input[placeholder="Your name"]'],
  passcode: [],
  off: ['[role="button"][aria-label^="Turn off microphone"]', 'button[aria-label^="Turn off microphone"]', '[role="button"][aria-label^="Turn off camera"]', 'button[aria-label^="Turn off camera"]'],
  join: ['button:has-text("Ask to join")', 'button:has-text("Join now")', 'button:has-text("Switch here")'],
  inside: ['button:has-text("Got it")', 'button[aria-label="Close"]'],
  lobby: { selectors: [], words: /Please wait until a meeting host brings you into the call|Asking to be let in|You'll join the call when someone lets you in/i },
  inCall: ['button[aria-label="Leave call"]'],
  words: [
    [/Someone in the call denied your request to join|Your request to join was(n't| not) approved|denied your request/i, 'rejected'],
    [/No one responded to your request to join/i, 'not_answered'],
    [/You('ve| have) been removed from the meeting|You were removed from the meeting/i, 'removed'],
    [/The (meeting|call) has ended|The host ended the (meeting|call)|Your host ended the meeting for everyone|The video call ended|You left the meeting/i, 'over'],
    [/Check your meeting code|Invalid video call name|This meeting code has expired|This call doesn't exist/i, 'not_found'],
    [/Verify it's you|not a robot/i, 'captcha'],
    [/You can't join this (video )?call|Sign in to join|Use your Google Account/i, 'sign_in'],
  ],
  leave: ['button[aria-label="Leave call"]', 'button:has-text("Just leave the call")'],
  // A tile of one's own names itself; the bars beside a name move while somebody speaks.
  people: { each: '[data-participant-id]', id: 'data-participant-id', name: '[data-tile-name], .notranslate', self: '[data-self-name]',
    speaking: '.Oaajhc, .HX2H7, .wEsLMd, .OgVli', track: '' },
  openPeople: ['button[aria-label^="People"]', 'button[aria-label^="Show everyone"]'],
  chat: { open: ['button[aria-label^="Chat with everyone"]'], field: ['textarea[aria-label^="Send a message"]'], send: ['button[aria-label^="Send a message"]'],
    line: '[data-message-id] [jsname], [data-message-text], [data-message-id] > div' },
};

class GoogleMeet extends TablePlatform {
  override address(config: BotConfig): string {
    const url = new URL(config.meetingUrl);
    url.searchParams.set('hl', 'en'); // the labels above
    return url.href;
  }
}
export const googleMeet = (): TablePlatform => new GoogleMeet(table);
