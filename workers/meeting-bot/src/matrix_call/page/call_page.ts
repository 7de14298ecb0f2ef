// The page that the bot's browser has open in a Matrix call: nobody looks at it.
import type { Change } from '../consent.ts';
import { type CallPage, type Look, type Orders, Ended } from '../protocol.ts';
import { type Account, keysTaken, signIn } from './account.ts';
import type { Call, Surroundings } from './call.ts';
import { LegacyCall } from './legacy_call.ts';
import { RtcCall } from './rtc_call.ts';
import { Sounds, useSilentMicrophone } from './sounds.ts';
import { Talk } from './talk.ts';

const longestName = 200;
const mostLines = 50;

class Page implements CallPage {
  #orders: Orders | null = null;
  #account: Account | null = null;
  #talk: Talk | null = null;
  #call: Call | null = null;
  #sounds: Sounds | null = null;
  #consent: Change[] = [];
  #lines: string[] = [];
  #over: Look['over'] = null;

  async ready(orders: Orders): Promise<void> {
    useSilentMicrophone();
    this.#orders = orders;
    const { access } = orders;
    const account = (this.#account = await signIn(access));
    const sounds = (this.#sounds = new Sounds(orders.rate, orders.samples, orders.worklet));
    const around: Surroundings = {
      mayBeHeard: (person) => talk.mayBeHeard(person),
      over: (why, detail) => { this.#over ??= { why, detail }; },
      log: (line) => { if (this.#lines.length < mostLines) this.#lines.push(line); },
    };
    const talk = (this.#talk = new Talk(account, access, orders.stopWord, around.over, (change) => {
      this.#call?.decided(change.id);
      this.#consent.push(change);
    }, () => {
      for (const person of this.#call?.members() ?? []) this.#call?.decided(person);
    }));
    await keysTaken(account, access);
    await talk.catchUp();
    this.#call = access.call === 'legacy' ? new LegacyCall(account, access, around, sounds) : new RtcCall(account, access, around, sounds);
  }

  async join(declined: readonly string[]): Promise<void> {
    if (!this.#call || !this.#talk || !this.#orders) throw new Ended('no_way_in', 'it is not ready');
    this.#talk.also(declined);
    // Told before a word is heard.
    if (this.#orders.notice !== null) await this.#talk.tell(this.#orders.notice);
    await this.#call.join();
  }

  look(): Look {
    const people = (this.#call?.members() ?? []).map((id) => ({ id, heard: this.#sounds?.has(id) ?? false,
      name: (this.#account?.room.getMember(id)?.name ?? id).slice(0, longestName) }));
    const { consent, lines } = { consent: this.#consent, lines: this.#lines };
    this.#consent = [];
    this.#lines = [];
    return { people, consent, lines, over: this.#over };
  }

  mixed(): MediaStream | null {
    return this.#sounds?.mixed() ?? null;
  }

  async leave(): Promise<void> {
    await this.#call?.leave();
    this.#sounds?.stop();
    this.#account?.client.stopClient();
  }
}

window.__matrixCall = new Page();
