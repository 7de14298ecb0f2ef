// What comes over the streams of events of one tenant while another one lives.
import { until } from '../lib/troupe.mjs';

/** Opens every stream that the attackers may open, lets the victims live, and yields what came of it: sentences. */
export async function overhear(land) {
  const { aster, birch, house } = land;
  const wire = land.wire.platform;
  const own = `/api/v1/bots/${aster.talker.bot_id}`;
  const key = (made) => ({ authorization: `Bearer ${made.token}` });
  const watchers = [];
  const watch = async (name, path, headers, more = {}) => watchers.push({ name: `${name} at ${path}`, ...more, stream: await wire.watch({ path, headers }) });
  const since = Math.max(0, birch.lastEventId - 100);
  await watch('a member', '/api/v1/live?since=0', { cookie: aster.member.cookie });
  await watch('a member', `/api/v1/live?since=${since}`, { cookie: aster.member.cookie }, { heard: 'bots' });
  await watch('an operator', '/api/v1/live', { cookie: aster.operator.cookie, 'last-event-id': String(since) }, { heard: 'bots' });
  await watch('an admin', '/api/v1/live', { cookie: aster.admin.cookie, 'last-event-id': '0' });
  await watch('an admin\'s key', `/api/v1/live?since=${since}`, key(aster.adminKey), { heard: 'bots' });
  await watch('the house\'s member', `/api/v1/live?since=${since}`, { cookie: house.member.cookie });
  await watch('the house\'s operator', `/api/v1/live?since=${since}`, { cookie: house.operator.cookie });
  await watch('an operator', `${own}/logs/live?after=0`, { cookie: aster.operator.cookie }, { heard: 'log' });
  await watch('an operator', `${own}/logs/live`, { cookie: aster.operator.cookie, 'last-event-id': '0' });
  await watch('a member', `${own}/chat/live?since=0`, { cookie: aster.member.cookie }, { heard: 'chat' });
  await watch('a member', `${own}/chat/live`, { cookie: aster.member.cookie, 'last-event-id': String(birch.syncToken.slice(1).split('.')[0]) });
  const sentences = watchers.filter((one) => one.stream.status !== 200).map((one) => `${one.name}: ${one.stream.status}`);
  try {
    // The victims live: bots, people, imports, conversations, logs.
    const theirs = await birch.bot();
    await birch.ask('POST', `/api/v1/bots/${theirs.bot_id}/start`);
    await birch.ask('POST', `/api/v1/bots/${theirs.bot_id}/stop`);
    await birch.person(birch.fresh('guest'));
    await birch.import(`${birch.fresh('row')},,,\n`);
    await birch.ask('POST', `/api/v1/bots/${birch.talker.bot_id}/chat`, { text: `${birch.canary} said while others listen` }, { cookie: birch.member.cookie });
    await birch.ask('POST', `/api/v1/bots/${birch.talker.bot_id}/restart`);
    await birch.member.matrix.send(birch.roomId, `${birch.canary} said in the room`);
    // Then the attackers: what they hear of themselves comes after all of that.
    const mark = 'the attackers\' own mark';
    await aster.ask('POST', `/api/v1/bots/${aster.talker.bot_id}/restart`);
    await aster.ask('PATCH', `/api/v1/bots/${aster.talker.bot_id}`, { display_name: mark });
    await aster.ask('POST', `/api/v1/bots/${aster.talker.bot_id}/chat`, { text: mark }, { cookie: aster.member.cookie });
    for (const one of watchers.filter((w) => w.heard === 'bots' || w.heard === 'chat')) await until(() => one.stream.text.includes(mark), `${one.name} to hear of its own`, 60_000);
    for (const one of watchers.filter((w) => w.heard === 'log')) await until(() => one.stream.text.includes('event: line'), `${one.name} to hear of its own`, 60_000);
    for (const one of watchers) {
      for (const word of [birch.canary, birch.publicName, ...birch.known.names, ...birch.known.secrets, theirs.bot_id, 'birch-']) {
        const at = one.stream.text.indexOf(word);
        if (at >= 0) { sentences.push(`${one.name} hears …${one.stream.text.slice(Math.max(0, at - 60), at + 80)}…`); break; }
      }
      if (one.stream.text.includes('event: import')) sentences.push(`${one.name} hears of an import of another tenant`);
    }
  } finally {
    for (const one of watchers) one.stream.close();
  }
  return sentences;
}
