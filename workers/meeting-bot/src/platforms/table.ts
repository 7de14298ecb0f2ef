// Most platforms' pages differ in their labels and not in the order of things: a platform is a table of selectors, and this is
// what is done with them. Selectors are playwright's; of several, and of what one of them finds, the first visible counts.
import type { Frame, Locator, Page } from 'playwright-core';
import type { CaptureWays } from '../audio/capture.ts';
import type { Participant } from '../audio/speakers.ts';
import type { BotConfig } from '../config.ts';
import type { Platform, Where } from './platform.ts';

type Selectors = readonly string[];

/** Read inside the page; every selector is plain CSS. */
export interface People {
  readonly each: string;
  /** The attribute that names one for good; without it the name does. */
  readonly id: string;
  /** Within it; empty: its own text or its label. */
  readonly name: string;
  readonly self: string;
  /** Matches it, or something in it, while it speaks; empty: the page shows nothing of the kind. */
  readonly speaking: string;
  /** The attribute, of it or of something in it, that names its track or stream; empty: none. */
  readonly track: string;
}

export interface Table {
  readonly capture: CaptureWays;
  /** Pressed wherever they show on the way in. */
  readonly doors: Selectors;
  readonly name: Selectors;
  readonly passcode: Selectors;
  /** Switched off before joining: pressed while they show. */
  readonly off: Selectors;
  readonly join: Selectors;
  /** Pressed once in the call. */
  readonly inside: Selectors;
  readonly lobby: { readonly selectors: Selectors; readonly words: RegExp };
  /** Shows only in the call (or in the lobby, which is looked for first). */
  readonly inCall: Selectors;
  /** What a page says that is neither lobby nor call. */
  readonly words: readonly (readonly [RegExp, Where])[];
  readonly leave: Selectors;
  readonly people: People;
  /** Opens the list of participants where it is not there by itself. */
  readonly openPeople: Selectors;
  readonly chat: { readonly open: Selectors; readonly field: Selectors; readonly send: Selectors; readonly line: string };
}

const pressWithin = 3_000;
const mostPresses = 3;
/** Of a page's words; what follows is a chat or a list. */
const mostWords = 20_000;
const longestName = 200;
const mostPeople = 1_000;

export async function visible(frame: Frame, selectors: Selectors): Promise<Locator | null> {
  for (const selector of selectors) {
    const found = frame.locator(selector).filter({ visible: true }).first();
    if ((await found.count()) > 0) return found;
  }
  return null;
}

export async function press(frame: Frame, selectors: Selectors): Promise<boolean> {
  const found = await visible(frame, selectors);
  if (!found || !(await found.isEnabled())) return false;
  await found.click({ timeout: pressWithin });
  return true;
}

export class TablePlatform implements Platform {
  readonly table: Table;
  #insideDone = false;
  #botName = '';
  readonly #pressed = new Map<string, number>();

  constructor(table: Table) {
    this.table = table;
  }

  get capture(): CaptureWays {
    return this.table.capture;
  }

  address(config: BotConfig): string {
    return config.meetingUrl.href;
  }

  frame(page: Page): Frame {
    return page.mainFrame();
  }

  async approach(frame: Frame, config: BotConfig): Promise<boolean> {
    const { table } = this;
    this.#botName = config.botName;
    const passcode = await visible(frame, table.passcode);
    if (passcode && config.passcode && (await passcode.inputValue()) !== config.passcode) await passcode.fill(config.passcode, { timeout: pressWithin });
    const name = await visible(frame, table.name);
    if (name && (await name.inputValue()) !== config.botName) await name.fill(config.botName, { timeout: pressWithin });
    // First what lies over the rest; one that stays must not keep the bot from joining.
    for (const door of table.doors) {
      const tries = this.#pressed.get(door) ?? 0;
      if (tries >= mostPresses || !(await press(frame, [door]))) continue;
      this.#pressed.set(door, tries + 1);
      return false;
    }
    const join = await visible(frame, table.join);
    if (join && (await join.isEnabled())) {
      for (const one of table.off) await press(frame, [one]);
      await join.click({ timeout: pressWithin });
      return true;
    }
    return false;
  }

