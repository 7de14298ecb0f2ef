#include "fleet/turns/decider.h"

#include <algorithm>

namespace troupe::fleet::turns {
namespace {

constexpr std::size_t kMaxKeyBytes = 64;

std::size_t bytes_of(const Message& message, const boost::json::object& content) {
  std::size_t bytes = 512 + 2 * message.text.size();
  for (const auto& member : content) {
    bytes += member.key().size() + 64;
    if (const auto* text = member.value().if_string()) bytes += text->size();
  }
  return bytes;
}

}  // namespace

term::PendingTurn make_pending(const base::Clock& clock, const term::LiveBot& bot, const matrix::FeedEvent& event,
                               Message message, Came came) {
  const auto now = clock.unix_ms();
  const auto asked_ms = came == Came::live ? now : std::min(now, event.origin_server_ts);
  term::PendingTurn waiting;
  waiting.seen = clock.steady();
  waiting.age_then = std::chrono::milliseconds(now - asked_ms);
  waiting.turn = {.event_pos = event.pos,
                  .bot = bot.row.id,
                  .tenant_id = bot.row.tenant_id,
                  .event_id = event.event_id,
                  .room_id = event.room_id,
                  .sender = event.sender,
                  .thread_root = message.thread_root,
                  .state = TurnState::asked,
                  .detail = {},
                  .reply = {},
                  .answer_event_id = {},
                  .asked_ms = asked_ms};
  waiting.bytes = bytes_of(message, event.content);
  waiting.message = std::move(message);
  waiting.content = event.content;
  waiting.question_ms = event.origin_server_ts;
  return waiting;
}

bool Decider::needs_size(const Heard& heard, bool joining) const {
  if (!heard.message) return false;
  auto* room = roster_.room(heard.event.room_id);
  if (room == nullptr) return joining;
  if (room->encrypted && !reads_encrypted_) return false;
  return joining || std::ranges::any_of(room->bots, [&](const term::Member& member) {
           auto bot = roster_.find(member.bot);
           return bot && !bot->kind->reads_rooms_itself;
         });
}

void Decider::ask_for(const Heard& heard, const std::set<BotKey>& joining, PageQuestions& questions) const {
  std::set<BotKey> bots = joining;
  if (auto* room = roster_.room(heard.event.room_id)) {
    for (const auto& member : room->bots) bots.insert(member.bot);
  }
  if (heard.kind == Heard::Kind::reaction) {
    if (heard.target.empty() || heard.key.empty() || heard.key.size() > kMaxKeyBytes) return;
    if (roster_.find_user(heard.event.sender)) return;
    for (auto bot : bots) {
      const auto live = roster_.find(bot);
      // A quick person picks while the other choices are still being offered: the answer is not in its row yet then.
      questions.picks.push_back(
          {.pos = heard.event.pos,
           .bot = bot,
           .room_id = heard.event.room_id,
           .target = heard.target,
           .key = heard.key,
           .thread = runner_.thread_of_answer(heard.target, bot),
           .any = live && live->kind->hears_reaction != nullptr && live->kind->hears_reaction(heard.key)});
    }
  }
  if (!heard.message) return;
  for (auto bot : bots) {
    if (!heard.message->replies_to.empty()) questions.answers.emplace(heard.message->replies_to, bot);
    if (!heard.message->thread_root.empty()) {
      questions.threads.emplace(heard.event.room_id, heard.message->thread_root, bot);
    }
  }
}

void Decider::decide(const Heard& heard, Came came, const RoomSize* size, const PageFacts& facts, Findings& findings) {
  if (heard.kind == Heard::Kind::membership) return membership(heard, findings);
  auto* room = roster_.room(heard.event.room_id);
  if (room == nullptr) return;
  if (heard.sealed) sealed(heard, came, findings);
  switch (heard.kind) {
    case Heard::Kind::message:
      return message(heard, came, size, facts, findings);
    case Heard::Kind::reaction:
      return reaction(heard, came, facts, findings);
    case Heard::Kind::encrypted:
      if (!heard.sealed) unreadable(heard.event, came, findings);
      return;
    case Heard::Kind::encryption:
      room->encrypted = true;
      return;
    case Heard::Kind::redaction:
      if (heard.target.empty()) return;
      runner_.cancel(heard.event.room_id, heard.target);
      if (keeps_records_) {
        for (const auto& member : room->bots) findings.redacted.emplace_back(member.bot, heard.target);
      }
      for (auto& waiting : findings.turns) {
        if (waiting.turn.event_id == heard.target) waiting.cancelled = true;
      }
      return;
    default:
      return;
  }
}

void Decider::membership(const Heard& heard, Findings& findings) {
  const auto& event = heard.event;
  const bool gone = heard.membership == "leave" || heard.membership == "ban";
  if (gone && roster_.room(event.room_id) != nullptr) findings.maybe_empty.push_back(event.room_id);
  auto bot = roster_.find_user(*event.state_key);
  if (!bot) return;
  if (heard.membership == "join") {
    RoomRow row{.room_id = event.room_id, .bot = bot->row.id, .joined_pos = event.pos, .told_encrypted = false};
    if (roster_.join(row)) findings.joins.push_back({std::move(row), bot->row.tenant_id});
  } else if (gone) {
    (void)roster_.leave(event.room_id, bot->row.id);
    findings.leaves.emplace_back(event.room_id, bot->row.id);  // also an invite that was taken back
  } else if (heard.membership == "invite") {
    findings.invites.push_back(
        {.bot = bot->row.id, .tenant_id = bot->row.tenant_id, .room_id = event.room_id, .inviter = event.sender});
  }
}

void Decider::message(const Heard& heard, Came came, const RoomSize* size, const PageFacts& facts, Findings& findings) {
  const auto& event = heard.event;
  auto& room = *roster_.room(event.room_id);
  const bool sender_is_bot = heard.by_bot || roster_.find_user(event.sender) != nullptr;
  room.bot_streak = sender_is_bot ? room.bot_streak + 1 : 0;
  if (!heard.message) return;
  room.encrypted = room.encrypted || (size != nullptr && size->encrypted);
  // Plain text in an encrypted room: an answer would be plain text, too. Say so once instead.
  if (room.encrypted && !reads_encrypted_) return unreadable(event, came, findings);
  if (size == nullptr) return;
  for (const auto& member : room.bots) {
    auto bot = roster_.find(member.bot);
    if (!bot || bot->row.user_id == event.sender || event.pos <= member.joined_pos) continue;
    if (bot->kind->reads_rooms_itself) continue;
    if (heard.sealed && !heard.sealed->readers.contains(member.bot)) continue;
    const auto& conduct = bot->common.conduct;
    Reader reader{.bot_id = bot->row.bot_id,
                  .user_id = bot->row.user_id,
                  .display_name = bot->row.display_name,
                  .respond = bot->common.respond,
                  .hears_notices = conduct.hear_notices,
                  .running = bot->row.desired == DesiredState::running,
                  .takes_more = runner_.has_room(*bot, bytes_of(*heard.message, event.content)),
                  .bots_in_a_row = conduct.bots_in_a_row};
    auto verdict = judge(*heard.message, reader, around(*bot, room, heard, *size, facts));
    if (!verdict) continue;
    if (verdict->state == TurnState::asked && !within_budget(*bot, event.room_id)) {
      verdict = {.state = TurnState::skipped_budget, .detail = "more messages than the bot may answer in a minute"};
    }
    auto waiting = make_pending(clock_, *bot, event, *heard.message, came);
    waiting.in_group = size->joined_members > 2;
    waiting.turn.state = verdict->state;
    waiting.turn.detail = verdict->detail;
    findings.turns.push_back(std::move(waiting));
  }
}

Surroundings Decider::around(const term::LiveBot& bot, const term::LiveRoom& room, const Heard& heard,
                             const RoomSize& size, const PageFacts& facts) const {
  const auto& message = *heard.message;
  const bool sender_is_bot = heard.by_bot || roster_.find_user(heard.event.sender) != nullptr;
  Surroundings around{
      .joined_members = size.joined_members,
      .only_bot = room.bots.size() == 1,
      .sender_is_bot = sender_is_bot,
      .replies_to_reader = !message.replies_to.empty() && (runner_.thread_of_answer(message.replies_to, bot.row.id) ||
                                                           facts.answers.contains({message.replies_to, bot.row.id})),
      .bot_streak = room.bot_streak};
  if (message.thread_root.empty()) return around;
  auto found = facts.threads.find({heard.event.room_id, message.thread_root, bot.row.id});
  const auto thread = found == facts.threads.end() ? PageFacts::Thread{} : found->second;
  around.reader_in_thread = thread.reader;
  around.other_bot_in_thread = !around.only_bot && (thread.other || sender_is_bot);
  return around;
}

void Decider::reaction(const Heard& heard, Came came, const PageFacts& facts, Findings& findings) {
  for (const auto& member : roster_.room(heard.event.room_id)->bots) {
    auto picked = facts.picks.find({heard.event.pos, member.bot});
    auto bot = roster_.find(member.bot);
    if (picked == facts.picks.end() || !bot || heard.event.pos <= member.joined_pos ||
        bot->row.desired != DesiredState::running) {
      continue;
    }
    Message message;
    message.text = heard.key;
    message.msgtype = "m.reaction";
    message.thread_root = picked->second;
    auto waiting = make_pending(clock_, *bot, heard.event, std::move(message), came);
    if (runner_.has_room(*bot, waiting.bytes)) findings.turns.push_back(std::move(waiting));
  }
}

void Decider::unreadable(const matrix::FeedEvent& event, Came came, Findings& findings) {
  auto& room = *roster_.room(event.room_id);
  room.encrypted = true;
  for (auto& member : room.bots) {
    auto bot = roster_.find(member.bot);
    if (!bot || member.told_encrypted || bot->row.user_id == event.sender || event.pos <= member.joined_pos ||
        bot->row.desired != DesiredState::running || bot->kind->reads_rooms_itself ||
        roster_.find_user(event.sender) != nullptr) {
      continue;
    }
    member.told_encrypted = true;
    findings.told_encrypted.emplace_back(event.room_id, member.bot);
    auto waiting = make_pending(clock_, *bot, event, Message{}, came);
    waiting.unreadable = true;
    findings.turns.push_back(std::move(waiting));
  }
}

void Decider::sealed(const Heard& heard, Came came, Findings& findings) {
  const auto& event = heard.event;
  roster_.room(event.room_id)->encrypted = true;
  const auto& sealed = *heard.sealed;
  if (!sealed.readers.empty()) findings.read.emplace_back(event.event_id, sealed);
  for (const auto bot : sealed.waiting) {
    findings.unread.push_back({.event_pos = event.pos,
                               .bot = bot,
                               .room_id = event.room_id,
                               .session_id = sealed.session_id,
                               .sender = event.sender,
                               .since_ms = clock_.unix_ms()});
  }
  for (const auto bot : sealed.refused) tell_unreadable(heard, bot, came, findings);
}

void Decider::tell_unreadable(const Heard& heard, BotKey bot_key, Came came, Findings& findings) {
  const auto& event = heard.event;
  const auto* member = roster_.member(event.room_id, bot_key);
  auto bot = roster_.find(bot_key);
  if (member == nullptr || !bot || bot->row.desired != DesiredState::running || event.pos <= member->joined_pos ||
      roster_.find_user(event.sender) != nullptr) {
    return;
  }
  const std::tuple key(bot_key, event.room_id, heard.sealed->session_id);
  if (findings.unreadable.contains(key)) return;
  auto waiting = make_pending(clock_, *bot, event, Message{}, came);
  waiting.unreadable = true;
  // Whoever makes a session for each message is not told of each without end.
  if (within_budget(*bot, event.room_id)) {
    findings.unreadable.insert(key);
  } else {
    waiting.turn.state = TurnState::skipped_budget;
    waiting.turn.detail = "more messages than the bot may answer in a minute";
  }
  findings.turns.push_back(std::move(waiting));
}

bool Decider::within_budget(term::LiveBot& bot, const std::string& room_id) {
  auto now = clock_.unix_ms();
  const auto& conduct = bot.common.conduct;
  auto* member = roster_.member(room_id, bot.row.id);
  if (!bot.pace.takes(now, conduct.bot_per_minute)) return false;
  if (member != nullptr && !member->pace.takes(now, conduct.room_per_minute)) return false;
  bot.pace.add(now);
  if (member != nullptr) member->pace.add(now);
  return true;
}

}  // namespace troupe::fleet::turns
