#include "fleet/service/fleet.h"

#include "base/log.h"
#include "fleet/bots/bot_store.h"
#include "fleet/bots/log_store.h"
#include "fleet/bots/record_store.h"
#include "fleet/bots/said_store.h"
#include "fleet/bots/session_store.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::service {
namespace {

constexpr std::chrono::milliseconds kPruneEvery = std::chrono::minutes(10);
constexpr std::chrono::milliseconds kTurnsKept = std::chrono::hours(24 * 30);
constexpr std::chrono::milliseconds kSessionsKept = std::chrono::hours(24 * 180);
constexpr std::chrono::milliseconds kHistoryKept = std::chrono::hours(24 * 180);
constexpr std::chrono::milliseconds kUsageKept = std::chrono::hours(24 * 400);
/// Of encrypted rooms: what was not used for so long.
constexpr std::chrono::milliseconds kKeysKept = std::chrono::hours(24 * 90);
constexpr std::int64_t kAtOnce = 1'000;
/// The bell is enough; this bounds what a lost ring would cost.
constexpr std::chrono::milliseconds kLookAnyway{2'000};

std::unique_ptr<encryption::Encryption> make_encryption(const Deps& deps, term::Term& term, term::TermStore& store,
                                                        term::Roster& roster, bots::BotLog& log,
                                                        std::function<void()> wake_feed) {
  if (deps.server.keys == nullptr) return nullptr;
  return std::make_unique<encryption::Encryption>(term, store, roster, log,
                                                  encryption::Encryption::Uses{.accounts = deps.server.accounts,
                                                                               .rooms = deps.server.rooms,
                                                                               .keys = *deps.server.keys,
                                                                               .sealing_key = deps.data.sealing_key,
                                                                               .clock = deps.process.clock,
                                                                               .limits = deps.limits,
                                                                               .metrics = deps.process.metrics},
                                                  std::move(wake_feed));
}

}  // namespace

Fleet::Fleet(Deps deps, std::unique_ptr<const term::Holding> holding)
    : deps_(std::move(deps)),
      holding_(std::move(holding)),
      term_(deps_.process.home, deps_.steps),
      store_(deps_.data.db, term_, *holding_, deps_.limits.first_retry),
      log_(deps_.data.db, deps_.data.bus, deps_.process.clock, deps_.process.home),
      roster_(deps_.tasks.kinds, deps_.process.home),
      encryption_(make_encryption(deps_, term_, store_, roster_, log_, [this] { feed_.wake(); })),
      sealed_rooms_(encryption_ ? std::make_unique<encryption::SealedRooms>(deps_.server.rooms, *encryption_)
                                : nullptr),
      rooms_(sealed_rooms_ ? static_cast<matrix::RoomActions&>(*sealed_rooms_) : deps_.server.rooms),
      brain_maker_(deps_.tasks.kinds, deps_.data.sealing_key, deps_.process.http, deps_.process.clock),
      typing_(term_, rooms_, deps_.data.bus),
      asker_({.term = term_,
              .store = store_,
              .rooms = rooms_,
              .clock = deps_.process.clock,
              .limits = deps_.limits,
              .streams = deps_.server.streams,
              .bus = &deps_.data.bus,
              .encryption = encryption_.get()},
             typing_, deps_.server.media, deps_.data.sealing_key, deps_.process.metrics, deps_.process.transcribers),
      runner_(
          term_, store_, roster_, asker_,
          {.rooms = rooms_,
           .clock = deps_.process.clock,
           .limits = deps_.limits,
           .metrics = deps_.process.metrics,
           .reads_encrypted = encryption_ != nullptr},
          [this](BotKey bot, TurnState state, std::string_view detail) { reconciler_.turn_ended(bot, state, detail); }),
      transitions_(term_, store_, log_, roster_,
                   {.bus = deps_.data.bus, .clock = deps_.process.clock, .metrics = deps_.process.metrics},
                   [this](const term::LiveBotPtr& bot) { reconciler_.changed(bot); }),
      invites_(term_, store_, log_, roster_,
               {.accounts = deps_.server.accounts,
                .rooms = rooms_,
                .feed = deps_.server.feed,
                .principals = deps_.data.principals,
                .limits = deps_.limits,
                .encryption = encryption_.get()}),
      brain_launcher_(term_, roster_, brain_maker_, deps_.limits.stop_patience),
      launchers_{.accounts = deps_.server.accounts,
                 .sealing_key = deps_.data.sealing_key,
                 .state_dir = deps_.tasks.state_dir,
                 .matrix_address = deps_.tasks.matrix_address},
      tasks_(
          term_, store_, log_, roster_,
          {.kinds = deps_.tasks.kinds,
           .drivers = deps_.tasks.drivers,
           .clock = deps_.process.clock,
           .brains = brain_launcher_,
           .launchers = launchers_},
          [this](term::LiveBotPtr bot, life::TaskEnd end) { reconciler_.task_ended(std::move(bot), std::move(end)); }),
      feed_(term_, store_, roster_, runner_,
            {.bus = deps_.data.bus,
             .feed = deps_.server.feed,
             .rooms = rooms_,
             .clock = deps_.process.clock,
             .limits = deps_.limits,
             .encryption = encryption_.get()},
            {.invite = [this](const term::LiveBotPtr& bot, std::string room_id,
                              std::string inviter) { invites_.look_at(bot, std::move(room_id), std::move(inviter)); },
             .maybe_empty = [this](std::string room_id) { invites_.maybe_empty(std::move(room_id)); },
             .tell_commands = [this](const std::string& room_id) { commands_.tell_room(room_id); },
             .try_commands = [this](const std::string& room_id) { commands_.try_again(room_id); }}),
      commands_(term_, store_, roster_, rooms_, deps_.limits),
      bring_up_(term_, store_, log_, roster_, invites_, commands_,
                {.accounts = deps_.server.accounts,
                 .rooms = rooms_,
                 .principals = deps_.data.principals,
                 .sealing_key = deps_.data.sealing_key,
                 .bus = deps_.data.bus}),
      reconciler_(
          term_, store_, log_, roster_,
          {.runner = runner_, .transitions = transitions_, .tasks = tasks_, .feed = feed_, .bring_up = bring_up_},
          {.accounts = deps_.server.accounts,
           .rooms = rooms_,
           .bus = deps_.data.bus,
           .clock = deps_.process.clock,
           .limits = deps_.limits},
          deps_.process.metrics),
      outbox_(term_, store_,
              {.bus = deps_.data.bus,
               .rooms = rooms_,
               .clock = deps_.process.clock,
               .ages = deps_.process.ages,
               .metrics = deps_.process.metrics}),
      scheduler_(term_, store_, outbox_,
                 {.bus = deps_.data.bus, .clock = deps_.process.clock, .ages = deps_.process.ages}),
      requests_wakeup_(deps_.process.home) {}

void Fleet::run_brains_here() {
  static constexpr auto run = [](std::weak_ptr<Fleet> term, runtime::InProcessTaskPtr task) -> Task<std::int64_t> {
    auto fleet = term.lock();  // kept while the task runs
    if (!fleet) co_return Error(Errc::unavailable, "The fleet is stopping here.");
    co_return co_await fleet->brain_launcher_.run(std::move(task));
  };
  auto of_this_term = [term = weak_from_this()](runtime::InProcessTaskPtr task) { return run(term, std::move(task)); };
  deps_.tasks.in_process.set_kind(std::string(life::kBrainTask), std::move(of_this_term), deps_.process.home);
}

StreamPos Fleet::decided() const { return roster_.empty() ? deps_.server.feed.head() : feed_.decided(); }

Task<Unit> Fleet::begin() {
  struct Left {
    std::vector<Bot> bots;
    std::vector<RoomRow> rooms;
    std::vector<Turn> open;
    turns::Aside aside;
    std::vector<encryption::Unread> unread;
    std::int64_t last_log = 0;
    std::int64_t last_history = 0;
  };
  auto clean = [](store::Tx& tx) -> Result<Unit> {
    bots::delete_orphans(tx);
    return Unit{};
  };
  CO_TRY(co_await store_.write(clean));
  if (deps_.lease != nullptr) {
    requests_ =
        deps_.data.bus.on_ring(bus::Topic::bots, [notify = requests_wakeup_.notifier()](StreamPos) { notify(); });
  }
  auto look = [](store::Connection& c) -> Result<Left> {
    return Left{.bots = bots::all_bots(c),
                .rooms = bots::all_rooms(c),
                .open = turns::open_turns(c),
                .aside = turns::all_aside(c),
                .unread = encryption::all_unread(c),
                .last_log = bots::last_log(c),
                .last_history = bots::last_history(c)};
  };
  CO_TRY(auto left, co_await store_.look(look));
  run_brains_here();
  for (auto& bot : left.bots) roster_.add(std::move(bot));
  for (const auto& row : left.rooms) roster_.join(row);
  log_.begin_after(left.last_log);
  requests_seen_ = left.last_history;
  auto head = deps_.server.feed.head();
  CO_TRY(co_await reconciler_.recover());
  // A turn whose reply is stored needs nothing but to be sent; the others need their question again.
  std::vector<Turn> asked;
  for (auto& turn : left.open) {
    if (turn.state == TurnState::asked) {
      asked.push_back(std::move(turn));
      continue;
    }
    term::PendingTurn waiting;
    waiting.turn = std::move(turn);
    runner_.enqueue(std::move(waiting));
  }
  CO_TRY(co_await feed_.restore(std::move(asked), std::move(left.aside), head));
  if (encryption_) encryption_->begin(std::move(left.unread));
  term_.tasks.spawn("feed", feed_.run());
  term_.tasks.spawn("reconcile", reconciler_.run());
  term_.tasks.spawn("log", log_.run(term_.stop));
  term_.tasks.spawn("prune", prune());
  outbox_.begin();
  scheduler_.begin();
  if (deps_.lease != nullptr) term_.tasks.spawn("requests", follow_requests());
  co_return Unit{};
}

Task<Unit> Fleet::end(bool lost) {
  // What is being sent has a moment to end; the rest is in the database.
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  auto sending = [&] {
    return std::ranges::any_of(roster_.bots(), [](const auto& entry) { return entry.second->sending > 0; });
  };
  while (!lost && !term_.stopping() && sending() && std::chrono::steady_clock::now() < until) {
    if (!co_await term_.stop.sleep(std::chrono::milliseconds(5))) break;
  }
  term_.stop.request_stop();
  runner_.drop_all();
  requests_.reset();
  feed_.wake();
  if (encryption_) encryption_->wake();
  reconciler_.wake();
  log_.wake();
  outbox_.wake();
  scheduler_.wake();
  requests_wakeup_.notify();
  (void)co_await tasks_.end(lost);
  if (!co_await term_.tasks.join(std::chrono::seconds(10))) {
    base::log_warning("fleet", "Some tasks of the fleet did not end in time.", {{"tasks", term_.tasks.size()}});
  }
  co_return Unit{};
}

void Fleet::add(const Bot& bot) {
  if (roster_.find(bot.id)) return;
  auto live = roster_.add(bot);
  if (encryption_) encryption_->look_after(live);
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
  const auto& kind = deps_.tasks.kinds.of(row.brain_kind);
  const bool reloads = kind.on_change == brains::OnChange::reload && live->kind->on_change == brains::OnChange::reload;
  brains::CommonConfig common;
  std::shared_ptr<brains::Brain> brain;
  if (has_other_brain && was_up && !other_driver && reloads && kind.has_brain()) {
    CO_TRY(brain, brain_maker_.make(row, common));
  }
  const bool again = was_up && (other_driver || (has_other_brain && !reloads));
  // The reconciler would start it again as it was.
  std::optional<term::Hold> hold;
  if (again) hold.emplace(live);
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
  present.annotations = row.annotations;
  present.driver = row.driver;
  present.restart = row.restart;
  present.updated_ms = row.updated_ms;
  present.config_version = row.config_version;
  if (has_other_brain) {
    present.bad_turns = 0;
    present.check_text.clear();
  }
  auto config = present.brain_config;
  if (auto read = brains::common_config(config)) live->common = *std::move(read);
  if (brain && is_up(present.observed)) {
    live->brain = std::move(brain);
    bring_up_.look_around(live);
  }
  hold.reset();
  if (again) {
    CO_TRY(co_await reconciler_.start(live, actor, "its settings were changed"));
  }
  co_return Unit{};
}

Task<Unit> Fleet::restart(term::LiveBotPtr bot, Actor actor, std::string cause) {
  {
    const term::Hold hold(bot);  // who waits for the restart waits for its start, which is nobody else's
    CO_TRY(co_await reconciler_.stop(bot, actor, cause, DesiredState::running));
  }
  co_return co_await reconciler_.start(bot, std::move(actor), std::move(cause));
}

Task<matrix::SentEvent> Fleet::say(matrix::NewEvent event) {
  if (term_.stopping()) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  event.plain_rooms_only = true;
  const auto bot = roster_.find_user(event.sender);
  if (bot && encryption_ && encryption_->takes_part(*bot)) {
    const term::Sending sending(bot);  // the end of the term has a moment for it
    co_return co_await rooms_.send(std::move(event));
  }
  auto look = [&](store::Connection& c) -> Result<bool> { return bots::user_is_bot(c, event.sender); };
  CO_TRY(const bool is_known, co_await store_.look(look));
  if (!bot && is_known) co_return Error(Errc::unavailable, "The bot was made a moment ago by another process.");
  auto sender = event.sender;
  auto sent = co_await deps_.server.rooms.send(std::move(event));
  if (sent || sent.error().wire_code() != matrix::kEncryptedRoom) co_return sent;
  co_return Error(Errc::conflict, "The room is encrypted, and " + sender + " has no device to write there.")
      .with_wire_code(matrix::kEncryptedRoom);
}

// What other processes want.

asio::awaitable<void> Fleet::follow_requests() {
  while (!term_.stopping()) {
    if (auto done = co_await do_requests(); !done && !term_.stopping()) {
      base::log_warning("fleet", "What other processes want of the bots could not be read; trying again.",
                        {{"reason", done.error().message()}});
    }
    (void)co_await requests_wakeup_.wait(kLookAnyway);
  }
}

Task<Unit> Fleet::do_requests() {
  while (!term_.stopping()) {
    auto look = [&](store::Connection& c) -> Result<std::vector<HistoryRow>> {
      return bots::requests_after(c, requests_seen_, kAtOnce);
    };
    CO_TRY(auto rows, co_await store_.look(look));
    if (rows.empty()) co_return Unit{};
    requests_seen_ = rows.back().id;
    for (auto& row : rows) term_.tasks.spawn("request", do_request(std::move(row)));
  }
  co_return Unit{};
}

asio::awaitable<void> Fleet::do_request(HistoryRow row) {
  auto look = [&](store::Connection& c) -> Result<std::optional<Bot>> { return bots::bot_by_key(c, row.bot); };
  auto read = co_await store_.look(look);
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
  if (!outcome && !term_.stopping()) {
    base::log_info("fleet", "What another process wanted of a bot did not work out.",
                   {{"bot", row.bot_id}, {"event", row.event}, {"reason", outcome.error().message()}});
  }
}

asio::awaitable<void> Fleet::prune() {
  const std::chrono::milliseconds records_kept = deps_.limits.records_kept;  // 0: none stays
  while (co_await term_.stop.sleep(kPruneEvery)) {
    std::int64_t pruned = 1;
    while (pruned > 0 && !term_.stopping()) {
      auto now = deps_.process.ages.unix_ms();
      auto remove = [&](store::Tx& tx) -> Result<std::int64_t> {
        return turns::prune_turns(tx, now - kTurnsKept.count(), kAtOnce) +
               bots::prune_history(tx, now - kHistoryKept.count(), kAtOnce) +
               bots::prune_sessions(tx, now - kSessionsKept.count(), kAtOnce) +
               bots::prune_said(tx, now - kSessionsKept.count(), kAtOnce) +
               bots::prune_usage(tx, now - kUsageKept.count(), kAtOnce) +
               bots::prune_records(tx, now - records_kept.count(), kAtOnce) +
               encryption::prune_keys(tx, now - kKeysKept.count(), kAtOnce);
      };
      auto outcome = co_await store_.database().write(remove, {.lane = store::Lane::bulk, .savepoint = false});
      if (!outcome) {
        base::log_warning("fleet", "Old turns could not be deleted.", {{"reason", outcome.error().message()}});
        break;
      }
      pruned = *outcome;
    }
  }
}

}  // namespace troupe::fleet::service
