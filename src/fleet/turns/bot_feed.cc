#include "fleet/turns/bot_feed.h"

#include "base/log.h"
#include "fleet/answers/choices.h"
#include "fleet/bots/bot_store.h"
#include "fleet/turns/session_store.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet {
namespace {

constexpr std::size_t kPage = 500;
/// With nothing else to write, the cursor is stored when it is this far ahead: looking twice at what concerns nobody is
/// harmless, a write for each page is not.
constexpr StreamPos kStoreEvery = 5'000;
/// The bell is enough; this only bounds what a lost ring would cost.
constexpr std::chrono::milliseconds kLookAnyway{5'000};

std::size_t bytes_of(const Message& message, const boost::json::object& content) {
  std::size_t bytes = 512 + 2 * message.text.size();
  for (const auto& member : content) {
    bytes += member.key().size() + 64;
    if (const auto* text = member.value().if_string()) bytes += text->size();
  }
  return bytes;
}

}  // namespace

BotFeed::BotFeed(Shared& shared, Roster& roster, TurnRunner& runner, InviteHandler on_invite,
                 EmptyRoomHandler on_maybe_empty)
    : shared_(shared),
      roster_(roster),
      runner_(runner),
      on_invite_(std::move(on_invite)),
      on_maybe_empty_(std::move(on_maybe_empty)),
      bell_(shared.deps.home) {}

void BotFeed::restore(StreamPos decided, std::vector<Turn> open, StreamPos head) {
  catch_up_until_ = head;
  decided_ = reading_ = stored_ = decided;
  for (auto& turn : open) {
    reading_ = std::min(reading_, turn.event_pos - 1);
    open_[turn.event_pos].push_back(std::move(turn));
  }
}

std::int64_t BotFeed::lag() const { return std::max<StreamPos>(0, shared_.deps.homeserver.head() - reading_); }

asio::awaitable<void> BotFeed::run() {
  // Listen first, look second.
  subscription_ = shared_.deps.bus.on_ring(bus::Topic::events, [ring = bell_.ringer()](StreamPos) { ring(); });
  auto pause = shared_.deps.limits.first_retry;
  while (!shared_.stopping()) {
    auto more = co_await step();
    if (!more) {
      if (!failing_since_) failing_since_ = std::chrono::steady_clock::now();
      base::log_warning("fleet", "The feed of events could not be read; trying again.",
                        {{"reason", more.error().message()}, {"detail", more.error().detail()}});
      if (!co_await shared_.naps.sleep(pause)) break;
      pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
      continue;
    }
    failing_since_.reset();
    pause = shared_.deps.limits.first_retry;
    if (!*more && !shared_.stopping()) (void)co_await bell_.wait(kLookAnyway);
  }
  subscription_.reset();
  if (shared_.deps.probe) co_return;  // a test's crash writes nothing more
  auto keep = [&](store::Tx& tx) -> Result<Unit> {
    store_cursor(tx, kFeedCursor, decided_);
    return Unit{};
  };
  auto kept = co_await shared_.deps.db.write(keep);
  if (!kept) base::log_warning("fleet", "The feed's position could not be kept.", {{"reason", kept.error().message()}});
}

Task<bool> BotFeed::step() {
  if (roster_.empty()) {
    // Nobody to read for: go along with the head. A bot made later starts here.
    reading_ = decided_ = shared_.deps.homeserver.head();
    open_.clear();
    co_return false;
  }
  CO_TRY(auto feed, co_await shared_.deps.homeserver.events_after(reading_, kPage));
  if (!shared_.passes(Step::feed_read)) co_return false;
  Findings findings;
  for (auto& event : feed.events) {
    if (event.pos <= decided_) {
      look_again(event);
    } else {
      co_await look_at(std::move(event), findings);
    }
  }
  auto reached = std::max(reading_, feed.cursor);
  auto decided = std::max(decided_, reached);
  if (findings.to_store() || decided - stored_ >= kStoreEvery) {
    CO_TRY(co_await commit(findings, decided));
    stored_ = decided;
  }
  reading_ = reached;
  decided_ = decided;
  drop_vanished();
  if (!shared_.passes(Step::asked)) co_return false;
  act_on(std::move(findings));
  if (reading_ >= catch_up_until_ && !(held_.empty() && too_old_.empty())) co_await end_catching_up();
  co_return feed.more;
}

Task<Unit> BotFeed::commit(const Findings& findings, StreamPos cursor) {
  auto now = shared_.deps.clock.unix_ms();
  auto record = [&](store::Tx& tx) -> Result<Unit> {
    for (const auto& join : findings.joins) insert_room(tx, join.row, join.tenant_id);
    for (const auto& [room_id, bot] : findings.leaves) {
      delete_room(tx, room_id, bot);
      delete_invite(tx, room_id, bot);
    }
    for (const auto& invite : findings.invites) {
      insert_invite(tx, invite.room_id, invite.bot, invite.inviter, invite.tenant_id);
    }
    for (const auto& [room_id, bot] : findings.told_encrypted) mark_told_encrypted(tx, room_id, bot);
    for (const auto& waiting : findings.turns) insert_turn(tx, waiting.turn, now);
    store_cursor(tx, kFeedCursor, cursor);
    return Unit{};
  };
  co_return co_await shared_.persist(record);
}

void BotFeed::act_on(Findings findings) {
  for (auto& waiting : findings.turns) {
    if (waiting.turn.state == TurnState::asked) hand_over(std::move(waiting));
  }
  for (auto& invite : findings.invites) {
    if (auto bot = roster_.find(invite.bot)) on_invite_(bot, std::move(invite.room_id), std::move(invite.inviter));
  }
  for (auto& room_id : findings.maybe_empty) on_maybe_empty_(std::move(room_id));
}

void BotFeed::hand_over(Waiting waiting) {
  auto bot = roster_.find(waiting.turn.bot);
  if (!bot || waiting.turn.event_pos > catch_up_until_) {
    runner_.enqueue(std::move(waiting));
    return;
  }
  const auto& conduct = bot->common.conduct;
  if (waiting.age_then > std::chrono::minutes(conduct.catch_up_minutes) && !waiting.cancelled) {
    too_old_.push_back(std::move(waiting));
    return;
  }
  auto& held = held_[{waiting.turn.bot, waiting.turn.room_id}];
  held.push_back(std::move(waiting));
  if (std::ssize(held) <= conduct.catch_up_messages) return;
  too_old_.push_back(std::move(held.front()));
  held.pop_front();
}

asio::awaitable<void> BotFeed::end_catching_up() {
  auto too_old = std::exchange(too_old_, {});
  auto held = std::exchange(held_, {});
  constexpr std::string_view kWhy = "from while the bot was away: too old, or newer ones came after it";
  if (!too_old.empty()) {
    auto now = shared_.deps.clock.unix_ms();
    auto record = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& waiting : too_old) {
        finish_turn(tx, waiting.turn.event_pos, waiting.turn.bot, TurnState::skipped_stale, kWhy, "", now);
      }
      return Unit{};
    };
    auto recorded = co_await shared_.persist(record);
    if (!recorded && !shared_.stopping()) {
      base::log_error("fleet", "Skipped messages could not be recorded.", {{"reason", recorded.error().message()}});
    }
  }
  for (auto& [place, waiting] : held) {
    for (auto& one : waiting) runner_.enqueue(std::move(one));
  }
}

