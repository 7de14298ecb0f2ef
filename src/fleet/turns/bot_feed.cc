#include "fleet/turns/bot_feed.h"

#include "base/log.h"
#include "fleet/bots/bot_store.h"
#include "fleet/bots/record_store.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::size_t kPage = 500;
/// Of so many rooms at a time is read what was put aside.
constexpr std::size_t kRoomsBack = 8;
constexpr std::chrono::milliseconds kLongestPause{10'000};

}  // namespace

BotFeed::BotFeed(term::Term& term, term::TermStore& store, term::Roster& roster, TurnRunner& runner, const Uses& uses,
                 Handlers handlers)
    : term_(term),
      store_(store),
      roster_(roster),
      runner_(runner),
      uses_(uses),
      handlers_(std::move(handlers)),
      sizes_(term, uses.rooms, roster, uses.limits.first_retry,
             [this](const std::string& room_id) {
               if (aside_.contains(room_id)) consumer_.wake();
             }),
      decider_(roster, runner, uses.clock, uses.limits.records_kept.count() > 0, uses.encryption != nullptr),
      consumer_(term.home(), store.database(), uses.bus, term.stop, *this,
                {.name = std::string(kFeedCursor),
                 .first_retry = uses.limits.first_retry,
                 .probe = [this](host::ConsumerStep step) { return passes(step); }}) {}

bool BotFeed::passes(host::ConsumerStep step) {
  switch (step) {
    case host::ConsumerStep::looked:
      return term_.passes(term::Step::feed_read);
    case host::ConsumerStep::recorded:
      return term_.passes(term::Step::asked);
    case host::ConsumerStep::ending:
      return term_.passes_ending(term::Step::feed_ends);
  }
  return true;
}

Task<Unit> BotFeed::restore(std::vector<Turn> open, Aside aside, StreamPos head) {
  catch_up_until_ = head;
  aside_ = std::move(aside);
  for (auto& turn : open) open_[turn.event_pos].push_back(std::move(turn));
  CO_TRY(read_before_, co_await consumer_.open(head));
  co_return Unit{};
}

std::int64_t BotFeed::lag() const {
  const auto reading = open_.empty() ? consumer_.cursor() : open_.begin()->first - 1;
  return std::max<StreamPos>(0, uses_.feed.head() - reading);
}

std::optional<std::chrono::steady_clock::time_point> BotFeed::failing_since() const {
  return open_failing_since_ ? open_failing_since_ : consumer_.failing_since();
}

asio::awaitable<void> BotFeed::run() {
  co_await read_open_again();
  co_await consumer_.run();
}

// Looking on.

Task<host::Look> BotFeed::look(StreamPos after) {
  findings_ = {};
  // Nobody to read for: go along with the head. A bot made later starts here.
  if (roster_.empty() && aside_.empty() && (!uses_.encryption || uses_.encryption->unread() == 0))
    co_return host::Look{.cursor = uses_.feed.head()};
  for (const auto& [room_id, positions] : aside_) sizes_.want(room_id);
  CO_TRY(auto back, co_await read_back());
  CO_TRY(auto again, co_await read_sealed_again());
  CO_TRY(auto feed, co_await uses_.feed.events_after(after, kPage));
  std::vector<Heard> page;
  for (auto& event : feed.events) {
    page.push_back(hear(std::move(event)));
    if (page.back().kind == Heard::Kind::membership) sizes_.forget(page.back().event.room_id);
  }
  if (uses_.encryption) {
    CO_TRY(co_await open_sealed(page));
  }
  co_await ask_sizes(back, again, page);
  CO_TRY(auto facts, co_await ask_facts(back, again, page));
  // From here on nothing waits and nothing fails: memory changes once for each page.
  findings_.at_ms = uses_.clock.unix_ms();
  decide_back(back, facts);
  decide_looked_up(again, facts);
  decide_page(page, facts);
  const bool more_back = back.size() == kRoomsBack || std::ranges::any_of(back, [&](const Back& one) {
                           return aside_.contains(one.room_id) && sizes_.find(one.room_id) != nullptr;
                         });
  const bool more_again = again.size() == kLookedUpAtOnce;
  co_return host::Look{
      .cursor = feed.cursor, .more = feed.more || more_back || more_again, .to_record = findings_.to_store()};
}

