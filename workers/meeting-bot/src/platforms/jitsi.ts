// Jitsi Meet, on any host. Each participant has a track, and the page tells through its own object whose it is.
import type { Frame } from 'playwright-core';
import type { Participant } from '../audio/speakers.ts';
import type { BotConfig } from '../config.ts';
import { type Table, TablePlatform } from './table.ts';

const table: Table = {
  capture: { tracks: true, elements: false, contexts: false },
  doors: ['button:has-text("Join in browser")', 'a:has-text("Launch in web")', 'button:has-text("I agree")'],
  name: ['#premeeting-name-input', 'input[data-testid="lobby.nameField"]', 'input[placeholder="Enter your name"]'],
  passcode: ['input[data-testid="lobby.password"]', 'input[name="lockKey"]'],
  off: ['[aria-label="Mute microphone"]', '[aria-label="Stop camera"]'],
  join: ['[data-testid="prejoin.joinMeeting"]', '[data-testid="lobby.enterPasswordButton"]:visible >> nth=1', '[data-testid="lobby.knockButton"]', 'button:has-text("Join meeting")'],
  inside: ['[aria-label="Close"]'],
  lobby: { selectors: ['[data-testid="lobby.waitingMessage"]'], words: /Asking to join (the )?meeting|wait(ing)? for (a )?moderator|The conference has not yet started/i },
  inCall: ['[aria-label^="Leave the meeting"]', '[data-testid="toolbox.hangup"]'],
  words: [
    [/Your request to join has been (rejected|denied)|lobby access denied/i, 'rejected'],
    [/(kicked|removed) you out of the meeting|You were kicked|removed from the meeting/i, 'removed'],
    [/The (meeting|conference) has (been )?(ended|terminated|destroyed)|Thank you for using|You have left the meeting/i, 'over'],
    [/incorrect password|wrong password/i, 'wrong_passcode'],
    [/Authentication required|I am the host|log-in to (start|join)/i, 'sign_in'],
  ],
  leave: ['[aria-label^="Leave the meeting"]', '[data-testid="toolbox.hangup"]'],
  people: { each: '[id^="participant_"]', id: 'id', name: '.displayname, [id$="_name"]', self: '.local-video-participant', speaking: '.dominant-speaker', track: '' },
  openPeople: [],
  chat: { open: ['[aria-label="Open chat"]', '[aria-label="Open / Close chat"]'], field: ['#chat-input-messagebox', 'textarea[aria-label="Type a message"]', '#usermsg'],
    send: ['[aria-label="Send message"]', '[aria-label="Send"]'], line: '.usermessage, [data-testid="chat.message"]' },
};

interface Room {
  myUserId(): string;
  getParticipants(): { getId(): string; getDisplayName(): string | undefined; getTracks(): { getType(): string; isMuted(): boolean; getTrack(): MediaStreamTrack; getOriginalStream(): MediaStream }[] }[];
}

class Jitsi extends TablePlatform {
  override address(config: BotConfig): string {
    const url = new URL(config.meetingUrl);
    url.hash = 'config.startWithAudioMuted=true&config.startWithVideoMuted=true&config.disableDeepLinking=true&config.notifications=[]';
    return url.href;
  }

  override async participants(frame: Frame): Promise<Participant[] | null> {
    const told = await frame.evaluate((): Participant[] | null => {
      const room = (window as unknown as { APP?: { conference?: { _room?: Room } } }).APP?.conference?._room;
      if (!room) return null;
      return [{ id: room.myUserId(), name: '', self: true }, ...room.getParticipants().slice(0, 1000).map((one) => ({ id: one.getId(),
        name: (one.getDisplayName() ?? '').slice(0, 200), self: false, tracks: one.getTracks().filter((track) => track.getType() === 'audio' && !track.isMuted())
          .flatMap((track) => [track.getTrack().id, track.getOriginalStream().id]) }))];
    }).catch(() => null);
    return told ?? super.participants(frame);
  }
}
export const jitsi = (): TablePlatform => new Jitsi(table);