bool BotFeed::within_budget(LiveBot& bot, const std::string& room_id) {
  auto now = shared_.deps.clock.unix_ms();
  const auto& conduct = bot.common.conduct;
  auto* member = roster_.member(room_id, bot.row.id);
  if (!bot.pace.takes(now, conduct.bot_per_minute)) return false;
  if (member != nullptr && !member->pace.takes(now, conduct.room_per_minute)) return false;
  bot.pace.add(now);
  if (member != nullptr) member->pace.add(now);
  return true;
}

void BotFeed::look_again(const matrix::FeedEvent& event) {
  auto found = open_.find(event.pos);
  if (found == open_.end()) return;
  for (auto& turn : found->second) {
    auto bot = roster_.find(turn.bot);
    if (!bot) continue;
    runner_.enqueue(recall(*bot, event, std::move(turn)));  // taken on before the kill: no limit applies any more
  }
  open_.erase(found);
}

Waiting BotFeed::recall(const LiveBot& bot, const matrix::FeedEvent& event, Turn turn) const {
  auto message = read_message(event);
  bool unreadable = !message && event.type == "m.room.encrypted";
  auto waiting = make_waiting(bot, event, message.value_or(Message{}));
  waiting.turn = std::move(turn);
  waiting.unreadable = unreadable;
  waiting.cancelled = !message && !unreadable;  // redacted meanwhile
  return waiting;
}

