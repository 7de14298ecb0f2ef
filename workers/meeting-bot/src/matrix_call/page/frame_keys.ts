// The keys that the sound's frames are sealed with: they come from each member's device by an encrypted message to this one, and
// go to LiveKit's worker under the member's name there. Whoever declines has no key here.
import { BaseKeyProvider, createKeyMaterialFromBuffer } from 'livekit-client';
import { ClientEvent, type MatrixClient, MatrixEvent } from 'matrix-js-sdk';
import type { ReceivedToDeviceMessage } from 'matrix-js-sdk';

/** As Element Call has them: a key may be ratcheted this often ahead, and its number is a byte. */
const options = { ratchetWindowSize: 10, keyringSize: 256 };
export const keyMessage = 'io.element.call.encryption_keys';

export class FrameKeys extends BaseKeyProvider {
  readonly #numbers = new Map<string, Set<number>>();
  /** Counts what was forgotten: work that was begun before it sets nothing. */
  readonly #forgotten = new Map<string, number>();
  /** Keys that were set since. */
  readonly #fresh = new Map<string, Set<number>>();

  constructor() {
    super(options);
  }

  async set(identity: string, key: Uint8Array<ArrayBuffer>, number: number, mayBeHeard: () => boolean): Promise<void> {
    if (number < 0 || number >= options.keyringSize || !Number.isInteger(number)) return;
    const generation = this.#forgotten.get(identity) ?? 0;
    const material = await createKeyMaterialFromBuffer(key.slice().buffer);
    if (!mayBeHeard() || generation !== (this.#forgotten.get(identity) ?? 0)) return; // decided meanwhile
    let numbers = this.#numbers.get(identity);
    if (!numbers) this.#numbers.set(identity, (numbers = new Set()));
    numbers.add(number);
    this.#fresh.get(identity)?.add(number);
    this.onSetEncryptionKey(material, identity, number);
  }

  /** The worker has no way to take a key away: another takes its place that nobody has, unless a new one came meanwhile. */
  async forget(identity: string): Promise<void> {
    const generation = (this.#forgotten.get(identity) ?? 0) + 1;
    this.#forgotten.set(identity, generation);
    this.#fresh.set(identity, new Set());
    const numbers = [...(this.#numbers.get(identity) ?? [])];
    for (const number of numbers) {
      const material = await createKeyMaterialFromBuffer(crypto.getRandomValues(new Uint8Array(16)).buffer);
      // A later forgetting does all of it; who accepts meanwhile keeps the key that was set then.
      if (generation !== this.#forgotten.get(identity)) return;
      if (this.#fresh.get(identity)?.has(number)) continue;
      this.#numbers.get(identity)?.delete(number);
      this.onSetEncryptionKey(material, identity, number);
    }
  }
}

/**
 * The client as the call's session may see it: a frame key counts only when it came encrypted, from the device that it is said
 * to be of. The library itself takes those that a server has put there in the clear.
 */
export function onlySealed(client: MatrixClient): MatrixClient {
  type Listener = (event: MatrixEvent) => void;
  const taken = new Map<Listener, (message: ReceivedToDeviceMessage) => void>();
  const on = (name: string, listener: Listener): unknown => {
    if (name !== ClientEvent.ToDeviceEvent) return client.on(name as ClientEvent.Event, listener);
    const take = ({ message, encryptionInfo }: ReceivedToDeviceMessage): void => {
      if (!encryptionInfo || encryptionInfo.sender !== message.sender) return;
      const member = (message.content as { member?: { claimed_device_id?: unknown } }).member;
      if (message.type === keyMessage && member?.claimed_device_id !== encryptionInfo.senderDevice) return;
      listener(new MatrixEvent({ type: message.type, sender: message.sender, content: message.content }));
    };
    taken.set(listener, take);
    return client.on(ClientEvent.ReceivedToDeviceMessage, take);
  };
  const off = (name: string, listener: Listener): unknown => {
    if (name !== ClientEvent.ToDeviceEvent) return client.off(name as ClientEvent.Event, listener);
    const take = taken.get(listener);
    taken.delete(listener);
    return take && client.off(ClientEvent.ReceivedToDeviceMessage, take);
  };
  return new Proxy(client, {
    get(target, name) {
      if (name === 'on') return on;
      if (name === 'off') return off;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value as (...rest: unknown[]) => unknown).bind(target) : value;
    },
  });
}
