// What stands where an id can stand: whose it is by default, what a victim has of it, and its like that nobody has.

/** The same letters in another order: looks like `id` and names nothing. */
const shuffled = (text) => [...text].reverse().join('');
const behind = (sign) => (id) => {
  const [opaque, server] = id.slice(1).split(/:(.*)/s);
  return sign + shuffled(opaque) + (server ? `:${server}` : '');
};
const noNumber = () => '900001';
const nobody = (id) => (id.startsWith('@') ? `@nobody-at-all:${id.split(':')[1]}` : 'nobody-at-all');

/** own(world): what a fitting request has there. forms(world): all of a victim that could stand there. missing(form): its like. */
export const kinds = {
  /** An account on the platform listener: by its local part or its whole id. */
  account: {
    own: (w) => w.member.local,
    forms: (w) => [w.member.local, w.member.id, w.admin.id, w.talker.user_id, w.robot.id],
    missing: nobody,
  },
  /** An account on the Matrix listener. */
  user: { own: (w) => w.member.id, forms: (w) => [w.member.id, w.admin.id, w.talker.user_id], missing: nobody },
  /** The caller itself, where only its own id may stand. */
  self: { own: (w, who) => who.id, forms: (w) => [w.member.id, w.admin.id, w.talker.user_id], missing: nobody },
  bot: { own: (w) => w.talker.bot_id, forms: (w) => [w.talker.bot_id, w.adviser.bot_id, w.failing.bot_id], missing: () => 'no-such-bot' },
  /** A bot that talks to a service with a stored key. */
  adviser: { own: (w) => w.adviser.bot_id, forms: (w) => [w.adviser.bot_id], missing: () => 'no-such-bot' },
  /** A bot's account that has no bot: whoever makes a bot of this name would get it. */
  orphan: { own: (w) => w.fresh('bot'), forms: (w) => [w.helper.local.replace('bot_', '')], missing: () => 'no-such-bot' },
  orphanAccount: { own: (w) => `@${w.fresh('bot')}:localhost`, forms: (w) => [w.helper.id, w.robot.id], missing: nobody },
  botNumber: { own: (w) => String(w.talker.number), forms: (w) => [String(w.talker.number), String(w.adviser.number)], missing: noNumber },
  room: { own: (w) => w.roomId, forms: (w) => [w.roomId, w.lonelyRoomId, w.chatRoomId], missing: behind('!') },
  roomOrAlias: { own: (w) => w.roomId, forms: (w) => [w.roomId, w.lonelyRoomId, w.chatRoomId, w.alias], missing: (id) => behind(id[0])(id) },
  alias: { own: (w) => w.alias, forms: (w) => [w.alias], missing: behind('#') },
  aliasName: { own: (w) => w.fresh('alias'), forms: (w) => [w.alias.slice(1).split(':')[0]], missing: () => 'no-such-alias' },
  event: { own: (w) => w.eventId, forms: (w) => [w.eventId, w.threadRoot, w.lonelyEventId], missing: behind('$') },
  pack: { own: (w) => w.shop, forms: (w) => [w.shop], missing: () => 'no_such_pack' },
  key: { own: (w) => String(w.adminKey.id), forms: (w) => [w.adminKey, w.operatorKey, w.memberKey].map((key) => String(key.id)), missing: noNumber },
  task: { own: (w, who) => w.asked(who).task_id, forms: (w) => Object.values(w.tasks).map((each) => each.task_id), missing: shuffled },
  conversation: { own: (w, who) => w.asked(who).conversation_id, forms: (w) => Object.values(w.tasks).map((each) => each.conversation_id), missing: shuffled },
  meeting: { own: (w, who) => w.met(who), forms: (w) => Object.values(w.meetings), missing: noNumber },
  webhook: { own: (w, who) => w.webhooks[who?.local] ?? w.webhooks[w.member.local], forms: (w) => Object.values(w.webhooks), missing: noNumber },
  /** The platform's name of a call that somebody had a meeting in. */
  call: { own: (w, who) => w.calls[w.met(who)], forms: (w) => Object.values(w.meetings).map((id) => w.calls[id]), missing: () => 'no-such-call' },
  hook: { own: (w) => w.hooked.hook_id, forms: (w) => [w.hooked.hook_id], missing: shuffled },
  import: { own: (w) => w.importId, forms: (w) => [w.importId], missing: shuffled },
  session: { own: (w) => w.member.device, forms: (w) => [w.member.device, w.admin.device, w.consoleSession], missing: (id) => (id.startsWith('console:') ? 'console:900001' : shuffled(id)) },
  tenant: { own: (w) => String(w.tenantId), forms: (w) => [String(w.tenantId)], missing: noNumber },
  device: { own: (w) => w.member.device, forms: (w) => [w.member.device, w.admin.device], missing: shuffled },
  filter: { own: () => '0', forms: (w) => [w.filterId], missing: noNumber },
  media: { own: (w) => w.mediaId, forms: (w) => [w.mediaId, w.reservedMediaId], missing: shuffled },
  version: { own: (w) => w.backupVersion, forms: (w) => [w.backupVersion], missing: noNumber },
  backupSession: { own: (w) => w.backupSession, forms: (w) => [w.backupSession], missing: shuffled },
  syncToken: { own: (w) => w.syncToken, forms: (w) => [w.syncToken], missing: (token) => token },
  rule: { own: (w) => `${w.name}-rule`, forms: (w) => [`${w.name}-rule`], missing: () => 'no-such-rule' },
  tag: { own: (w) => `u.${w.canary}`, forms: (w) => [`u.${w.canary}`], missing: () => 'u.no-such-tag' },
  eventNumber: { own: (w) => String(w.lastEventId), forms: (w) => ['0', String(w.lastEventId), String(w.lastEventId - 5)], missing: (n) => n },
  /** Words that are searched for: names, ids, texts. */
  words: { own: (w) => w.name, forms: (w) => [w.name, w.canary, w.publicName, w.member.id, w.talker.bot_id, w.roomId], missing: () => 'found-nowhere' },
  /** A name that only one on a server can bear. */
  name: { own: (w) => w.fresh('name'), forms: (w) => [w.member.local, w.robot.local], missing: () => 'nobody-at-all' },
};
