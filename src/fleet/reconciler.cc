#include "fleet/reconciler.h"

#include <boost/json/parse.hpp>

#include "base/log.h"
#include "fleet/bot_store.h"
#include "fleet/flowise_brain.h"
#include "fleet/reply_content.h"
#include "fleet/turn_store.h"
#include "matrix/ids.h"

namespace troupe::fleet {
namespace {

constexpr std::size_t kStartsAtOnce = 16;
constexpr std::chrono::milliseconds kLookAnyway{1'000};
constexpr std::size_t kMaxRooms = 1'000;
constexpr std::string_view kUnreadableRoom =
    "This room is encrypted and I cannot read encrypted messages yet. Please write to me in a room without encryption.";

/// Errors of a start that may pass by themselves.
bool may_pass(Errc code) { return code == Errc::unavailable || code == Errc::timed_out || code == Errc::internal; }

}  // namespace

Reconciler::Reconciler(Shared& shared, Roster& roster, TurnRunner& runner)
    : shared_(shared),
      roster_(roster),
      runner_(runner),
      bell_(shared.deps.home),
      bots_by_state_(shared.deps.metrics.gauge("troupe_fleet_bots", "Bots by observed state.", {"state"})) {}

void Reconciler::count_states() {
  std::map<BotState, std::int64_t> counts;
  for (const auto& [id, bot] : roster_.bots()) ++counts[bot->row.observed];
  for (auto state : kBotStates) bots_by_state_.with({std::string(to_string(state))}).set(counts[state]);
}

Task<Unit> Reconciler::transition(LiveBotPtr bot, Change change) {
  struct Written {
    Bot row;
    std::int64_t history = 0;
  };
  auto now = shared_.deps.clock.unix_ms();
  auto id = bot->row.id;
  auto write = [&](store::Tx& tx) -> Result<Written> {
    auto row = bot_by_key(tx, id);
    if (!row) return Error(Errc::not_found, "This bot has been deleted.");
    TRY(auto to, advance(row->bot_id, row->observed, change.event));
    auto history =
        insert_history(tx, *row, to_string(change.event), row->observed, to, change.cause, change.actor.label, now);
    row->status_detail = change.event == BotEvent::fail ? change.cause : "";
    if (change.desired) row->desired = *change.desired;
    row->observed = to;
    row->since_ms = now;
    set_state(tx, id, state_row(*row), change.counts_as_restart, now);
    if (change.skip_open_turns) skip_open_turns(tx, id, now);
    auto after = bot_by_key(tx, id);
    return Written{*std::move(after), history};
  };
  CO_TRY(auto written, co_await shared_.deps.db.write(write));
  bot->row = std::move(written.row);
  count_states();
  shared_.deps.bus.ring(bus::Topic::bots, written.history);
  shared_.log.add(bot->row, change.event == BotEvent::fail ? "error" : "info", "lifecycle",
                  std::string(to_string(bot->row.observed)) + ": " + change.cause);
  base::log_info("fleet", "A bot changed its state.",
                 {{"bot", bot->row.bot_id},
                  {"event", to_string(change.event)},
                  {"state", to_string(bot->row.observed)},
                  {"cause", change.cause},
                  {"actor", change.actor.label}});
  co_return Unit{};
}

Task<Unit> Reconciler::recover() {
  auto now = shared_.deps.clock.unix_ms();
  std::vector<LiveBotPtr> left;
  for (const auto& [id, bot] : roster_.bots()) {
    if (next_state(bot->row.observed, BotEvent::recover)) left.push_back(bot);
    if (bot->row.observed == BotState::failed && bot->row.desired == DesiredState::running) bot->retry_at_ms = now;
  }
  if (!left.empty()) {
    auto write = [&](store::Tx& tx) -> Result<std::vector<Bot>> {
      std::vector<Bot> rows;
      for (const auto& bot : left) {
        auto row = bot_by_key(tx, bot->row.id);
        if (!row) continue;
        TRY(auto to, advance(row->bot_id, row->observed, BotEvent::recover));
        insert_history(tx, *row, to_string(BotEvent::recover), row->observed, to, "the program was started again",
                       "troupe", now);
        row->observed = to;
        row->status_detail.clear();
        row->since_ms = now;
        if (to == BotState::stopped) {
          row->desired = DesiredState::stopped;
          skip_open_turns(tx, row->id, now);
        }
        set_state(tx, row->id, state_row(*row), to == BotState::starting, now);
        rows.push_back(*bot_by_key(tx, row->id));
      }
      return rows;
    };
    CO_TRY(auto rows, co_await shared_.deps.db.write(write, {.lane = store::Lane::send, .savepoint = true}));
    for (auto& row : rows) {
      if (auto bot = roster_.find(row.id)) bot->row = std::move(row);
    }
  }
  count_states();
  co_return Unit{};
}

asio::awaitable<void> Reconciler::run() {
  while (!shared_.stopping()) {
    auto now = shared_.deps.clock.unix_ms();
    std::vector<LiveBotPtr> due;
    for (const auto& [id, bot] : roster_.bots()) {
      if (starting_ + due.size() >= kStartsAtOnce) break;
      if (bot->busy || bot->row.desired != DesiredState::running) continue;
      auto observed = bot->row.observed;
      bool retry = observed == BotState::failed && bot->retry_at_ms != 0 && bot->retry_at_ms <= now;
      // `starting` without anybody starting it: left by the last program.
      if (retry || observed == BotState::starting || observed == BotState::stopped || observed == BotState::created) {
        due.push_back(bot);
      }
    }
    for (auto& bot : due) {
      bot->busy = true;
      ++starting_;
      shared_.tasks.spawn("start", start_again(bot, bot->failures > 0 ? "trying again" : "it should be running"));
    }
    (void)co_await bell_.wait(kLookAnyway);
  }
}

asio::awaitable<void> Reconciler::start_again(LiveBotPtr bot, std::string cause) {
  bool fresh = bot->row.observed != BotState::starting;
  auto outcome = Result<Unit>(Unit{});
  if (fresh) {
    Change begin{.event = BotEvent::start, .actor = {"troupe"}, .cause = std::move(cause)};
    begin.counts_as_restart = bot->row.observed == BotState::failed;
    outcome = co_await transition(bot, std::move(begin));
  }
  if (outcome) outcome = co_await bring_up(bot);
  if (!outcome && !shared_.stopping()) {
    base::log_warning("fleet", "A bot could not be started.",
                      {{"bot", bot->row.bot_id}, {"reason", outcome.error().message()}});
  }
  bot->busy = false;
  --starting_;
  bell_.ring();
}

Task<Unit> Reconciler::start(LiveBotPtr bot, Actor actor, std::string cause) {
  if (bot->row.desired == DesiredState::running &&
      (bot->row.observed == BotState::running || bot->row.observed == BotState::starting)) {
    co_return Unit{};
  }
  if (bot->row.observed == BotState::stopping || bot->busy) {
    auto now = shared_.deps.clock.unix_ms();
    auto id = bot->row.id;
    auto want = [&](store::Tx& tx) -> Result<Unit> {
      update_desired(tx, id, DesiredState::running, now);
      return Unit{};
    };
    CO_TRY([[maybe_unused]] auto wanted, co_await shared_.deps.db.write(want));
    bot->row.desired = DesiredState::running;
    bell_.ring();
    co_return Unit{};
  }
  bot->busy = true;
  bot->failures = 0;
  Change begin{.event = BotEvent::start, .actor = std::move(actor), .cause = std::move(cause)};
  begin.desired = DesiredState::running;
  auto outcome = co_await transition(bot, std::move(begin));
  if (outcome) outcome = co_await bring_up(bot);
  bot->busy = false;
  bell_.ring();
  co_return outcome;
}

Task<Unit> Reconciler::bring_up(LiveBotPtr bot) {
  CommonConfig common;
  auto brain = make_brain(bot->row, common);
  Result<Unit> outcome = Unit{};
  if (!brain) outcome = std::unexpected(brain.error());
  if (outcome) outcome = co_await ensure_account(bot);
  if (outcome) outcome = co_await learn_rooms(bot);
  if (shared_.stopping()) co_return Error(Errc::unavailable, "The program is stopping.");
  if (outcome && bot->row.observed == BotState::starting) {
    Change ready{.event = BotEvent::ready, .actor = {"troupe"}, .cause = "its brain and its rooms are known"};
    outcome = co_await transition(bot, std::move(ready));
    if (outcome) {
      bot->brain = *std::move(brain);
      bot->common = common;
      bot->failures = 0;
      bot->retry_at_ms = 0;
      runner_.resume(bot);
      co_return Unit{};
    }
  }
  if (bot->row.observed != BotState::starting) {
    co_return Error(Errc::conflict, "Bot " + bot->row.bot_id + " was stopped while it was starting.");
  }
  Change failed{.event = BotEvent::fail, .actor = {"troupe"}, .cause = outcome.error().message()};
  if (may_pass(outcome.error().code())) {
    auto wait = shared_.deps.limits.start_retry * (1 << std::min(bot->failures, 6));
    bot->retry_at_ms = shared_.deps.clock.unix_ms() + std::min<std::int64_t>(wait.count(), 300'000);
    ++bot->failures;
  } else {
    // Only a person can mend this, and has to start it again; until then its messages are skipped, not kept.
    bot->retry_at_ms = 0;
    failed.desired = DesiredState::stopped;
    failed.skip_open_turns = true;
    runner_.forget(*bot);
  }
  auto recorded = co_await transition(bot, std::move(failed));
  if (!recorded) {
    base::log_error("fleet", "A failed start could not be recorded.",
                    {{"bot", bot->row.bot_id}, {"reason", recorded.error().message()}});
  }
  co_return outcome;
}

Result<std::shared_ptr<Brain>> Reconciler::make_brain(const Bot& row, CommonConfig& common) const {
  const auto* kind = shared_.deps.brains.find(row.brain_kind);
  if (kind == nullptr) {
    return Error(Errc::invalid_param, "Bot " + row.bot_id + " cannot start: brain '" + row.brain_kind +
                                          "' is not available in this version. Choose another brain for it.");
  }
  boost::json::object secrets;
  if (!row.sealed_secrets.empty()) {
    auto opened = shared_.deps.sealing_key.open(row.sealed_secrets);
    if (!opened) {
      return Error(Errc::invalid_param,
                   "The secrets of bot " + row.bot_id + " were sealed with another key file. Set its brain again.");
    }
    boost::system::error_code ec;
    auto json = boost::json::parse(*opened, ec);
    if (json.is_object()) secrets = std::move(json.get_object());
  }
  auto config = row.brain_config;
  adopt_flowise_url(row.brain_kind, row.flowise_url, config);
  TRY(common, common_config(config));
  BrainContext context{.http = shared_.deps.http,
                       .clock = shared_.deps.clock,
                       .bot_id = row.bot_id,
                       .bot_user_id = row.user_id,
                       .bot_name = row.display_name};
  TRY(auto brain, kind->make(context, config, secrets));
  return std::shared_ptr<Brain>(std::move(brain));
}

Task<Unit> Reconciler::ensure_account(LiveBotPtr bot) {
  auto account = co_await shared_.deps.homeserver.account(bot->row.user_id);
  if (account) {
    if (account->deactivated || account->locked) {
      co_return Error(Errc::forbidden, "The account " + bot->row.user_id + " is closed or locked.");
    }
    co_return Unit{};
  }
  if (account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
  // Killed between the bot's row and its account.
  auto parts = matrix::parse_user_id(bot->row.user_id);
  if (!parts) co_return Error(Errc::invalid_param, "Not a Matrix user id: " + bot->row.user_id);
  matrix::NewAccount wanted{.localpart = std::string(parts->localpart),
                            .password = std::nullopt,
                            .kind = matrix::AccountKind::bot,
                            .admin = false,
                            .display_name = bot->row.display_name};
  if (!bot->row.sealed_password.empty()) {
    CO_TRY(wanted.password, shared_.deps.sealing_key.open(bot->row.sealed_password));
  }
  CO_TRY(auto made, co_await shared_.deps.homeserver.create_account(std::move(wanted)));
  CO_TRY([[maybe_unused]] auto principal, co_await shared_.deps.principals.for_account(std::move(made)));
  co_return Unit{};
}

Task<Unit> Reconciler::learn_rooms(LiveBotPtr bot) {
  auto id = bot->row.id;
  auto tenant_id = bot->row.tenant_id;
  CO_TRY(auto joined, co_await shared_.deps.homeserver.joined_rooms(bot->row.user_id));
  std::vector<RoomRow> missing;
  for (const auto& room : joined) {
    const auto* live = roster_.room(room.room_id);
    if (live == nullptr || std::ranges::find(live->bots, id, &RoomRow::bot) == live->bots.end()) {
      missing.push_back({.room_id = room.room_id, .bot = id, .joined_pos = room.joined_at, .told_encrypted = false});
    }
  }
  if (!missing.empty()) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& row : missing) insert_room(tx, row, tenant_id);
      return Unit{};
    };
    CO_TRY([[maybe_unused]] auto written, co_await shared_.deps.db.write(write));
    for (const auto& row : missing) roster_.join(row);
  }
  for (const auto& room : joined) {
    auto* live = roster_.room(room.room_id);
    if (live != nullptr) live->encrypted = live->encrypted || room.encrypted;
  }
  CO_TRY(auto invited, co_await shared_.deps.homeserver.invited_rooms(bot->row.user_id));
  for (auto& room_id : invited) shared_.tasks.spawn("join", join(bot, std::move(room_id)));
  co_return Unit{};
}

Task<Unit> Reconciler::stop(LiveBotPtr bot, Actor actor, std::string cause) {
  auto observed = bot->row.observed;
  auto now = shared_.deps.clock.unix_ms();
  auto id = bot->row.id;
  if (observed == BotState::created || observed == BotState::stopped || observed == BotState::stopping) {
    if (bot->row.desired == DesiredState::running) {
      auto want = [&](store::Tx& tx) -> Result<Unit> {
        update_desired(tx, id, DesiredState::stopped, now);
        return Unit{};
      };
      CO_TRY([[maybe_unused]] auto wanted, co_await shared_.deps.db.write(want));
      bot->row.desired = DesiredState::stopped;
    }
    co_return Unit{};
  }
  Change begin{.event = BotEvent::stop, .actor = actor, .cause = std::move(cause)};
  begin.desired = DesiredState::stopped;
  begin.skip_open_turns = observed == BotState::failed;
  CO_TRY([[maybe_unused]] auto begun, co_await transition(bot, std::move(begin)));
  bot->brain.reset();
  bot->retry_at_ms = 0;
  runner_.forget(*bot);
  if (bot->row.observed == BotState::stopped) co_return Unit{};
  // A reply that is being stored or sent comes to its end; what the brain still thinks about is dropped.
  auto until = std::chrono::steady_clock::now() + shared_.deps.limits.stop_patience;
  while (bot->sending > 0 && std::chrono::steady_clock::now() < until) {
    if (!co_await shared_.naps.sleep(std::chrono::milliseconds(5))) break;
  }
  Change ended{.event = BotEvent::ended, .actor = std::move(actor), .cause = "nothing is under way any more"};
  ended.skip_open_turns = true;
  CO_TRY([[maybe_unused]] auto done, co_await transition(bot, std::move(ended)));
  runner_.forget(*bot);
  bell_.ring();
  co_return Unit{};
}

void Reconciler::invited(const LiveBotPtr& bot, std::string room_id, std::string inviter) {
  if (bot->row.desired != DesiredState::running) return;  // looked at again at the next start
  auto parts = matrix::parse_user_id(inviter);
  if (!parts || parts->server != shared_.deps.homeserver.server_name()) {
    base::log_info("fleet", "An invite from another server was not accepted.",
                   {{"bot", bot->row.bot_id}, {"inviter", inviter}, {"room_id", room_id}});
    return;
  }
  shared_.tasks.spawn("join", join(bot, std::move(room_id)));
}

asio::awaitable<void> Reconciler::join(LiveBotPtr bot, std::string room_id) {
  const auto& bots = roster_.bots();
  if (bots.find(bot->row.id) == bots.end()) co_return;
  auto pause = shared_.deps.limits.first_retry;
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto rooms = co_await shared_.deps.homeserver.joined_rooms(bot->row.user_id);
    if (rooms && rooms->size() >= kMaxRooms) {
      base::log_warning("fleet", "An invite was not accepted: the bot is in too many rooms.",
                        {{"bot", bot->row.bot_id}, {"room_id", room_id}});
      co_return;
    }
    auto joined = co_await shared_.deps.homeserver.join(bot->row.user_id, room_id);
    if (joined) {
      auto summary = co_await shared_.deps.homeserver.room(room_id);
      if (summary && summary->encrypted) {
        auto told = co_await tell_encrypted(bot, room_id);
        if (!told) {
          base::log_warning("fleet", "An encrypted room could not be told that the bot cannot read it.",
                            {{"bot", bot->row.bot_id}, {"reason", told.error().message()}});
        }
      }
      co_return;
    }
    if (!may_pass(joined.error().code()) && joined.error().code() != Errc::limit_exceeded) {
      base::log_warning("fleet", "An invite could not be accepted.",
                        {{"bot", bot->row.bot_id}, {"room_id", room_id}, {"reason", joined.error().message()}});
      co_return;
    }
    if (!co_await shared_.naps.sleep(pause)) co_return;
    pause *= 2;
  }
}

