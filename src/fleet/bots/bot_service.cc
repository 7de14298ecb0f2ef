#include "fleet/bots/bot_service.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/field_errors.h"
#include "base/log.h"
#include "fleet/bots/bot_store.h"
#include "fleet/bots/log_store.h"
#include "fleet/turns/invites.h"
#include "fleet/turns/turn_store.h"
#include "host/lease.h"

namespace troupe::fleet {
namespace {

constexpr std::chrono::milliseconds kHealthEvery{1'000};
constexpr std::chrono::seconds kFeedMayFail{30};
constexpr std::chrono::milliseconds kLookAtLease{500};
constexpr std::chrono::milliseconds kHolderPatience{10'000};

Error no_such_bot(std::string_view bot_id) {
  return Error(Errc::not_found, "Bot with id " + std::string(bot_id.substr(0, 64)) + " does not exist.");
}

}  // namespace

BotService::BotService(Deps deps)
    : deps_(std::move(deps)), tasks_(deps_.home), naps_(deps_.home), lease_bell_(deps_.home) {
  deps_.metrics.gauge_callback("troupe_fleet_feed_lag_positions", "How far the bots' feed is behind the head.",
                               [this] { return static_cast<double>(feed_lag_.load()); });
  if (deps_.lease != nullptr) {
    deps_.lease->on_change([ring = lease_bell_.ringer()](std::optional<std::int64_t>) { ring(); });
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
  auto deps = deps_;
  if (epoch) {
    deps.holds = [lease = deps_.lease, epoch = *epoch](store::Tx& tx) { return lease->check(tx, epoch); };
  }
  auto fleet = std::make_shared<Fleet>(std::move(deps));
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
  if (fleet->shared().tasks.size() > 0) late_.push_back(std::move(fleet));
  co_return Unit{};
}

asio::awaitable<void> BotService::follow_lease() {
  while (!naps_.ended()) {
    auto held = deps_.lease->held();
    if (fleet_ && held != epoch_) {
      base::log_warning("fleet", deps_.lease->loss() == host::LeaseLoss::overdue
                                     ? "The database did not answer in time, so another process may take the bots; the "
                                       "work here has ended until it answers."
                                     : "Another process holds the bots now; the work here has ended.");
      (void)co_await end_term(true);
      standing_by_ = true;
    }
    if (!fleet_ && held && !naps_.ended()) {
      base::log_info("fleet", "This process holds the bots now.", {{"epoch", *held}});
      if (auto begun = co_await begin_term(held); !begun) {
        base::log_error("fleet", "The bots' work could not begin; trying again.",
                        {{"reason", begun.error().message() + " " + begun.error().detail()}});
        if (!co_await naps_.sleep(std::chrono::seconds(1))) break;
        continue;
      }
    }
    (void)co_await lease_bell_.wait(kLookAtLease);
  }
}

Task<Unit> BotService::stop_here() {
  naps_.end();
  lease_bell_.ring();
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
  } while (co_await naps_.sleep(kHealthEvery));
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
    return bot_page(c, tenant_id, search, state, from, limit);
  };
  co_return co_await deps_.db.read(look);
}

Task<std::optional<BotView>> BotService::find(std::int64_t tenant_id, BotKey bot) {
  auto look = [&](store::Connection& c) -> Result<std::optional<BotView>> {
    auto view = bot_view(c, bot);
    if (view && view->bot.tenant_id != tenant_id) view.reset();
    return view;
  };
  co_return co_await deps_.db.read(look);
}

Task<BotView> BotService::get(std::int64_t tenant_id, std::string bot_id) {
  auto look = [&](store::Connection& c) -> Result<BotView> {
    auto view = bot_view(c, tenant_id, bot_id);
    if (!view) return no_such_bot(bot_id);
    return *std::move(view);
  };
  co_return co_await deps_.db.read(look);
}

Task<Bot> BotService::row_of(std::int64_t tenant_id, std::string bot_id) {
  auto look = [&](store::Connection& c) -> Result<Bot> {
    auto bot = bot_by_id(c, tenant_id, bot_id);
    if (!bot) return no_such_bot(bot_id);
    return *std::move(bot);
  };
  co_return co_await deps_.db.read(look);
}

Task<HistoryPage> BotService::history(std::int64_t tenant_id, std::string bot_id, std::string search, std::int64_t from,
                                      std::int64_t limit) {
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<HistoryPage> {
    return history_page(c, tenant_id, bot.id, search, from, limit);
  };
  co_return co_await deps_.db.read(look);
}

Task<std::vector<matrix::RoomSummary>> BotService::rooms(std::int64_t tenant_id, std::string bot_id) {
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<std::vector<RoomRow>> { return rooms_of(c, bot.id); };
  CO_TRY(auto rows, co_await deps_.db.read(look));
  std::vector<matrix::RoomSummary> found;
  for (const auto& row : rows) {
    auto room = co_await deps_.homeserver.room(row.room_id);
    if (!room && room.error().code() == Errc::not_found) continue;
    CO_TRY(auto summary, std::move(room));
    found.push_back(std::move(summary));
  }
  co_return found;
}

Task<Unit> BotService::check_invite(BotView view, std::string inviter, std::string room_id) {
  auto config = view.bot.brain_config;
  CO_TRY(auto common, common_config(config));
  const auto most = common.conduct.max_rooms;
  CO_TRY(const bool welcome,
         co_await is_welcome(deps_, view.bot.tenant_id, std::move(common.conduct), inviter, std::move(room_id)));
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
  auto look = [&](store::Connection& c) -> Result<BotCounts> { return bot_counts(c, tenant_id); };
  co_return co_await deps_.db.read(look);
}

Task<std::int64_t> BotService::last_change() {
  auto look = [](store::Connection& c) -> Result<std::int64_t> { return last_history(c); };
  co_return co_await deps_.db.read(look);
}

Task<std::vector<LiveChange>> BotService::changes_after(std::int64_t tenant_id, std::int64_t after,
                                                        std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<LiveChange>> {
    std::vector<LiveChange> changes;
    for (auto& row : history_after(c, tenant_id, after, limit)) {
      auto view = bot_view(c, row.bot);
      changes.push_back({std::move(row), std::move(view)});
    }
    return changes;
  };
  co_return co_await deps_.db.read(look);
}

Task<LogPage> BotService::logs(std::int64_t tenant_id, std::string bot_id, LogQuery query) {
  // What waits in memory is written first, so that nobody misses the line that explains what just happened.
  if (working_) {
    auto flush = [](BotService& self) -> Task<Unit> {
      if (auto fleet = self.fleet_) co_return co_await fleet->shared().log.flush();
      co_return Unit{};
    };
    CO_TRY(co_await at_home(flush(*this)));
  }
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<LogPage> { return log_page(c, bot.id, query); };
  co_return co_await deps_.db.read(look);
}

Task<std::vector<UsageHour>> BotService::usage(std::int64_t tenant_id, std::string bot_id, std::int64_t hours) {
  constexpr std::int64_t kHourMs = 3'600'000;
  auto since = deps_.clock.unix_ms() - (std::clamp<std::int64_t>(hours, 1, 2'160) - 1) * kHourMs;
  CO_TRY(auto bot, co_await row_of(tenant_id, std::move(bot_id)));
  auto look = [&](store::Connection& c) -> Result<std::vector<UsageHour>> { return usage_since(c, bot.id, since); };
  co_return co_await deps_.db.read(look);
}

// Writing.

Task<MadeBot> BotService::create(std::int64_t tenant_id, NewBot wanted, Actor actor) {
  co_return co_await at_home(create_here(tenant_id, std::move(wanted), std::move(actor)));
}
Task<MadeBot> BotService::change(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor) {
  co_return co_await at_home(change_here(tenant_id, std::move(bot_id), std::move(patch), std::move(actor)));
}
Task<BotView> BotService::start(std::int64_t tenant_id, std::string bot_id, Actor actor, bool fresh) {
  Wish wish{.event = "want_start", .desired = DesiredState::running, .cause = "started by " + actor.label};
  wish.actor = std::move(actor);
  wish.fresh = fresh;
  CO_TRY(co_await at_home(wish_here(tenant_id, bot_id, std::move(wish))));
  co_return co_await get(tenant_id, std::move(bot_id));
}
Task<BotView> BotService::stop(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  Wish wish{.event = "want_stop", .desired = DesiredState::stopped, .cause = "stopped by " + actor.label};
  wish.actor = std::move(actor);
  CO_TRY(co_await at_home(wish_here(tenant_id, bot_id, std::move(wish))));
  co_return co_await get(tenant_id, std::move(bot_id));
}
Task<BotView> BotService::restart(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  Wish wish{.event = "want_restart", .desired = DesiredState::running, .cause = "restarted by " + actor.label};
  wish.actor = std::move(actor);
  CO_TRY(co_await at_home(wish_here(tenant_id, bot_id, std::move(wish))));
  co_return co_await get(tenant_id, std::move(bot_id));
}
Task<Unit> BotService::remove(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  Wish wish{.event = "want_delete", .desired = DesiredState::deleted, .cause = "deleted by " + actor.label};
  wish.actor = std::move(actor);
  co_return co_await at_home(wish_here(tenant_id, std::move(bot_id), std::move(wish)));
}

Task<MadeBot> BotService::create_here(std::int64_t tenant_id, NewBot wanted, Actor actor) {
  auto password = wanted.password;
  bool given = wanted.user_id.has_value();
  CO_TRY(auto draft, draft_bot(deps_, tenant_id, std::move(wanted), actor));
  auto& row = draft.row;
  auto free = [&](store::Connection& c) -> Result<bool> {
    if (bot_by_id(c, tenant_id, row.bot_id)) {
      return base::field_error("/bot_id", "Bot with id " + row.bot_id + " already exists", Errc::conflict);
    }
    if (user_is_bot(c, row.user_id)) {
      return base::field_error("/bot_id", "The account " + row.user_id + " belongs to another bot.", Errc::conflict);
    }
    return any_bot(c);
  };
  CO_TRY(auto others, co_await deps_.db.read(free));
  // The account first: without one there is no bot. Killed in between, the same request finds the account and goes on.
  CO_TRY(row.owns_account, co_await obtain_account(deps_, row, password, given, actor.address));
  // What was written before the first bot concerns none: a start after a kill must not go back there.
  StreamPos decided = fleet_ ? fleet_->decided() : others ? 0 : deps_.homeserver.head();
  auto now = deps_.clock.unix_ms();
  auto insert = [&](store::Tx& tx) -> Result<std::int64_t> {
    TRY(free(tx));
    if (decided > 0) store_cursor(tx, kFeedCursor, decided);
    row.id = next_id(tx, "bot");
    insert_bot(tx, row);
    return insert_history(tx, row, "created", row.observed, row.observed, "made", actor.label, now);
  };
  CO_TRY(auto history, co_await deps_.db.write(insert));
  if (fleet_) fleet_->add(row);
  deps_.bus.ring(bus::Topic::bots, history);
  MadeBot made;
  made.bot.bot = std::move(row);
  made.generated_secret = std::move(draft.generated_secret);
  co_return made;
}

Task<MadeBot> BotService::change_here(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor) {
  CO_TRY(auto before, co_await row_of(tenant_id, bot_id));
  CO_TRY(auto draft, patch_bot(deps_, before, std::move(patch), actor));
  auto& row = draft.row;
  if (deps_.kinds.of(row.brain_kind).has_brain() && is_up(before.observed)) {
    CommonConfig common;
    CO_TRY(make_brain(deps_, row, common));  // refused before anything is changed
  }
  if (row.display_name != before.display_name) {
    CO_TRY(co_await deps_.homeserver.set_display_name(row.user_id, row.display_name));
  }
  auto now = deps_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    auto present = bot_by_key(tx, row.id);
    if (!present) return no_such_bot(bot_id);
    update_bot(tx, row);
    if (other_brain(before, row)) forget_trouble(tx, row.id);
    return insert_history(tx, row, "changed", present->observed, present->observed, "changed", actor.label, now);
  };
  CO_TRY(auto history, co_await deps_.db.write(write));
  deps_.bus.ring(bus::Topic::bots, history);
  if (auto fleet = fleet_) {
    CO_TRY(co_await fleet->changed(row, actor));
  }
  CO_TRY(auto view, co_await get(tenant_id, std::move(bot_id)));
  co_return MadeBot{.bot = std::move(view), .generated_secret = std::move(draft.generated_secret)};
}

Task<Unit> BotService::wish_here(std::int64_t tenant_id, std::string bot_id, Wish wish) {
  CO_TRY(auto row, co_await row_of(tenant_id, bot_id));
  if (wish.fresh) {
    CO_TRY(co_await begin_afresh(row.id));
  }
  if (auto fleet = fleet_) {
    auto live = fleet->find(row.id);
    if (!live) co_return no_such_bot(bot_id);  // being made, or being deleted
    if (wish.desired != DesiredState::running) co_return co_await carry_out_soon(fleet, live, wish);
    co_return co_await carry_out(fleet, live, wish);
  }
  if (!started_) co_return co_await carry_out_offline(std::move(row), wish);
  CO_TRY(auto noted, co_await note(row.id, wish, true));
  co_return co_await wait_for_holder(row.id, wish, noted);
}

Task<Unit> BotService::begin_afresh(BotKey id) {
  constexpr std::int64_t kAtOnce = 1'000;
  auto forget = [&](store::Tx& tx) -> Result<std::int64_t> { return forget_away(tx, id, kAtOnce); };
  for (std::int64_t forgotten = kAtOnce; forgotten == kAtOnce;) {
    CO_TRY(forgotten, co_await deps_.db.write(forget));
  }
  co_return Unit{};
}

Task<Unit> BotService::carry_out(FleetPtr fleet, LiveBotPtr bot, Wish wish) {
  auto& reconciler = fleet->reconciler();
  if (wish.event == "want_restart") co_return co_await fleet->restart(bot, wish.actor, wish.cause);
  if (wish.desired == DesiredState::running) co_return co_await reconciler.start(bot, wish.actor, wish.cause);
  if (wish.desired == DesiredState::stopped) co_return co_await reconciler.stop(bot, wish.actor, wish.cause);
  co_return co_await reconciler.remove(bot, wish.actor);
}

Task<Unit> BotService::carry_out_soon(FleetPtr fleet, LiveBotPtr bot, Wish wish) {
  struct Carried {
    explicit Carried(const asio::any_io_executor& executor, std::chrono::milliseconds patience)
        : done(executor, patience) {}
    std::optional<Result<Unit>> outcome;
    asio::steady_timer done;
  };
  auto carried = std::make_shared<Carried>(deps_.home, deps_.limits.wish_patience);
  auto work = [](BotService& self, FleetPtr of, LiveBotPtr which, Wish what,
                 std::shared_ptr<Carried> into) -> asio::awaitable<void> {
    into->outcome = co_await self.carry_out(of, std::move(which), std::move(what));
    into->done.cancel();
  };
  fleet->shared().tasks.spawn("wish", work(*this, fleet, std::move(bot), std::move(wish), carried));
  co_await carried->done.async_wait(asio::as_tuple(asio::use_awaitable));
  if (carried->outcome) co_return *std::move(carried->outcome);
  co_return Unit{};  // written down: the fleet goes on with it
}

Task<Unit> BotService::carry_out_offline(Bot row, Wish wish) {
  if (wish.desired == DesiredState::running) {
    if (deps_.kinds.of(row.brain_kind).has_brain()) {
      CommonConfig common;
      CO_TRY(make_brain(deps_, row, common));
    }
    CO_TRY(co_await note(row.id, wish, false));
    co_return Unit{};
  }
  // Nothing of it can be under way but a program, which the next start finds and ends.
  auto rows_only = std::make_shared<Fleet>(deps_);
  rows_only->add(row);
  auto done = co_await carry_out(rows_only, rows_only->find(row.id), wish);
  (void)co_await rows_only->shared().log.flush();
  (void)co_await rows_only->end(false);
  co_return done;
}

Task<std::int64_t> BotService::note(BotKey id, Wish wish, bool for_holder) {
  auto now = deps_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    auto row = bot_by_key(tx, id);
    if (!row) return Error(Errc::not_found, "This bot has been deleted.");
    if (row->desired == DesiredState::deleted && wish.desired != DesiredState::deleted) {
      return Error(Errc::conflict, "Bot " + row->bot_id + " is being deleted.");
    }
    update_desired(tx, id, wish.desired, now);
    return insert_history(tx, *row, for_holder ? wish.event : "start", row->observed, row->observed,
                          for_holder ? std::string_view(wish.cause) : "noted while the server was not running",
                          wish.actor.label, now);
  };
  CO_TRY(auto noted, co_await deps_.db.write(write));
  deps_.bus.ring(bus::Topic::bots, noted);
  co_return noted;
}

Task<Unit> BotService::wait_for_holder(BotKey id, Wish wish, std::int64_t noted) {
  struct Seen {
    std::optional<States> states;
    std::int64_t newest = 0;
  };
  auto until = std::chrono::steady_clock::now() + kHolderPatience;
  while (std::chrono::steady_clock::now() < until) {
    auto look = [&](store::Connection& c) -> Result<Seen> {
      return Seen{.states = states_of(c, id), .newest = newest_history(c, id)};
    };
    CO_TRY(auto seen, co_await deps_.db.read(look));
    if (!seen.states) co_return Unit{};  // deleted
    auto observed = seen.states->observed;
    bool moved = seen.newest > noted;
    bool settled = is_up(observed) || is_at_rest(observed);
    bool there = wish.event == "want_start" && is_up(observed);
    if (wish.desired == DesiredState::stopped && is_at_rest(observed)) there = true;
    if (wish.desired != DesiredState::deleted && (there || (moved && settled && wish.event != "want_restart"))) {
      co_return Unit{};
    }
    if (wish.event == "want_restart" && moved && settled && observed != BotState::stopped) co_return Unit{};
    if (!co_await naps_.sleep(std::chrono::milliseconds(50))) break;
  }
  // It is written down: whoever holds the fleet next does it.
  co_return Unit{};
}

}  // namespace troupe::fleet