void BotFeed::take_up(const LiveBotPtr& bot, std::vector<Turn> turns) {
  if (!turns.empty()) shared_.tasks.spawn("take up", read_again(bot, std::move(turns)));
}

asio::awaitable<void> BotFeed::read_again(LiveBotPtr bot, std::vector<Turn> turns) {
  const auto stops = bot->stops;
  for (auto& turn : turns) {
    auto ask = [&] { return shared_.deps.homeserver.events_after(turn.event_pos - 1, 1); };
    auto page = co_await until_available(ask, [this](auto time) { return shared_.naps.sleep(time); });
    // Stopped again: their rows say so.
    if (shared_.stopping() || bot->stops != stops) co_return;
    Waiting waiting;
    if (page && !page->events.empty() && page->events.front().pos == turn.event_pos) {
      auto room_id = turn.room_id;
      waiting = recall(*bot, page->events.front(), std::move(turn));
      waiting.age_then =
          std::chrono::milliseconds(std::max<std::int64_t>(0, shared_.deps.clock.unix_ms() - waiting.turn.asked_ms));
      waiting.in_group = co_await joined_members(std::move(room_id)) > 2;
      if (bot->stops != stops) co_return;
    } else {
      waiting.turn = std::move(turn);
      waiting.cancelled = true;  // purged
    }
    runner_.enqueue(std::move(waiting));
  }
}

void BotFeed::drop_vanished() {
  for (auto it = open_.begin(); it != open_.end() && it->first <= reading_; it = open_.erase(it)) {
    for (auto& turn : it->second) {
      Waiting waiting;
      waiting.turn = std::move(turn);
      waiting.cancelled = true;
      runner_.enqueue(std::move(waiting));
    }
  }
}

asio::awaitable<void> BotFeed::look_at(matrix::FeedEvent event, Findings& findings) {
  if (event.type == "m.room.member" && event.state_key) {
    membership(event, findings);
    co_return;
  }
  auto* room = roster_.room(event.room_id);
  if (room == nullptr) co_return;
  if (event.type == "m.room.message") {
    co_await message(std::move(event), findings);
  } else if (event.type == "m.reaction") {
    co_await reaction(std::move(event), findings);
  } else if (event.type == "m.room.encrypted") {
    unreadable(event, findings);
  } else if (event.type == "m.room.encryption" && event.state_key) {
    room->encrypted = true;
  } else if (event.type == "m.room.redaction") {
    if (auto target = matrix::find_string(event.content, "redacts")) {
      runner_.cancel(event.room_id, *target);
      for (auto& waiting : findings.turns) {
        if (waiting.turn.event_id == *target) waiting.cancelled = true;
      }
    }
  }
}

void BotFeed::membership(const matrix::FeedEvent& event, Findings& findings) {
  auto membership = matrix::find_string(event.content, "membership").value_or("");
  if (auto* room = roster_.room(event.room_id)) {
    room->joined_members.reset();
    if (membership == "leave" || membership == "ban") findings.maybe_empty.push_back(event.room_id);
  }
  auto bot = roster_.find_user(*event.state_key);
  if (!bot) return;
  if (membership == "join") {
    RoomRow row{.room_id = event.room_id, .bot = bot->row.id, .joined_pos = event.pos, .told_encrypted = false};
    if (roster_.join(row)) findings.joins.push_back({std::move(row), bot->row.tenant_id});
  } else if (membership == "leave" || membership == "ban") {
    (void)roster_.leave(event.room_id, bot->row.id);
    findings.leaves.emplace_back(event.room_id, bot->row.id);  // also an invite that was taken back
  } else if (membership == "invite") {
    findings.invites.push_back(
        {.bot = bot->row.id, .tenant_id = bot->row.tenant_id, .room_id = event.room_id, .inviter = event.sender});
  }
}