  async look(frame: Frame): Promise<Where> {
    const { table } = this;
    if (await visible(frame, table.lobby.selectors)) return 'lobby';
    const inCall = (await visible(frame, table.inCall)) !== null;
    const words = (await frame.evaluate((most) => document.body?.innerText.slice(0, most) ?? '', mostWords)).replaceAll(/\s+/g, ' ');
    // In a call people write what they like; only what stands where no call is shown is the page's own word.
    if (inCall) return table.lobby.words.test(words) ? 'lobby' : 'in_call';
    for (const [pattern, where] of table.words) if (pattern.test(words)) return where;
    return table.lobby.words.test(words) ? 'lobby' : 'outside';
  }

  async participants(frame: Frame): Promise<Participant[] | null> {
    if (!this.#insideDone) {
      this.#insideDone = true;
      for (const one of this.table.inside) await press(frame, [one]).catch(() => false);
    }
    const read = (): Promise<Participant[]> => frame.evaluate(([people, mostPeople, longestName]) => {
      const found = new Map<string, Participant>();
      for (const one of [...document.querySelectorAll(people.each)].slice(0, mostPeople)) {
        const named = people.name ? one.querySelector(people.name) : one;
        const name = (named?.textContent?.trim() || one.getAttribute('aria-label') || '').slice(0, longestName);
        const id = (one.getAttribute(people.id) || name).slice(0, longestName);
        const carrier = people.track ? [one, ...one.querySelectorAll(`[${people.track}]`)] : [];
        const tracks = carrier.map((element) => element.getAttribute(people.track)).filter((value) => value !== null);
        if (!id) continue;
        const shown = people.speaking ? one.matches(people.speaking) || one.querySelector(people.speaking) !== null : undefined;
        const before = found.get(id);
        found.set(id, { id, name: name || before?.name || '', self: before?.self || (people.self !== '' && (one.matches(people.self) || one.querySelector(people.self) !== null)),
          speaking: before?.speaking || shown, tracks: [...(before?.tracks ?? []), ...tracks] });
      }
      return [...found.values()];
    }, [this.table.people, mostPeople, longestName] as const);
    let people = await read();
    if (people.length === 0 && (await press(frame, this.table.openPeople))) people = await read();
    if (people.length === 0) return null;
    // A page that does not mark one's own: the first of the bot's name. Whoever else bears it is company.
    const mine = people.some((one) => one.self) ? -1 : people.findIndex((one) => one.name === this.#botName);
    return people.map((one, at) => (at === mine ? { ...one, self: true } : one));
  }

  async say(frame: Frame, text: string): Promise<boolean> {
    const { chat } = this.table;
    if (!(await visible(frame, chat.field))) {
      if (!(await press(frame, chat.open))) return false;
      await frame.locator(chat.field.join(', ')).first().waitFor({ state: 'visible', timeout: pressWithin }).catch(() => {});
    }
    const field = await visible(frame, chat.field);
    if (!field) return false;
    await field.fill(text, { timeout: pressWithin });
    if (!(await press(frame, chat.send))) await field.press('Enter', { timeout: pressWithin });
    return true;
  }

  count(frame: Frame, line: string): Promise<number> {
    if (this.table.chat.line === '') return Promise.resolve(0);
    return frame.evaluate(([selector, wanted]) => [...document.querySelectorAll(selector)].filter((one) =>
      one.textContent?.trim().toLowerCase() === wanted).length, [this.table.chat.line, line.toLowerCase()] as const);
  }

  async leave(frame: Frame): Promise<void> {
    for (const one of this.table.leave) await press(frame, [one]);
  }
}