Task<std::vector<BotFeed::Back>> BotFeed::read_back() {
  std::vector<Back> back;
  std::vector<std::string> rooms;
  for (const auto& [room_id, positions] : aside_) {
    if (rooms.size() == kRoomsBack) break;
    if (roster_.room(room_id) == nullptr || sizes_.find(room_id) != nullptr) rooms.push_back(room_id);
  }
  for (auto& room_id : rooms) {
    const auto positions = aside_.find(room_id)->second;
    Back one{.room_id = room_id, .upto = positions.back()};
    if (roster_.room(room_id) != nullptr) {
      CO_TRY(auto feed, co_await uses_.feed.events_after(positions.front() - 1, kPage));
      if (feed.more) one.upto = feed.cursor;
      for (auto& event : feed.events) {
        if (std::ranges::binary_search(positions, event.pos)) one.messages.push_back(hear(std::move(event)));
      }
      if (uses_.encryption) {
        CO_TRY(co_await open_sealed(one.messages));
      }
    }
    back.push_back(std::move(one));
  }
  co_return back;
}

asio::awaitable<void> BotFeed::ask_sizes(const std::vector<Back>& back, const std::vector<LookedUp>& again,
                                         const std::vector<Heard>& page) {
  std::set<std::string> wanted;
  for (const auto& one : again) {
    if (one.heard && decider_.needs_size(*one.heard, false)) wanted.insert(one.unread.room_id);
  }
  for (const auto& one : back) {
    if (roster_.room(one.room_id) != nullptr) wanted.insert(one.room_id);
  }
  std::set<std::string> joining;
  for (const auto& heard : page) {
    const auto& room_id = heard.event.room_id;
    if (heard.membership == "join" && roster_.find_user(*heard.event.state_key)) joining.insert(room_id);
    if (!aside_.contains(room_id) && decider_.needs_size(heard, joining.contains(room_id))) wanted.insert(room_id);
  }
  std::erase_if(wanted, [&](const std::string& room_id) { return sizes_.find(room_id) != nullptr; });
  if (!wanted.empty()) co_await sizes_.ask(std::move(wanted), uses_.limits.room_patience);
}

Task<PageFacts> BotFeed::ask_facts(const std::vector<Back>& back, const std::vector<LookedUp>& again,
                                   const std::vector<Heard>& page) {
  PageQuestions questions;
  for (const auto& one : again) {
    if (one.heard) decider_.ask_for(*one.heard, {}, questions);
  }
  std::map<std::string, std::set<BotKey>> joining;
  for (const auto& one : back) {
    for (const auto& heard : one.messages) decider_.ask_for(heard, {}, questions);
  }
  for (const auto& heard : page) {
    auto& bots = joining[heard.event.room_id];
    if (heard.membership == "join") {
      if (auto bot = roster_.find_user(*heard.event.state_key)) bots.insert(bot->row.id);
    }
    decider_.ask_for(heard, bots, questions);
  }
  if (questions.empty()) co_return PageFacts{};
  auto ask = [&](store::Connection& c) -> Result<PageFacts> { return look_up(c, questions); };
  co_return co_await store_.look(ask);
}

void BotFeed::decide_back(const std::vector<Back>& back, const PageFacts& facts) {
  for (const auto& one : back) {
    const auto* size = sizes_.find(one.room_id);
    if (size == nullptr && roster_.room(one.room_id) != nullptr) continue;  // changed meanwhile: it stays aside
    for (const auto& heard : one.messages) decider_.decide(heard, Came::late, size, facts, findings_);
    auto found = aside_.find(one.room_id);
    auto& positions = found->second;
    while (!positions.empty() && positions.front() <= one.upto) {
      findings_.settled.push_back(positions.front());
      positions.pop_front();
    }
    if (positions.empty()) aside_.erase(found);
  }
}

void BotFeed::decide_page(const std::vector<Heard>& page, const PageFacts& facts) {
  for (const auto& heard : page) {
    const auto& room_id = heard.event.room_id;
    const bool here = roster_.room(room_id) != nullptr;
    if (here && heard.event.state_key && heard.event.type == "m.room.power_levels") {
      findings_.other_powers.push_back(room_id);
    }
    const bool needs_size = here && decider_.needs_size(heard, false);
    const auto* size = needs_size ? sizes_.find(room_id) : nullptr;
    const bool redacts = heard.kind == Heard::Kind::redaction;
    const bool refers = redacts || heard.kind == Heard::Kind::reaction;
    const bool follows = here && aside_.contains(room_id) && (needs_size || refers);
    const bool goes_aside = follows || (needs_size && size == nullptr);
    if (goes_aside) {
      aside_[room_id].push_back(heard.event.pos);
      findings_.aside.emplace_back(heard.event.pos, room_id);
    }
    // What is under way ends at once, also when what it takes back may still be aside.
    if (!goes_aside || redacts) decider_.decide(heard, came(heard.event), size, facts, findings_);
  }
}