asio::awaitable<void> BotFeed::message(matrix::FeedEvent event, Findings& findings) {
  auto* room = roster_.room(event.room_id);
  bool sender_is_bot = roster_.find_user(event.sender) != nullptr || event.content.contains(kBotMark);
  room->bot_streak = sender_is_bot ? room->bot_streak + 1 : 0;
  auto streak = room->bot_streak;
  auto read = read_message(event);
  if (!read) co_return;
  auto members = co_await joined_members(event.room_id);  // also says whether the room is encrypted
  room = roster_.room(event.room_id);
  if (room == nullptr) co_return;
  if (room->encrypted) {
    // Plain text in an encrypted room: an answer would be plain text, too. Say so once instead.
    unreadable(event, findings);
    co_return;
  }
  auto rows = room->bots;  // a copy: the room may change while the members are counted
  for (const auto& row : rows) {
    auto bot = roster_.find(row.bot);
    if (!bot || bot->row.user_id == event.sender || event.pos <= row.joined_pos) continue;
    if (bot->kind->reads_rooms_itself) continue;
    if (read->notice && !bot->common.conduct.hear_notices) continue;
    auto wanted = co_await addressed(bot, event, *read, sender_is_bot);
    if (!wanted) {
      base::log_warning("fleet", "A message could not be judged; it is not answered.",
                        {{"bot", bot->row.bot_id}, {"reason", wanted.error().message()}});
      continue;
    }
    if (!*wanted) continue;
    auto waiting = make_waiting(*bot, event, *read);
    waiting.in_group = members > 2;
    if (sender_is_bot && (read->hops >= kMaxHops || streak > bot->common.conduct.bots_in_a_row)) {
      waiting.turn.state = TurnState::skipped_loop;
      waiting.turn.detail = "bots talk to each other";
    } else if (bot->row.desired != DesiredState::running) {
      waiting.turn.state = TurnState::skipped_stopped;
    } else if (!runner_.has_room(*bot, waiting.bytes)) {
      waiting.turn.state = TurnState::skipped_overload;
      waiting.turn.detail = "too many messages were waiting";
    } else if (!within_budget(*bot, event.room_id)) {
      waiting.turn.state = TurnState::skipped_budget;
      waiting.turn.detail = "more messages than the bot may answer in a minute";
    }
    findings.turns.push_back(std::move(waiting));
  }
}

asio::awaitable<bool> BotFeed::is_answer(std::string event_id, BotKey bot) {
  if (runner_.thread_of_answer(event_id, bot)) co_return true;
  auto look = [&](store::Connection& c) -> Result<bool> { return thread_of_answer(c, event_id, bot).has_value(); };
  auto found = co_await shared_.deps.db.read(look);
  co_return found.value_or(false);
}

asio::awaitable<void> BotFeed::reaction(matrix::FeedEvent event, Findings& findings) {
  auto* room = roster_.room(event.room_id);
  const auto* relation = matrix::find_object(event.content, "m.relates_to");
  if (room == nullptr || relation == nullptr || roster_.find_user(event.sender)) co_return;
  auto target = matrix::find_string(*relation, "event_id");
  auto key = matrix::find_string(*relation, "key");
  if (!target || !key || key->empty() || key->size() > 64) co_return;
  auto rows = room->bots;
  for (const auto& row : rows) {
    auto bot = roster_.find(row.bot);
    if (!bot || event.pos <= row.joined_pos || bot->row.desired != DesiredState::running) continue;
    // A quick person picks while the other choices are still being offered: the answer is not in its row yet then.
    auto sent = runner_.thread_of_answer(*target, row.bot);
    auto look = [&](store::Connection& c) -> Result<std::optional<std::string>> {
      auto thread = sent ? sent : thread_of_answer(c, *target, row.bot);
      if (!thread) return thread;
      auto kept = session_value(c, row.bot, session_place(event.room_id, *thread), kChoicesKey);
      if (!kept || !picked_choice(choices_from_json(*kept), *key)) thread.reset();
      return thread;
    };
    auto thread = co_await shared_.deps.db.read(look);
    if (!thread || !*thread) continue;
    Message message;
    message.text = *key;
    message.msgtype = "m.reaction";
    message.thread_root = **thread;
    auto waiting = make_waiting(*bot, event, std::move(message));
    if (runner_.has_room(*bot, waiting.bytes)) findings.turns.push_back(std::move(waiting));
  }
}

