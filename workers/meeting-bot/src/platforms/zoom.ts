// Zoom's web client, as a guest. It decodes sound itself and plays it through WebAudio; where the host has switched the web
// client off, or asks for an account, there is no way in for a browser.
import type { Frame, Page } from 'playwright-core';
import type { BotConfig } from '../config.ts';
import { type Table, TablePlatform } from './table.ts';

const table: Table = {
  capture: { tracks: true, elements: true, contexts: true },
  doors: ['#onetrust-accept-btn-handler', 'button:has-text("I Agree")', 'a:has-text("Join from Your Browser")', 'button:has-text("Join from your browser")',
    'button:has-text("Continue without microphone and camera")', 'button:has-text("Continue without")'],
  name: ['#input-for-name', 'input[placeholder="Your Name"]'],
  passcode: ['#input-for-pwd', 'input[placeholder="Meeting Passcode"]'],
  off: ['button#preview-audio-control-button[aria-label="Mute"]', 'button#preview-video-control-button[aria-label="Stop Video"]'],
  join: ['button.preview-join-button', 'button:text-is("Join")'],
  inside: ['button.join-audio-by-voip__join-btn', 'button:has-text("Join Audio by Computer")', 'button:has-text("Got it")'],
  lobby: { selectors: ['.waiting-room-container'], words: /Please wait, the meeting host will let you in soon|Host has joined\. We've let them know you're here|Waiting for the host to start (the|this) meeting|The meeting has not started/i },
  inCall: ['button[aria-label="Leave"]', 'button.footer__leave-btn'],
  words: [
    [/the host (has )?(denied|declined) your request|you have been denied|the host removed you from the waiting room|you can't join this meeting because/i, 'rejected'],
    [/you have been removed( from (this|the) meeting)?( by the host)?/i, 'removed'],
    [/this meeting has been ended by (the )?host|this meeting has ended|the meeting has ended|meeting (is )?ended/i, 'over'],
    [/this meeting (link )?(is invalid|does not exist|id is not valid)|invalid meeting id|this link is invalid/i, 'not_found'],
    [/(meeting )?passcode (is )?(wrong|incorrect)|wrong passcode/i, 'wrong_passcode'],
    [/check the captcha|not a robot/i, 'captcha'],
    [/sign in to join|requires (you to sign in|authentication)|authorized attendees only/i, 'sign_in'],
  ],
  leave: ['button[aria-label="Leave"]', 'button.leave-meeting-options__btn', 'button:has-text("Leave Meeting")'],
  people: { each: '.participants-li, .video-avatar__avatar, .speaker-bar-container__video-frame, .speaker-active-container__video-frame', id: 'data-user-id',
    name: '.participants-item__display-name, .video-avatar__avatar-footer span, .video-avatar__avatar-name', self: '[data-self="true"], .participants-item__name-label--me',
    speaking: '.speaker-bar-container__video-frame--active, .speaker-active-container__video-frame, .participants-icon__participants-unmute--speaking', track: '' },
  openPeople: ['button[aria-label^="open the participants list"]', 'button[aria-label^="Participants"]'],
  chat: { open: ['button[aria-label^="open the chat"]', 'button[aria-label^="Chat"]'], field: ['.chat-rtf-box__editor-outer [contenteditable="true"]', '.tiptap[contenteditable="true"]', 'textarea.chat-box__chat-textarea'],
    send: ['button[aria-label="send"]', 'button.chat-rtf-box__send'], line: '.chat-rtf-box__display, .new-chat-message__content, .chat-message__text-box' },
};

class Zoom extends TablePlatform {
  /** /j/ and /w/ offer the installed program; /wc/ is the web client. */
  override address(config: BotConfig): string {
    const url = new URL(config.meetingUrl);
    const number = /^\/(?:j|w|wc\/join|wc)\/(\d+)/.exec(url.pathname)?.[1];
    if (number) url.pathname = `/wc/${number}/join`;
    return url.href;
  }
  override frame(page: Page): Frame {
    return page.frames().find((frame) => frame.name() === 'webclient' || /\/wc\/\d+\/join.*[?&]_x_zm_/.test(frame.url())) ?? page.mainFrame();
  }
}
export const zoom = (): TablePlatform => new Zoom(table);