Result<Unit> BotFeed::record(store::Tx& tx) {
  for (const auto& join : findings_.joins) bots::insert_room(tx, join.row, join.tenant_id);
  for (const auto& [room_id, bot] : findings_.leaves) {
    bots::delete_room(tx, room_id, bot);
    bots::delete_invite(tx, room_id, bot);
  }
  for (const auto& invite : findings_.invites) {
    bots::insert_invite(tx, invite.room_id, invite.bot, invite.inviter, invite.tenant_id);
  }
  for (const auto& [room_id, bot] : findings_.told_encrypted) bots::mark_told_encrypted(tx, room_id, bot);
  for (auto event_pos : findings_.settled) delete_aside(tx, event_pos);
  for (const auto& [event_pos, room_id] : findings_.aside) insert_aside(tx, event_pos, room_id);
  for (const auto& waiting : findings_.turns) insert_turn(tx, waiting.turn, findings_.at_ms);
  for (const auto& [bot, event_id] : findings_.redacted) bots::delete_record(tx, bot, event_id);
  if (!uses_.encryption) return Unit{};
  for (const auto& [event_id, read] : findings_.read)
    uses_.encryption->record_read(tx, read, event_id, findings_.at_ms);
  for (const auto& unread : findings_.unread) encryption::insert_unread(tx, unread);
  for (const auto& unread : findings_.looked_up) encryption::delete_unread(tx, unread.event_pos, unread.bot);
  for (const auto& [bot, room_id, session_id] : findings_.unreadable) {
    encryption::tell_unreadable(tx, bot, room_id, session_id, findings_.at_ms);
  }
  return Unit{};
}

asio::awaitable<void> BotFeed::recorded() {
  act_on(std::exchange(findings_, {}));
  const bool caught_up = consumer_.cursor() >= catch_up_until_;
  if (caught_up && !(held_.empty() && too_old_.empty())) co_await end_catching_up();
}

void BotFeed::act_on(Findings findings) {
  if (uses_.encryption) {
    for (const auto& unread : findings.looked_up) uses_.encryption->settled(unread);
    for (const auto& [bot, room_id, session_id] : findings.unreadable) {
      uses_.encryption->told_unreadable(bot, room_id, session_id);
    }
    if (!findings.unread.empty()) uses_.encryption->note_unread(std::move(findings.unread));
  }
  for (auto& waiting : findings.turns) {
    if (waiting.turn.state == TurnState::asked) hand_over(std::move(waiting));
  }
  for (auto& invite : findings.invites) {
    if (auto bot = roster_.find(invite.bot))
      handlers_.invite(bot, std::move(invite.room_id), std::move(invite.inviter));
  }
  for (auto& room_id : findings.maybe_empty) handlers_.maybe_empty(std::move(room_id));
  for (const auto& join : findings.joins) handlers_.tell_commands(join.row.room_id);
  for (const auto& room_id : findings.other_powers) handlers_.try_commands(room_id);
}

void BotFeed::hand_over(term::PendingTurn waiting) {
  auto bot = roster_.find(waiting.turn.bot);
  const auto at = waiting.turn.event_pos;
  if (!bot || at <= read_before_ || at > catch_up_until_) {
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
    auto now = uses_.clock.unix_ms();
    auto record = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& waiting : too_old) {
        finish_turn(tx, waiting.turn.event_pos, waiting.turn.bot, TurnState::skipped_stale, kWhy, "", now);
      }
      return Unit{};
    };
    auto recorded = co_await store_.persist(record);
    if (!recorded && !term_.stopping()) {
      base::log_error("fleet", "Skipped messages could not be recorded.", {{"reason", recorded.error().message()}});
    }
  }
  for (auto& [place, waiting] : held) {
    for (auto& one : waiting) runner_.enqueue(std::move(one));
  }
}

// Looking back.