void BotFeed::unreadable(const matrix::FeedEvent& event, Findings& findings) {
  auto* room = roster_.room(event.room_id);
  if (room == nullptr) return;
  room->encrypted = true;
  for (auto& row : room->bots) {
    auto bot = roster_.find(row.bot);
    if (!bot || row.told_encrypted || bot->row.user_id == event.sender || event.pos <= row.joined_pos ||
        bot->row.desired != DesiredState::running || bot->kind->reads_rooms_itself ||
        roster_.find_user(event.sender) != nullptr) {
      continue;
    }
    row.told_encrypted = true;
    findings.told_encrypted.emplace_back(event.room_id, row.bot);
    auto waiting = make_waiting(*bot, event, Message{});
    waiting.unreadable = true;
    findings.turns.push_back(std::move(waiting));
  }
}

Task<bool> BotFeed::addressed(const LiveBotPtr& bot, const matrix::FeedEvent& event, const Message& message,
                              bool sender_is_bot) {
  Reader reader{.bot_id = bot->row.bot_id,
                .user_id = bot->row.user_id,
                .display_name = bot->row.display_name,
                .respond = bot->common.respond};
  Surroundings around{.joined_members = co_await joined_members(event.room_id),
                      .only_bot = true,
                      .sender_is_bot = sender_is_bot,
                      .replies_to_reader = false,
                      .reader_in_thread = false};
  if (const auto* room = roster_.room(event.room_id)) around.only_bot = room->bots.size() == 1;
  if (!message.replies_to.empty()) around.replies_to_reader = co_await is_answer(message.replies_to, bot->row.id);
  if (!message.thread_root.empty() && around.joined_members > 2) {
    auto look = [&](store::Connection& c) -> Result<bool> {
      return answered_in_thread(c, event.room_id, message.thread_root, bot->row.id);
    };
    CO_TRY(around.reader_in_thread, co_await shared_.deps.db.read(look));
  }
  if (!message.thread_root.empty() && !around.only_bot) {
    auto look = [&](store::Connection& c) -> Result<bool> {
      return other_bot_in_thread(c, event.room_id, message.thread_root, bot->row.id);
    };
    CO_TRY(around.other_bot_in_thread, co_await shared_.deps.db.read(look));
    around.other_bot_in_thread = around.other_bot_in_thread || sender_is_bot;
  }
  co_return is_addressed(message, event.content, reader, around);
}

asio::awaitable<std::int64_t> BotFeed::joined_members(std::string room_id) {
  if (const auto* room = roster_.room(room_id); room != nullptr && room->joined_members) {
    co_return *room->joined_members;
  }
  constexpr std::int64_t kUnknown = 1'000'000;  // many: then only what names the bot is answered
  auto pause = shared_.deps.limits.first_retry;
  while (true) {
    auto summary = co_await shared_.deps.homeserver.room(room_id);
    auto* room = roster_.room(room_id);
    if (room == nullptr) co_return kUnknown;
    if (summary) {
      room->joined_members = summary->joined_members;
      if (summary->encrypted) room->encrypted = true;
      co_return summary->joined_members;
    }
    if (summary.error().code() != Errc::unavailable && summary.error().code() != Errc::timed_out) co_return kUnknown;
    if (!co_await shared_.naps.sleep(pause)) co_return kUnknown;
    pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
  }
}

Waiting BotFeed::make_waiting(const LiveBot& bot, const matrix::FeedEvent& event, Message message) const {
  // What came while nobody read is as old as its time says; what is read as it comes is new, whatever the clock of the
  // wall does meanwhile.
  const auto now = shared_.deps.clock.unix_ms();
  const auto asked_ms = event.pos > catch_up_until_ ? now : std::min(now, event.origin_server_ts);
  Waiting waiting;
  waiting.seen = shared_.deps.clock.steady();
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

}  // namespace troupe::fleet
