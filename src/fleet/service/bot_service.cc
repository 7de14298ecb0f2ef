#include "fleet/service/bot_service.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/field_errors.h"
#include "base/log.h"
#include "fleet/bots/bot_store.h"
#include "fleet/bots/log_store.h"
#include "fleet/bots/record_store.h"
#include "fleet/service/lease_holding.h"
#include "fleet/turns/invites.h"
#include "fleet/turns/turn_store.h"
#include "host/cursor_store.h"

namespace troupe::fleet::service {
namespace {

constexpr std::chrono::milliseconds kHealthEvery{1'000};
constexpr std::chrono::seconds kFeedMayFail{30};
constexpr std::chrono::milliseconds kLookAtLease{500};
constexpr std::chrono::milliseconds kHolderPatience{10'000};
Error no_such_bot(std::string_view bot_id) {
  return Error(Errc::not_found, "Bot with id " + std::string(bot_id.substr(0, 64)) + " does not exist.");
}

/// What a look finds of the bot. Error: not_found.
template <class Found>
Result<Found> there(std::optional<Found> found, const std::string& bot_id) {
  if (!found) return no_such_bot(bot_id);
  return *std::move(found);
}

}  // namespace

BotService::BotService(Deps deps)
    : deps_(std::move(deps)),
      editor_({.accounts = deps_.server.accounts,
               .principals = deps_.data.principals,
               .clock = deps_.process.clock,
               .kinds = deps_.tasks.kinds,
               .sealing_key = deps_.data.sealing_key}),
      brain_maker_(deps_.tasks.kinds, deps_.data.sealing_key, deps_.process.http, deps_.process.clock),
      tasks_(deps_.process.home),
      stop_(deps_.process.home),
      lease_wakeup_(deps_.process.home) {
  deps_.process.metrics.gauge_callback("troupe_fleet_feed_lag_positions", "How far the bots' feed is behind the head.",
                                       [this] { return static_cast<double>(feed_lag_.load()); });
  if (deps_.lease != nullptr) {
    deps_.lease->on_change([notify = lease_wakeup_.notifier()](std::optional<std::int64_t>) { notify(); });
  }
}

BotService::~BotService() = default;

// Terms.

Task<Unit> BotService::start_fleet() { co_return co_await at_home(start_here()); }
Task<Unit> BotService::stop_fleet() { co_return co_await at_home(stop_here()); }

Task<Unit> BotService::start_here() {
  started_ = true;
  if (deps_.lease == nullptr) {
    CO_TRY(co_await begin_term(std::nullopt));
  } else {
    if (auto epoch = deps_.lease->held()) {
      CO_TRY(co_await begin_term(*epoch));
    }
    standing_by_ = !fleet_;
    tasks_.spawn("lease", follow_lease());
  }
  tasks_.spawn("health", watch_health());
  co_return Unit{};
}

Task<Unit> BotService::begin_term(std::optional<std::int64_t> epoch) {
  auto holding = epoch ? std::unique_ptr<const term::Holding>(std::make_unique<LeaseHolding>(*deps_.lease, *epoch))
                       : std::make_unique<const term::Holding>();
  auto fleet = std::make_shared<Fleet>(deps_, std::move(holding));
  auto begun = co_await fleet->begin();
  if (!begun) {
    (void)co_await fleet->end(false);
    co_return begun;
  }
  fleet_ = std::move(fleet);
  epoch_ = epoch;
  working_ = true;
  standing_by_ = false;
  co_return Unit{};
}

Task<Unit> BotService::end_term(bool lost) {
  working_ = false;
  auto fleet = std::exchange(fleet_, nullptr);
  epoch_.reset();
  if (!fleet) co_return Unit{};
  (void)co_await fleet->end(lost);
  if (fleet->term().tasks.size() > 0) late_.push_back(std::move(fleet));
  co_return Unit{};
}

asio::awaitable<void> BotService::follow_lease() {
  while (!stop_.stop_requested()) {
    auto held = deps_.lease->held();
    if (fleet_ && held != epoch_) {
      base::log_warning("fleet", deps_.lease->loss() == host::LeaseLoss::overdue
                                     ? "The database did not answer in time, so another process may take the bots; the "
                                       "work here has ended until it answers."
                                     : "Another process holds the bots now; the work here has ended.");
      (void)co_await end_term(true);
      standing_by_ = true;
    }
    if (!fleet_ && held && !stop_.stop_requested()) {
      base::log_info("fleet", "This process holds the bots now.", {{"epoch", *held}});
      if (auto begun = co_await begin_term(held); !begun) {
        base::log_error("fleet", "The bots' work could not begin; trying again.",
                        {{"reason", begun.error().message() + " " + begun.error().detail()}});
        if (!co_await stop_.sleep(std::chrono::seconds(1))) break;
        continue;
      }
    }
    (void)co_await lease_wakeup_.wait(kLookAtLease);
  }
}

Task<Unit> BotService::stop_here() {
  stop_.request_stop();
  lease_wakeup_.notify();
  (void)co_await tasks_.join(std::chrono::seconds(10));
  (void)co_await end_term(false);
  started_ = false;
  co_return Unit{};
}

asio::awaitable<void> BotService::watch_health() {
  do {
    auto since = fleet_ ? fleet_->feed_failing_since() : std::nullopt;
    feed_failing_ = since && std::chrono::steady_clock::now() - *since > kFeedMayFail;
    feed_lag_ = fleet_ ? fleet_->feed_lag() : 0;
  } while (co_await stop_.sleep(kHealthEvery));
}

std::optional<std::string> BotService::health() const {
  if (!working_ && !standing_by_) return "the fleet is not running";
  if (feed_failing_) return "the feed of events cannot be read for bots";
  return std::nullopt;
}

// Reading.

Task<BotPage> BotService::list(std::int64_t tenant_id, std::string search, std::int64_t from, std::int64_t limit,
                               std::string state) {
  auto look = [&](store::Connection& c) -> Result<BotPage> {
    return bots::bot_page(c, tenant_id, search, state, from, limit);
  };
  co_return co_await deps_.data.db.read(look);
}

Task<std::optional<BotView>> BotService::find(std::int64_t tenant_id, BotKey bot) {
  auto look = [&](store::Connection& c) -> Result<std::optional<BotView>> {
    auto view = bots::bot_view(c, bot);
    if (view && view->bot.tenant_id != tenant_id) view.reset();
    return view;
  };
  co_return co_await deps_.data.db.read(look);
}

Task<BotView> BotService::get(std::int64_t tenant_id, std::string bot_id) {
  auto look = [&](store::Connection& c) { return there(bots::bot_view(c, tenant_id, bot_id), bot_id); };
  co_return co_await deps_.data.db.read(look);
}

Task<Bot> BotService::row_of(std::int64_t tenant_id, std::string bot_id) {
  auto look = [&](store::Connection& c) { return there(bots::bot_by_id(c, tenant_id, bot_id), bot_id); };
  co_return co_await deps_.data.db.read(look);
}

Task<HistoryPage> BotService::history(std::int64_t tenant_id, std::string bot_id, std::string search, std::int64_t from,
                                      std::int64_t limit) {
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<HistoryPage> {
    return bots::history_page(c, tenant_id, bot.id, search, from, limit);
  };
  co_return co_await deps_.data.db.read(look);
}

Task<TurnRecord> BotService::turn_record(std::int64_t tenant_id, std::string bot_id, std::string event_id) {
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<bots::RecordRow> {
    auto found = bots::find_record(c, bot.id, event_id);
    if (!found) return Error(Errc::not_found, "Nothing is kept of how this message was answered.");
    return *std::move(found);
  };
  CO_TRY(auto row, co_await deps_.data.db.read(look));
  CO_TRY(const auto opened, deps_.data.sealing_key.open(row.sealed));
  CO_TRY(const auto json, matrix::parse_json(opened));
  co_return TurnRecord{.event_id = std::move(row.event_id),
                       .at_ms = row.at_ms,
                       .config_version = row.config_version,
                       .record = json.as_object()};
}

Task<std::vector<matrix::RoomSummary>> BotService::rooms(std::int64_t tenant_id, std::string bot_id) {
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<std::vector<RoomRow>> { return bots::rooms_of(c, bot.id); };
  CO_TRY(auto rows, co_await deps_.data.db.read(look));
  std::vector<matrix::RoomSummary> found;
  for (const auto& row : rows) {
    auto room = co_await deps_.server.rooms.room(row.room_id);
    if (!room && room.error().code() == Errc::not_found) continue;
    CO_TRY(auto summary, std::move(room));
    found.push_back(std::move(summary));
  }
  co_return found;
}

Task<Unit> BotService::check_invite(BotView view, std::string inviter, std::string room_id) {
  auto config = view.bot.brain_config;
  CO_TRY(auto common, brains::common_config(config));
  const auto most = common.conduct.max_rooms;
  CO_TRY(const bool welcome,
         co_await turns::is_welcome(deps_.data.principals, deps_.server.accounts.server_name(), view.bot.tenant_id,
                                    std::move(common.conduct), inviter, std::move(room_id)));
  if (!welcome) {
    co_return Error(Errc::forbidden, "Bot " + view.bot.bot_id + " takes no invites from " + inviter +
                                         ": its setting invites.from does not name them.");
  }
  if (view.rooms >= most) {
    co_return Error(Errc::conflict, "Bot " + view.bot.bot_id + " is in as many rooms as it may be.");
  }
  co_return Unit{};
}

Task<BotCounts> BotService::counts(std::int64_t tenant_id) {
  auto look = [&](store::Connection& c) -> Result<BotCounts> { return bots::bot_counts(c, tenant_id); };
  co_return co_await deps_.data.db.read(look);
}

Task<std::int64_t> BotService::last_change() {
  auto look = [](store::Connection& c) -> Result<std::int64_t> { return bots::last_history(c); };
  co_return co_await deps_.data.db.read(look);
}

Task<std::vector<LiveChange>> BotService::changes_after(std::int64_t tenant_id, std::int64_t after,
                                                        std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<LiveChange>> {
    std::vector<LiveChange> changes;
    for (auto& row : bots::history_after(c, tenant_id, after, limit)) {
      auto view = bots::bot_view(c, row.bot);
      changes.push_back({std::move(row), std::move(view)});
    }
    return changes;
  };
  co_return co_await deps_.data.db.read(look);
}

Task<LogPage> BotService::logs(std::int64_t tenant_id, std::string bot_id, LogQuery query) {
  // What waits in memory is written first, so that nobody misses the line that explains what just happened.
  if (working_) {
    auto flush = [](BotService& self) -> Task<Unit> {
      if (auto fleet = self.fleet_) co_return co_await fleet->log().flush();
      co_return Unit{};
    };
    CO_TRY(co_await at_home(flush(*this)));
  }
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<LogPage> { return bots::log_page(c, bot.id, query); };
  co_return co_await deps_.data.db.read(look);
}

Task<std::vector<UsageHour>> BotService::usage(std::int64_t tenant_id, std::string bot_id, std::int64_t hours) {
  constexpr std::int64_t kHourMs = 3'600'000;
  auto since = deps_.process.clock.unix_ms() - (std::clamp<std::int64_t>(hours, 1, 2'160) - 1) * kHourMs;
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<std::vector<UsageHour>> {
    return bots::usage_since(c, bot.id, since);
  };
  co_return co_await deps_.data.db.read(look);
}

// Writing.

Task<MadeBot> BotService::create(std::int64_t tenant_id, NewBot wanted, Actor actor) {
  co_return co_await at_home(create_here(tenant_id, std::move(wanted), std::move(actor)));
}
Task<MadeBot> BotService::change(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor) {
  co_return co_await at_home(change_here(tenant_id, std::move(bot_id), std::move(patch), std::move(actor)));
}
Task<BotView> BotService::start(std::int64_t tenant_id, std::string bot_id, Actor actor, bool fresh) {
  DesiredChange change{.event = "want_start", .desired = DesiredState::running, .cause = "started by " + actor.label};
  change.actor = std::move(actor);
  change.fresh = fresh;
  CO_TRY(co_await at_home(change_desired(tenant_id, bot_id, std::move(change))));
  co_return co_await get(tenant_id, std::move(bot_id));
}
Task<BotView> BotService::stop(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  DesiredChange change{.event = "want_stop", .desired = DesiredState::stopped, .cause = "stopped by " + actor.label};
  change.actor = std::move(actor);
  CO_TRY(co_await at_home(change_desired(tenant_id, bot_id, std::move(change))));
  co_return co_await get(tenant_id, std::move(bot_id));
}
Task<BotView> BotService::restart(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  DesiredChange change{
      .event = "want_restart", .desired = DesiredState::running, .cause = "restarted by " + actor.label};
  change.actor = std::move(actor);
  CO_TRY(co_await at_home(change_desired(tenant_id, bot_id, std::move(change))));
  co_return co_await get(tenant_id, std::move(bot_id));
}
Task<Unit> BotService::remove(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  DesiredChange change{.event = "want_delete", .desired = DesiredState::deleted, .cause = "deleted by " + actor.label};
  change.actor = std::move(actor);
  co_return co_await at_home(change_desired(tenant_id, std::move(bot_id), std::move(change)));
}

Task<MadeBot> BotService::create_here(std::int64_t tenant_id, NewBot wanted, Actor actor) {
  auto password = wanted.password;
  bool given = wanted.user_id.has_value();
  CO_TRY(auto draft, editor_.draft(tenant_id, std::move(wanted), actor));
  auto& row = draft.row;
  auto free = [&](store::Connection& c) -> Result<bool> {
    if (bots::bot_by_id(c, tenant_id, row.bot_id)) {
      return base::field_error("/bot_id", "Bot with id " + row.bot_id + " already exists", Errc::conflict);
    }
    if (bots::user_is_bot(c, row.user_id)) {
      return base::field_error("/bot_id", "The account " + row.user_id + " belongs to another bot.", Errc::conflict);
    }
    return bots::any_bot(c);
  };
  CO_TRY(auto others, co_await deps_.data.db.read(free));
  // The account first: without one there is no bot. Killed in between, the same request finds the account and goes on.
  CO_TRY(row.owns_account, co_await editor_.obtain_account(row, password, given, actor.address));
  // What was written before the first bot concerns none: a start after a kill must not go back there.
  StreamPos decided = fleet_ ? fleet_->decided() : others ? 0 : deps_.server.feed.head();
  auto now = deps_.process.clock.unix_ms();
  auto insert = [&](store::Tx& tx) -> Result<std::int64_t> {
    TRY(free(tx));
    if (decided > 0) host::advance_cursor(tx, turns::kFeedCursor, decided);
    row.id = bots::next_id(tx, "bot");
    bots::insert_bot(tx, row);
    return bots::insert_history(tx, row, {"created", row.observed, row.observed, "made", actor.label, now});
  };
  CO_TRY(auto history, co_await deps_.data.db.write(insert));
  if (fleet_) fleet_->add(row);
  deps_.data.bus.ring(bus::Topic::bots, history);
  MadeBot made;
  made.bot.bot = std::move(row);
  made.generated_secret = std::move(draft.generated_secret);
  co_return made;
}

Task<MadeBot> BotService::change_here(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor) {
  CO_TRY(auto before, co_await row_of(tenant_id, bot_id));
  CO_TRY(auto draft, editor_.patch(before, std::move(patch), actor));
  auto& row = draft.row;
  if (deps_.tasks.kinds.of(row.brain_kind).has_brain() && is_up(before.observed)) {
    brains::CommonConfig common;
    CO_TRY(brain_maker_.make(row, common));  // refused before anything is changed
  }
  if (row.display_name != before.display_name) {
    CO_TRY(co_await deps_.server.accounts.set_display_name(row.user_id, row.display_name));
  }
  auto now = deps_.process.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    auto present = bots::bot_by_key(tx, row.id);
    if (!present) return no_such_bot(bot_id);
    const bool other = other_config(*present, row);
    row.config_version = present->config_version + (other ? 1 : 0);
    bots::update_bot(tx, row);
    if (other_brain(before, row)) bots::forget_trouble(tx, row.id);
    const auto cause = other ? "changed: version " + std::to_string(row.config_version) : std::string("changed");
    return bots::insert_history(tx, row, {"changed", present->observed, present->observed, cause, actor.label, now});
  };
  CO_TRY(auto history, co_await deps_.data.db.write(write));
  deps_.data.bus.ring(bus::Topic::bots, history);
  if (auto fleet = fleet_) CO_TRY(co_await fleet->changed(row, actor));
  CO_TRY(auto view, co_await get(tenant_id, std::move(bot_id)));
  co_return MadeBot{.bot = std::move(view), .generated_secret = std::move(draft.generated_secret)};
}

Task<Unit> BotService::change_desired(std::int64_t tenant_id, std::string bot_id, DesiredChange change) {
  CO_TRY(auto row, co_await row_of(tenant_id, bot_id));
  if (change.fresh) CO_TRY(co_await begin_afresh(row.id));
  if (auto fleet = fleet_) {
    auto live = fleet->find(row.id);
    if (!live) co_return no_such_bot(bot_id);  // being made, or being deleted
    if (change.desired != DesiredState::running) co_return co_await carry_out_soon(fleet, live, change);
    co_return co_await carry_out(fleet, live, change);
  }
  if (!started_) co_return co_await carry_out_offline(std::move(row), change);
  CO_TRY(auto noted, co_await note(row.id, change, true));
  co_return co_await wait_for_holder(row.id, change, noted);
}

Task<Unit> BotService::begin_afresh(BotKey id) {
  constexpr std::int64_t kAtOnce = 1'000;
  auto forget = [&](store::Tx& tx) -> Result<std::int64_t> { return turns::forget_away(tx, id, kAtOnce); };
  for (std::int64_t forgotten = kAtOnce; forgotten == kAtOnce;) {
    CO_TRY(forgotten, co_await deps_.data.db.write(forget));
  }
  co_return Unit{};
}

Task<Unit> BotService::carry_out(FleetPtr fleet, term::LiveBotPtr bot, DesiredChange change) {
  auto& reconciler = fleet->reconciler();
  if (change.event == "want_restart") co_return co_await fleet->restart(bot, change.actor, change.cause);
  if (change.desired == DesiredState::running) co_return co_await reconciler.start(bot, change.actor, change.cause);
  if (change.desired == DesiredState::stopped) co_return co_await reconciler.stop(bot, change.actor, change.cause);
  co_return co_await reconciler.remove(bot, change.actor);
}

Task<Unit> BotService::carry_out_soon(FleetPtr fleet, term::LiveBotPtr bot, DesiredChange change) {
  struct Carried {
    asio::steady_timer done;
    std::optional<Result<Unit>> outcome = {};
  };
  auto carried = std::make_shared<Carried>(asio::steady_timer(deps_.process.home, deps_.limits.request_patience));
  auto work = [](BotService& self, FleetPtr of, term::LiveBotPtr which, DesiredChange what,
                 std::shared_ptr<Carried> into) -> asio::awaitable<void> {
    try {
      into->outcome = co_await self.carry_out(of, std::move(which), std::move(what));
    } catch (const std::exception& e) {
      into->outcome = Error(Errc::internal, "The bot could not be changed.", e.what());
    }
    into->done.cancel();
  };
  fleet->term().tasks.spawn("desired change", work(*this, fleet, bot, change, carried));
  for (;;) {
    co_await carried->done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (carried->outcome) co_return *std::move(carried->outcome);
    // Written down: the fleet goes on with it. Until then nobody may be told so.
    if (bot->row.desired == change.desired || bot->row.desired == DesiredState::deleted) co_return Unit{};
    carried->done.expires_after(std::chrono::milliseconds(10));
  }
}

Task<Unit> BotService::carry_out_offline(Bot row, DesiredChange change) {
  if (change.desired == DesiredState::running) {
    if (deps_.tasks.kinds.of(row.brain_kind).has_brain()) {
      brains::CommonConfig common;
      CO_TRY(brain_maker_.make(row, common));
    }
    CO_TRY(co_await note(row.id, change, false));
    co_return Unit{};
  }
  // Nothing of it can be under way but a program, which the next start finds and ends.
  auto rows_only = std::make_shared<Fleet>(deps_, std::make_unique<const term::Holding>());
  rows_only->add(row);
  auto done = co_await carry_out(rows_only, rows_only->find(row.id), change);
  (void)co_await rows_only->log().flush();
  (void)co_await rows_only->end(false);
  co_return done;
}

Task<std::int64_t> BotService::note(BotKey id, DesiredChange change, bool for_holder) {
  auto now = deps_.process.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    auto row = bots::bot_by_key(tx, id);
    if (!row) return Error(Errc::not_found, "This bot has been deleted.");
    if (row->desired == DesiredState::deleted && change.desired != DesiredState::deleted) {
      return Error(Errc::conflict, "Bot " + row->bot_id + " is being deleted.");
    }
    bots::update_desired(tx, id, change.desired, now);
    bots::HistoryLine line{change.event, row->observed, row->observed, change.cause, change.actor.label, now};
    if (!for_holder) line.event = "start", line.cause = "noted while the server was not running";
    return bots::insert_history(tx, *row, line);
  };
  CO_TRY(auto noted, co_await deps_.data.db.write(write));
  deps_.data.bus.ring(bus::Topic::bots, noted);
  co_return noted;
}

Task<Unit> BotService::wait_for_holder(BotKey id, DesiredChange change, std::int64_t noted) {
  struct Seen {
    std::optional<bots::States> states;
    std::int64_t newest = 0;
  };
  auto until = std::chrono::steady_clock::now() + kHolderPatience;
  while (std::chrono::steady_clock::now() < until) {
    auto look = [&](store::Connection& c) -> Result<Seen> {
      return Seen{.states = bots::states_of(c, id), .newest = bots::newest_history(c, id)};
    };
    CO_TRY(auto seen, co_await deps_.data.db.read(look));
    if (!seen.states) co_return Unit{};  // deleted
    auto observed = seen.states->observed;
    bool moved = seen.newest > noted;
    bool settled = is_up(observed) || is_at_rest(observed);
    bool there = change.event == "want_start" && is_up(observed);
    if (change.desired == DesiredState::stopped && is_at_rest(observed)) there = true;
    if (change.desired != DesiredState::deleted && (there || (moved && settled && change.event != "want_restart"))) {
      co_return Unit{};
    }
    if (change.event == "want_restart" && moved && settled && observed != BotState::stopped) co_return Unit{};
    if (!co_await stop_.sleep(std::chrono::milliseconds(50))) break;
  }
  // It is written down: whoever holds the fleet next does it.
  co_return Unit{};
}

}  // namespace troupe::fleet::service