asio::awaitable<void> BotFeed::read_open_again() {
  auto pause = uses_.limits.first_retry;
  while (!open_.empty() && !term_.stopping()) {
    auto feed = co_await uses_.feed.events_after(open_.begin()->first - 1, kPage);
    if (!feed) {
      if (!open_failing_since_) open_failing_since_ = std::chrono::steady_clock::now();
      base::log_warning("fleet", "The questions of open turns could not be read; trying again.",
                        {{"reason", feed.error().message()}, {"detail", feed.error().detail()}});
      if (!co_await term_.stop.sleep(pause)) co_return;
      pause = std::min<std::chrono::milliseconds>(pause * 2, kLongestPause);
      continue;
    }
    open_failing_since_.reset();
    bool failed = false;
    for (auto& event : feed->events) failed = failed || !co_await look_again(std::move(event));
    if (failed) {
      if (!co_await term_.stop.sleep(pause)) co_return;
      continue;
    }
    drop_vanished(feed->more ? feed->cursor : consumer_.cursor());
  }
}

asio::awaitable<bool> BotFeed::look_again(matrix::FeedEvent event) {
  auto found = open_.find(event.pos);
  if (found == open_.end()) co_return true;
  auto& turns = found->second;
  while (!turns.empty()) {
    if (auto bot = roster_.find(turns.back().bot)) {
      auto said = co_await opened(event, bot->row.id);
      if (!said) co_return false;
      // Taken on before the kill: no limit applies any more.
      runner_.enqueue(recall(*bot, *said, std::move(turns.back())));
    }
    turns.pop_back();
  }
  open_.erase(found);
  co_return true;
}

void BotFeed::drop_vanished(StreamPos upto) {
  for (auto it = open_.begin(); it != open_.end() && it->first <= upto; it = open_.erase(it)) {
    for (auto& turn : it->second) {
      term::PendingTurn waiting;
      waiting.turn = std::move(turn);
      waiting.cancelled = true;
      runner_.enqueue(std::move(waiting));
    }
  }
}

term::PendingTurn BotFeed::recall(const term::LiveBot& bot, const matrix::FeedEvent& event, Turn turn) const {
  auto message = read_message(event);
  // Where bots read what is encrypted, an event without it was redacted.
  const bool is_there = !uses_.encryption || event.content.contains("ciphertext");
  bool unreadable = !message && event.type == "m.room.encrypted" && is_there;
  auto waiting = make_pending(uses_.clock, bot, event, message.value_or(Message{}), came(event));
  waiting.turn = std::move(turn);
  waiting.unreadable = unreadable;
  waiting.cancelled = !message && !unreadable;  // redacted meanwhile
  return waiting;
}

void BotFeed::take_up(const term::LiveBotPtr& bot, std::vector<Turn> turns) {
  if (!turns.empty()) term_.tasks.spawn("take up", read_again(bot, std::move(turns)));
}

asio::awaitable<void> BotFeed::read_again(term::LiveBotPtr bot, std::vector<Turn> turns) {
  const auto stops = bot->stops;
  for (auto& turn : turns) {
    auto ask = [&] { return uses_.feed.events_after(turn.event_pos - 1, 1); };
    auto page = co_await base::until_available(ask, [this](auto time) { return term_.stop.sleep(time); });
    // Stopped again: their rows say so.
    if (term_.stopping() || bot->stops != stops) co_return;
    term::PendingTurn waiting;
    if (page && !page->events.empty() && page->events.front().pos == turn.event_pos) {
      auto room_id = turn.room_id;
      const auto bot_key = bot->row.id;
      auto said = co_await opened(std::move(page->events.front()), bot_key);
      if (!said || bot->stops != stops) co_return;
      waiting = recall(*bot, *said, std::move(turn));
      waiting.age_then =
          std::chrono::milliseconds(std::max<std::int64_t>(0, uses_.clock.unix_ms() - waiting.turn.asked_ms));
      co_await sizes_.ask({room_id}, uses_.limits.room_patience);
      const auto* size = sizes_.find(room_id);
      waiting.in_group = size == nullptr || size->joined_members > 2;
      if (bot->stops != stops) co_return;
    } else {
      waiting.turn = std::move(turn);
      waiting.cancelled = true;  // purged
    }
    runner_.enqueue(std::move(waiting));
  }
}

}  // namespace troupe::fleet::turns
