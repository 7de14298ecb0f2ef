// Microsoft Teams in the browser, as a guest. One mixed audio track; the ring around a tile shows who speaks.
import type { BotConfig } from '../config.ts';
import { type Table, TablePlatform } from './table.ts';

const table: Table = {
  capture: { tracks: true, elements: true, contexts: false },
  doors: ['button[data-tid="joinOnWeb"]', 'button:has-text("Continue on this browser")', 'button:has-text("Join from this browser")',
    'button:has-text("Continue without audio or video")', 'button:has-text("Accept all")'],
  name: ['input[data-tid="prejoin-display-name-input"]', 'input[placeholder="Type your name"]'],
  passcode: ['input[data-tid="meeting-passcode-input"]', 'input[placeholder*="passcode" i]'],
  off: ['[data-tid="toggle-mute"][aria-checked="true"]', '[data-tid="toggle-video"][aria-checked="true"]'],
  join: ['button[data-tid="prejoin-join-button"]', 'button#prejoin-join-button', 'button[aria-label^="Join now"]'],
  inside: ['button:has-text("Got it")', 'button[aria-label="Dismiss"]'],
  lobby: { selectors: ['[data-tid="lobby-screen"]'], words: /Someone will let you in (shortly|soon)|Someone in the meeting should let you in soon|we'll let people know (that )?you're waiting|will let you in when the meeting starts/i },
  inCall: ['button[data-tid="hangup-main-btn"]', 'button#hangup-button'],
  words: [
    [/you('ve| have)? (were|been) denied access|you were denied|your request to join (was|has been) (denied|declined)/i, 'rejected'],
    [/no one (responded|let you in)|we couldn't get anyone to let you in/i, 'not_answered'],
    [/you('ve| have) been removed from (this|the) (meeting|call)|someone removed you/i, 'removed'],
    [/the (meeting|call) (has )?ended|meeting ended|you left the (meeting|call)/i, 'over'],
    [/this meeting (link )?(is no longer available|doesn't exist)|we couldn't find (this|the|a) meeting|meeting not found/i, 'not_found'],
    [/(meeting )?passcode (is )?(incorrect|wrong|invalid)|that passcode/i, 'wrong_passcode'],
    [/enter the characters you see|verify (that )?you're (a )?(human|not a robot)/i, 'captcha'],
    [/sign in to (join|teams|continue)|only people with an account|we need to verify your info/i, 'sign_in'],
  ],
  leave: ['button[data-tid="hangup-main-btn"]', 'button#hangup-button', 'button:has-text("Cancel")'],
  people: { each: '[data-tid^="participantsInCall-"], [data-tid="participant-tile"]', id: 'data-acc-id', name: '[data-tid="participant-name"], span[title]',
    self: '[data-is-self="true"], [data-tid*="-self"]', speaking: '[data-tid="voice-level-stream-outline"].vdi-frame-occlusion', track: '' },
  openPeople: ['button[data-tid="calling-participants-button"]', 'button#roster-button', 'button[aria-label^="People"]'],
  chat: { open: ['button#chat-button', 'button[aria-label^="Chat"]', 'button[data-tid="chat-button"]'], field: ['[data-tid="ckeditor"]', '[contenteditable="true"][role="textbox"]'],
    send: ['button[data-tid="newMessageCommands-send"]', 'button[name="send"]'], line: '[data-tid="chat-pane-message"], [data-tid="message-body-content"]' },
};

class Teams extends TablePlatform {
  override address(config: BotConfig): string {
    const url = new URL(config.meetingUrl);
    // The page must not ask for the installed program.
    url.searchParams.set('msLaunch', 'false');
    url.searchParams.set('suppressPrompt', 'true');
    return url.href;
  }
}
export const teams = (): TablePlatform => new Teams(table);
