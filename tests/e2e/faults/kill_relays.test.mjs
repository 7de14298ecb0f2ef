// kill -9 at random points while people use everything that a server only keeps for them: one-time keys, to-device
// messages, receipts, account data, media, device keys. What was acknowledged is there, once; a one-time key is handed out
// once, ever. A failing run prints its seed; TROUPE_SEED replays the times of the kills.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acknowledged } from '../lib/acknowledged.mjs';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { Troupe } from '../lib/troupe.mjs';

const rounds = Number(process.env.TROUPE_KILL_ROUNDS ?? 20);
const algorithm = 'signed_curve25519';
const upload = '/_matrix/client/v3/keys/upload';

/** One-time keys of one device, and what those who claim them were given. */
class OneTimeKeys {
  constructor(owner) { Object.assign(this, { owner, next: 0, acked: [], unsure: [], given: [], lostClaims: 0 }); }

  async add(count) {
    const ids = Array.from({ length: count }, () => `K${String(this.next++).padStart(8, '0')}`);
    try {
      await this.owner.request('POST', upload, { one_time_keys: Object.fromEntries(ids.map((id) => [`${algorithm}:${id}`,
        { key: Buffer.from(id.padEnd(32, '.')).toString('base64').slice(0, 43), signatures: { [this.owner.id]: { [`ed25519:${this.owner.device}`]: 'c2lnbmF0dXJl' } } }])) });
      this.acked.push(...ids);
    } catch (error) {
      this.unsure.push(...ids);
      throw error;
    }
  }
  /** Yields whether there was one. */
  async claim(by) {
    let answer;
    try {
      answer = await by.request('POST', '/_matrix/client/v3/keys/claim', { one_time_keys: { [this.owner.id]: { [this.owner.device]: algorithm } } });
    } catch (error) {
      this.lostClaims++;
      throw error;
    }
    const keys = Object.keys(answer.one_time_keys?.[this.owner.id]?.[this.owner.device] ?? {});
    this.given.push(...keys.map((name) => name.slice(algorithm.length + 1)));
    return keys.length > 0;
  }
  /** Claims the rest, then: none twice, none lost but to a claim whose answer nobody saw. */
  async settle(by) {
    while (await this.claim(by));
    const times = new Map();
    for (const id of this.given) times.set(id, (times.get(id) ?? 0) + 1);
    assert.deepEqual([...times].filter(([, count]) => count > 1), [], 'a one-time key was handed out twice');
    const known = new Set([...this.acked, ...this.unsure]);
    for (const id of times.keys()) assert.ok(known.has(id), `${id} was never uploaded`);
    const missing = this.acked.filter((id) => !times.has(id));
    assert.ok(missing.length <= this.lostClaims, `${missing.length} acknowledged keys are lost, ${this.lostClaims} claims had no answer`);
    return times.size;
  }
}

test(`${rounds} rounds of kill -9 lose and double nothing that is relayed (seed ${seed})`, async (t) => {
  const chance = new Chance(seed);
  const troupe = await Troupe.start({ env: { TROUPE_PRESENCE: 'off' } });
  try {
    const known = new Acknowledged(troupe);
    const people = [];
    for (const name of ['anna', 'ben', 'cleo', 'dora']) people.push(await known.user(name));
    const [anna, ben, cleo, dora] = people;
    const room = await known.createRoom(anna, { preset: 'public_chat' });
    for (const user of people.slice(1)) await known.join(user, room);
    const keys = [anna, ben].map((user) => new OneTimeKeys(user));
    const published = new Map(); // user → how many times their device's keys were acknowledged
    const work = {
      say: () => known.send(chance.pick(people), room),
      note: () => known.toDevice(anna, dora),
      data: () => known.accountData(ben),
      media: () => known.upload(cleo, Math.floor(chance.between(100, 60_000))),
      read: async () => {
        const last = known.list.findLast((one) => one.kind === 'event');
        if (last) await known.receipt(cleo, room, last.event);
      },
      addKeys: () => chance.pick(keys).add(Math.ceil(chance.between(1, 20))),
      claimKey: () => chance.pick(keys).claim(chance.pick([cleo, dora])),
      deviceKeys: async () => {
        const n = (published.get(cleo) ?? 0) + 1;
        await cleo.request('POST', upload, { device_keys: { user_id: cleo.id, device_id: cleo.device, algorithms: ['m.olm.v1.curve25519-aes-sha2'],
          keys: { [`curve25519:${cleo.device}`]: 'Y3VydmU', [`ed25519:${cleo.device}`]: 'ZWQ' }, signatures: { [cleo.id]: { [`ed25519:${cleo.device}`]: `n${n}` } } } });
        published.set(cleo, n);
      },
    };
    const counts = Object.fromEntries(Object.keys(work).map((name) => [name, 0]));
    // A few rounds more where a slow machine did not come to everything.
    for (let round = 0; round < rounds || (Object.values(counts).includes(0) && round < rounds * 5); round++) {
      let stop = false;
      // Two of each, so that the same things happen at once, too.
      const loops = Object.keys(work).flatMap((name) => [name, name]).map(async (name) => {
        while (!stop) {
          try {
            await work[name]();
            counts[name]++;
          } catch {
            return; // the server is gone; what had no answer is known as unsure
          }
          await pause(chance.between(0, 4));
        }
      });
      await pause(chance.between(20, 300)); // the random point is the test
      await troupe.kill();
      stop = true;
      await Promise.all(loops);
      await troupe.launch();
    }
    for (const [name, count] of Object.entries(counts)) assert.ok(count > 0, `${name} never happened`);
    const { lost, doubled } = await known.check({ bots: false });
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
    const settled = await Promise.all(keys.map((each) => each.settle(dora)));
    const { device_keys: found } = await dora.request('POST', '/_matrix/client/v3/keys/query', { device_keys: { [cleo.id]: [] } });
    const signed = Object.values(found[cleo.id][cleo.device].signatures[cleo.id])[0];
    assert.ok(Number(signed.slice(1)) >= published.get(cleo), `the device keys are ${signed}, ${published.get(cleo)} were acknowledged`);
    t.diagnostic(`${JSON.stringify(counts)}, ${settled.reduce((a, b) => a + b)} one-time keys handed out, over ${rounds} kills`);
  } finally {
    await troupe.stop();
  }
});
