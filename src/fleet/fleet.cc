#include "fleet/fleet.h"

#include "base/log.h"
#include "fleet/bots/log_store.h"
#include "fleet/turns/session_store.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet {
namespace {

constexpr std::chrono::milliseconds kPruneEvery = std::chrono::minutes(10);
constexpr std::chrono::milliseconds kTurnsKept = std::chrono::hours(24 * 30);
constexpr std::chrono::milliseconds kSessionsKept = std::chrono::hours(24 * 180);
constexpr std::chrono::milliseconds kHistoryKept = std::chrono::hours(24 * 180);
constexpr std::chrono::milliseconds kUsageKept = std::chrono::hours(24 * 400);
constexpr std::int64_t kAtOnce = 1'000;
/// The bell is enough; this bounds what a lost ring would cost.
constexpr std::chrono::milliseconds kLookAnyway{2'000};

}  // namespace

Fleet::Fleet(Deps deps)
    : shared_(std::move(deps)),
      roster_(shared_.deps.kinds, shared_.deps.home),
      runner_(shared_, roster_),
      transitions_(shared_, roster_),
      invites_(shared_, roster_),
      brain_launcher_(shared_, roster_),
      tasks_(shared_, roster_, brain_launcher_),
      feed_(
          shared_, roster_, runner_,
          [this](const LiveBotPtr& bot, std::string room_id, std::string inviter) {
            invites_.look_at(bot, std::move(room_id), std::move(inviter));
          },
          [this](std::string room_id) { invites_.maybe_empty(std::move(room_id)); }),
      reconciler_(shared_, roster_, runner_, transitions_, invites_, tasks_, feed_),
      outbox_(shared_),
      scheduler_(shared_, outbox_),
      requests_bell_(shared_.deps.home) {
  shared_.on_turn = [this](BotKey bot, TurnState state, std::string_view detail) {
    reconciler_.turn_ended(bot, state, detail);
  };
}

void Fleet::run_brains_here() {
  if (shared_.deps.in_process == nullptr) return;
  static constexpr auto run = [](std::weak_ptr<Fleet> term, runtime::InProcessTaskPtr task) -> Task<std::int64_t> {
    auto fleet = term.lock();  // kept while the task runs
    if (!fleet) co_return Error(Errc::unavailable, "The fleet is stopping here.");
    co_return co_await fleet->brain_launcher_.run(std::move(task));
  };
  auto of_this_term = [term = weak_from_this()](runtime::InProcessTaskPtr task) { return run(term, std::move(task)); };
  shared_.deps.in_process->set_kind(std::string(kBrainTask), std::move(of_this_term), shared_.deps.home);
}

StreamPos Fleet::decided() const { return roster_.empty() ? shared_.deps.homeserver.head() : feed_.decided(); }

Task<Unit> Fleet::begin() {
  struct Left {
    std::vector<Bot> bots;
    std::vector<RoomRow> rooms;
    std::vector<Turn> open;
    std::optional<StreamPos> cursor;
    std::int64_t last_log = 0;
    std::int64_t last_history = 0;
  };
  auto clean = [](store::Tx& tx) -> Result<Unit> {
    delete_orphans(tx);
    return Unit{};
  };
  CO_TRY(co_await shared_.write(clean));
  if (shared_.deps.lease != nullptr) {
    requests_ = shared_.deps.bus.on_ring(bus::Topic::bots, [ring = requests_bell_.ringer()](StreamPos) { ring(); });
  }
  auto look = [](store::Connection& c) -> Result<Left> {
    return Left{.bots = all_bots(c),
                .rooms = all_rooms(c),
                .open = open_turns(c),
                .cursor = load_cursor(c, kFeedCursor),
                .last_log = last_log(c),
                .last_history = last_history(c)};
  };
  CO_TRY(auto left, co_await shared_.deps.db.read(look));
  run_brains_here();
  for (auto& bot : left.bots) roster_.add(std::move(bot));
  for (const auto& row : left.rooms) roster_.join(row);
  shared_.log.begin_after(left.last_log);
  requests_seen_ = left.last_history;
  auto head = shared_.deps.homeserver.head();
  auto cursor = left.cursor.value_or(head);
  if (!left.cursor) {
    auto keep = [&](store::Tx& tx) -> Result<Unit> {
      store_cursor(tx, kFeedCursor, cursor);
      return Unit{};
    };
    CO_TRY(co_await shared_.write(keep));
  }
  CO_TRY(co_await reconciler_.recover());
  // A turn whose reply is stored needs nothing but to be sent; the others need their question again.
  std::vector<Turn> asked;
  for (auto& turn : left.open) {
    if (turn.state == TurnState::asked) {
      asked.push_back(std::move(turn));
      continue;
    }
    Waiting waiting;
    waiting.turn = std::move(turn);
    runner_.enqueue(std::move(waiting));
  }
  feed_.restore(cursor, std::move(asked), head);
  shared_.tasks.spawn("feed", feed_.run());
  shared_.tasks.spawn("reconcile", reconciler_.run());
  shared_.tasks.spawn("log", shared_.log.run(shared_.naps));
  shared_.tasks.spawn("prune", prune());
  outbox_.begin();
  scheduler_.begin();
  if (shared_.deps.lease != nullptr) shared_.tasks.spawn("requests", follow_requests());
  co_return Unit{};
}

Task<Unit> Fleet::end(bool lost) {
  // What is being sent has a moment to end; the rest is in the database.
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  auto sending = [&] {
    return std::ranges::any_of(roster_.bots(), [](const auto& entry) { return entry.second->sending > 0; });
  };
  while (!lost && !shared_.stopping() && sending() && std::chrono::steady_clock::now() < until) {
    if (!co_await shared_.naps.sleep(std::chrono::milliseconds(5))) break;
  }
  shared_.naps.end();
  runner_.drop_all();
  requests_.reset();
  feed_.wake();
  reconciler_.wake();
  shared_.log.wake();
  outbox_.wake();
  scheduler_.wake();
  requests_bell_.ring();
  (void)co_await tasks_.end(lost);
  if (!co_await shared_.tasks.join(std::chrono::seconds(10))) {
    base::log_warning("fleet", "Some tasks of the fleet did not end in time.", {{"tasks", shared_.tasks.size()}});
  }
  co_return Unit{};
}

void Fleet::add(const Bot& bot) {
  if (roster_.find(bot.id)) return;
  roster_.add(bot);
  transitions_.count_states();
  feed_.wake();
  reconciler_.look(bot.id);
}

Task<Unit> Fleet::changed(Bot row, Actor actor) {
  auto live = roster_.find(row.id);
  if (!live) co_return Unit{};
  const bool has_other_brain = other_brain(live->row, row);
  const bool other_driver = row.driver != live->row.driver;
  const bool was_up = is_up(live->row.observed);
  const auto& kind = shared_.deps.kinds.of(row.brain_kind);
  const bool reloads = kind.on_change == OnChange::reload && live->kind->on_change == OnChange::reload;
  CommonConfig common;
  std::shared_ptr<Brain> brain;
  if (has_other_brain && was_up && !other_driver && reloads && kind.has_brain()) {
    CO_TRY(brain, make_brain(shared_.deps, row, common));
  }
  const bool again = was_up && (other_driver || (has_other_brain && !reloads));
  // A task is ended as it was started.
  if (again) {
    CO_TRY(co_await reconciler_.stop(live, actor, "its settings were changed", DesiredState::running));
  }
  if (other_driver && is_at_rest(live->row.observed)) {
    // What cannot be removed now the next start finds and ends.
    if (auto left = co_await tasks_.leave(live, live->row.driver); !left) {
      base::log_warning("fleet", "What a bot's task has left with its former driver could not be removed.",
                        {{"bot", live->row.bot_id}, {"reason", left.error().message()}});
    }
  }
  // What a person changes; the states are the reconciler's.
  auto& present = live->row;
  present.display_name = row.display_name;
  present.brain_kind = row.brain_kind;
  live->kind = &kind;
  present.brain_config = row.brain_config;
  present.sealed_secrets = row.sealed_secrets;
  present.sealed_password = row.sealed_password;
  present.flowise_url = row.flowise_url;
  present.driver = row.driver;
  present.restart = row.restart;
  present.updated_ms = row.updated_ms;
  if (has_other_brain) {
    present.bad_turns = 0;
    present.check_text.clear();
  }
  auto config = present.brain_config;
  if (auto read = common_config(config)) live->common = *std::move(read);
  if (brain && is_up(present.observed)) {
    live->brain = std::move(brain);
    look_around(shared_, live);
  }
  if (again) {
    CO_TRY(co_await reconciler_.start(live, actor, "its settings were changed"));
  }
  co_return Unit{};
}

Task<Unit> Fleet::restart(LiveBotPtr bot, Actor actor, std::string cause) {
  CO_TRY(co_await reconciler_.stop(bot, actor, cause, DesiredState::running));
  co_return co_await reconciler_.start(bot, std::move(actor), std::move(cause));
}

// What other processes want.

asio::awaitable<void> Fleet::follow_requests() {
  while (!shared_.stopping()) {
    if (auto done = co_await do_requests(); !done && !shared_.stopping()) {
      base::log_warning("fleet", "What other processes want of the bots could not be read; trying again.",
                        {{"reason", done.error().message()}});
    }
    (void)co_await requests_bell_.wait(kLookAnyway);
  }
}

Task<Unit> Fleet::do_requests() {
  while (!shared_.stopping()) {
    auto look = [&](store::Connection& c) -> Result<std::vector<HistoryRow>> {
      return requests_after(c, requests_seen_, kAtOnce);
    };
    CO_TRY(auto rows, co_await shared_.deps.db.read(look));
    if (rows.empty()) co_return Unit{};
    requests_seen_ = rows.back().id;
    for (auto& row : rows) shared_.tasks.spawn("request", do_request(std::move(row)));
  }
  co_return Unit{};
}

asio::awaitable<void> Fleet::do_request(HistoryRow row) {
  auto look = [&](store::Connection& c) -> Result<std::optional<Bot>> { return bot_by_key(c, row.bot); };
  auto read = co_await shared_.deps.db.read(look);
  if (!read || !*read) co_return;  // deleted meanwhile
  Bot bot = **std::move(read);
  Actor actor{.label = row.actor};
  if (!roster_.find(bot.id)) add(bot);
  auto live = roster_.find(bot.id);
  auto outcome = Result<Unit>(Unit{});
  if (row.event == "changed") {
    outcome = co_await changed(std::move(bot), actor);
  } else if (row.event == "want_start") {
    outcome = co_await reconciler_.start(live, actor, row.cause);
  } else if (row.event == "want_stop") {
    outcome = co_await reconciler_.stop(live, actor, row.cause);
  } else if (row.event == "want_restart") {
    outcome = co_await restart(live, actor, row.cause);
  } else if (row.event == "want_delete") {
    outcome = co_await reconciler_.remove(live, actor);
  }
  if (!outcome && !shared_.stopping()) {
    base::log_info("fleet", "What another process wanted of a bot did not work out.",
                   {{"bot", row.bot_id}, {"event", row.event}, {"reason", outcome.error().message()}});
  }
}

asio::awaitable<void> Fleet::prune() {
  while (co_await shared_.naps.sleep(kPruneEvery)) {
    std::int64_t pruned = 1;
    while (pruned > 0 && !shared_.stopping()) {
      auto now = shared_.deps.ages.unix_ms();
      auto remove = [&](store::Tx& tx) -> Result<std::int64_t> {
        return prune_turns(tx, now - kTurnsKept.count(), kAtOnce) +
               prune_history(tx, now - kHistoryKept.count(), kAtOnce) +
               prune_sessions(tx, now - kSessionsKept.count(), kAtOnce) +
               prune_usage(tx, now - kUsageKept.count(), kAtOnce);
      };
      auto outcome = co_await shared_.deps.db.write(remove, {.lane = store::Lane::bulk, .savepoint = false});
      if (!outcome) {
        base::log_warning("fleet", "Old turns could not be deleted.", {{"reason", outcome.error().message()}});
        break;
      }
      pruned = *outcome;
    }
  }
}

}  // namespace troupe::fleet