Task<Unit> Reconciler::tell_encrypted(LiveBotPtr bot, std::string room_id) {
  auto contents = reply_contents(
      {.text = std::string(kUnreadableRoom)},
      {.bot_id = bot->row.bot_id, .msgtype = "m.notice", .event_id = {}, .thread_root = {}, .quote = false, .hops = 1});
  matrix::NewEvent event{.room_id = room_id,
                         .sender = bot->row.user_id,
                         .type = "m.room.message",
                         .content = contents.front().as_object(),
                         .txn_id = transaction_id(bot->row.user_id, room_id, 0)};
  CO_TRY([[maybe_unused]] auto sent, co_await shared_.deps.homeserver.send(std::move(event)));
  auto id = bot->row.id;
  auto tenant_id = bot->row.tenant_id;
  auto head = shared_.deps.homeserver.head();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    // The feed may not have come to the join yet.
    insert_room(tx, {.room_id = room_id, .bot = id, .joined_pos = head, .told_encrypted = true}, tenant_id);
    mark_told_encrypted(tx, room_id, id);
    return Unit{};
  };
  CO_TRY([[maybe_unused]] auto written, co_await shared_.deps.db.write(write));
  roster_.join({.room_id = room_id, .bot = id, .joined_pos = head, .told_encrypted = true});
  if (auto* room = roster_.room(room_id)) {
    room->encrypted = true;
    for (auto& row : room->bots) {
      if (row.bot == id) row.told_encrypted = true;
    }
  }
  co_return Unit{};
}

void Reconciler::maybe_empty(std::string room_id) {
  if (roster_.room(room_id) != nullptr) shared_.tasks.spawn("leave", leave_if_empty(std::move(room_id)));
}

asio::awaitable<void> Reconciler::leave_if_empty(std::string room_id) {
  auto summary = co_await shared_.deps.homeserver.room(room_id);
  auto* room = roster_.room(room_id);
  if (!summary || room == nullptr) co_return;
  if (summary->joined_members > static_cast<std::int64_t>(room->bots.size())) co_return;
  auto rows = room->bots;
  for (const auto& row : rows) {
    auto bot = roster_.find(row.bot);
    if (!bot || bot->row.desired != DesiredState::running) continue;
    auto left = co_await shared_.deps.homeserver.leave(bot->row.user_id, room_id);
    if (!left) {
      base::log_warning("fleet", "A bot could not leave an empty room.",
                        {{"bot", bot->row.bot_id}, {"room_id", room_id}, {"reason", left.error().message()}});
    }
  }
}

}  // namespace troupe::fleet
