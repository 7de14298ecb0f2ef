#include "fleet/bot_service.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "fleet/bot_store.h"
#include "fleet/flowise_brain.h"
#include "fleet/log_store.h"
#include "fleet/session_store.h"
#include "fleet/turn_store.h"
#include "matrix/ids.h"

namespace troupe::fleet {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxUrlBytes = 2'048;
constexpr std::size_t kMaxConfigBytes = 32 * 1024;
constexpr std::chrono::milliseconds kPruneEvery = std::chrono::minutes(10);
constexpr std::chrono::milliseconds kTurnsKept = std::chrono::hours(24 * 30);
constexpr std::chrono::milliseconds kSessionsKept = std::chrono::hours(24 * 180);
constexpr std::chrono::milliseconds kHealthEvery{1'000};
constexpr std::chrono::seconds kFeedMayFail{30};

Error no_such_bot(std::string_view bot_id) {
  return Error(Errc::not_found, "Bot with id " + std::string(bot_id.substr(0, 64)) + " does not exist.");
}

Result<Unit> check_name(std::string_view name) {
  if (name.size() > kMaxNameBytes) return Error(Errc::invalid_param, "display_name is longer than 256 bytes.");
  return Unit{};
}

Result<Unit> check_flowise_url(std::string_view url) {
  if (url.empty()) return Unit{};
  bool web = url.starts_with("http://") || url.starts_with("https://");
  if (!web || url.size() > kMaxUrlBytes || std::ranges::any_of(url, [](unsigned char c) { return c <= 0x20; })) {
    return Error(Errc::invalid_param, "flowise_url must be an http or https address of at most 2048 bytes.");
  }
  return Unit{};
}

}  // namespace

Result<Unit> check_restart(const RestartPolicy& policy) {
  if (policy.max_restarts < 1 || policy.max_restarts > 1'000) {
    return Error(Errc::invalid_param, "restart.max_restarts must be 1 to 1000.");
  }
  if (policy.window_s < 10 || policy.window_s > 86'400) {
    return Error(Errc::invalid_param, "restart.window_s must be 10 to 86400 seconds.");
  }
  return Unit{};
}

bool is_bot_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

BotService::BotService(Deps deps)
    : shared_(std::move(deps)),
      runner_(shared_, roster_),
      reconciler_(shared_, roster_, runner_),
      feed_(
          shared_, roster_, runner_,
          [this](const LiveBotPtr& bot, std::string room_id, std::string inviter) {
            reconciler_.invited(bot, std::move(room_id), std::move(inviter));
          },
          [this](std::string room_id) { reconciler_.maybe_empty(std::move(room_id)); }) {
  shared_.deps.metrics.gauge_callback("troupe_fleet_feed_lag_positions", "How far the bots' feed is behind the head.",
                                      [this] { return static_cast<double>(feed_lag_.load()); });
}

BotService::~BotService() = default;

Task<Unit> BotService::start_fleet() { co_return co_await at_home(run_here()); }

Task<Unit> BotService::load() {
  if (loaded_) co_return Unit{};
  struct Stored {
    std::vector<Bot> bots;
    std::vector<RoomRow> rooms;
  };
  auto look = [](store::Connection& c) -> Result<Stored> { return Stored{.bots = all_bots(c), .rooms = all_rooms(c)}; };
  CO_TRY(auto stored, co_await shared_.deps.db.read(look));
  if (loaded_) co_return Unit{};  // by somebody else meanwhile
  for (auto& bot : stored.bots) roster_.add(std::move(bot));
  for (const auto& row : stored.rooms) roster_.join(row);
  loaded_ = true;
  co_return Unit{};
}

Task<Unit> BotService::run_here() {
  struct Left {
    std::vector<Turn> open;
    std::optional<StreamPos> cursor;
    std::int64_t last_log = 0;
  };
  auto clean = [](store::Tx& tx) -> Result<Unit> {
    delete_orphans(tx);
    return Unit{};
  };
  CO_TRY([[maybe_unused]] auto cleaned, co_await shared_.deps.db.write(clean));
  CO_TRY([[maybe_unused]] auto loaded, co_await load());
  auto look = [](store::Connection& c) -> Result<Left> {
    return Left{.open = open_turns(c), .cursor = load_cursor(c, kFeedCursor), .last_log = last_log(c)};
  };
  CO_TRY(auto left, co_await shared_.deps.db.read(look));
  shared_.log.begin_after(left.last_log);
  auto cursor = left.cursor.value_or(shared_.deps.homeserver.head());
  if (!left.cursor) {
    auto keep = [&](store::Tx& tx) -> Result<Unit> {
      store_cursor(tx, kFeedCursor, cursor);
      return Unit{};
    };
    CO_TRY([[maybe_unused]] auto kept, co_await shared_.deps.db.write(keep));
  }
  CO_TRY([[maybe_unused]] auto recovered, co_await reconciler_.recover());
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
  feed_.restore(cursor, std::move(asked));
  shared_.tasks.spawn("feed", feed_.run());
  shared_.tasks.spawn("reconcile", reconciler_.run());
  shared_.tasks.spawn("log", shared_.log.run(shared_.naps));
  shared_.tasks.spawn("prune", prune());
  shared_.tasks.spawn("health", watch_health());
  running_ = true;
  co_return Unit{};
}

Task<Unit> BotService::stop_fleet() { co_return co_await at_home(end()); }

Task<Unit> BotService::end() {
  running_ = false;
  // What is being sent has a moment to end; the rest is in the database.
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  auto sending = [&] {
    return std::ranges::any_of(roster_.bots(), [](const auto& entry) { return entry.second->sending > 0; });
  };
  while (!shared_.stopping() && sending() && std::chrono::steady_clock::now() < until) {
    if (!co_await shared_.naps.sleep(std::chrono::milliseconds(5))) break;
  }
  shared_.naps.end();
  runner_.drop_all();
  feed_.wake();
  reconciler_.wake();
  shared_.log.wake();
  if (!co_await shared_.tasks.join(std::chrono::seconds(5))) {
    base::log_warning("fleet", "Some tasks of the fleet did not end in time.", {{"tasks", shared_.tasks.size()}});
  }
  co_return Unit{};
}

asio::awaitable<void> BotService::prune() {
  while (co_await shared_.naps.sleep(kPruneEvery)) {
    std::int64_t pruned = 1;
    while (pruned > 0 && !shared_.stopping()) {
      auto now = shared_.deps.clock.unix_ms();
      auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
        return prune_turns(tx, now - kTurnsKept.count(), 500) + prune_sessions(tx, now - kSessionsKept.count(), 500);
      };
      auto done = co_await shared_.deps.db.write(write, {.lane = store::Lane::bulk});
      if (!done) {
        base::log_warning("fleet", "Old turns could not be removed.", {{"reason", done.error().message()}});
        break;
      }
      pruned = *done;
    }
  }
}

asio::awaitable<void> BotService::watch_health() {
  do {
    auto since = feed_.failing_since();
    feed_failing_ = since && std::chrono::steady_clock::now() - *since > kFeedMayFail;
    feed_lag_ = feed_.lag();
  } while (co_await shared_.naps.sleep(kHealthEvery));
}

std::optional<std::string> BotService::health() const {
  if (!running_) return "the fleet is not running";
  if (feed_failing_) return "the feed of events cannot be read for bots";
  return std::nullopt;
}

Task<BotPage> BotService::list(std::int64_t tenant_id, std::string search, std::int64_t from, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<BotPage> { return bot_page(c, tenant_id, search, from, limit); };
  co_return co_await shared_.deps.db.read(look);
}

Task<BotView> BotService::get(std::int64_t tenant_id, std::string bot_id) {
  auto look = [&](store::Connection& c) -> Result<BotView> {
    auto view = bot_view(c, tenant_id, bot_id);
    if (!view) return no_such_bot(bot_id);
    return *std::move(view);
  };
  co_return co_await shared_.deps.db.read(look);
}

Task<HistoryPage> BotService::history(std::int64_t tenant_id, std::string bot_id, std::int64_t from,
                                      std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<HistoryPage> {
    auto bot = bot_by_id(c, tenant_id, bot_id);
    if (!bot) return no_such_bot(bot_id);
    return history_page(c, tenant_id, bot->id, from, limit);
  };
  co_return co_await shared_.deps.db.read(look);
}

Task<std::vector<matrix::RoomSummary>> BotService::rooms(std::int64_t tenant_id, std::string bot_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<RoomRow>> {
    auto bot = bot_by_id(c, tenant_id, bot_id);
    if (!bot) return no_such_bot(bot_id);
    return rooms_of(c, bot->id);
  };
  CO_TRY(auto rows, co_await shared_.deps.db.read(look));
  std::vector<matrix::RoomSummary> found;
  for (const auto& row : rows) {
    auto summary = co_await shared_.deps.homeserver.room(row.room_id);
    if (summary) {
      found.push_back(*std::move(summary));
    } else if (summary.error().code() != Errc::not_found && summary.error().code() != Errc::forbidden) {
      co_return std::unexpected(std::move(summary).error());
    }
  }
  co_return found;
}

Task<BotCounts> BotService::counts(std::int64_t tenant_id) {
  auto look = [&](store::Connection& c) -> Result<BotCounts> { return bot_counts(c, tenant_id); };
  co_return co_await shared_.deps.db.read(look);
}

Task<std::int64_t> BotService::last_change() {
  auto look = [](store::Connection& c) -> Result<std::int64_t> { return last_history(c); };
  co_return co_await shared_.deps.db.read(look);
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
  co_return co_await shared_.deps.db.read(look);
}

Task<LogPage> BotService::logs(std::int64_t tenant_id, std::string bot_id, LogQuery query) {
  // What waits in memory is written first, so that nobody misses the line that explains what just happened.
  if (running_) {
    CO_TRY([[maybe_unused]] auto flushed, co_await at_home(shared_.log.flush()));
  }
  auto look = [&](store::Connection& c) -> Result<LogPage> {
    auto bot = bot_by_id(c, tenant_id, bot_id);
    if (!bot) return no_such_bot(bot_id);
    return log_page(c, bot->id, query);
  };
  co_return co_await shared_.deps.db.read(look);
}

Task<std::vector<UsageHour>> BotService::usage(std::int64_t tenant_id, std::string bot_id, std::int64_t hours) {
  constexpr std::int64_t kHourMs = 3'600'000;
  auto since = shared_.deps.clock.unix_ms() - (std::clamp<std::int64_t>(hours, 1, 2'160) - 1) * kHourMs;
  auto look = [&](store::Connection& c) -> Result<std::vector<UsageHour>> {
    auto bot = bot_by_id(c, tenant_id, bot_id);
    if (!bot) return no_such_bot(bot_id);
    return usage_since(c, bot->id, since);
  };
  co_return co_await shared_.deps.db.read(look);
}

Task<LiveBotPtr> BotService::find(std::int64_t tenant_id, std::string bot_id) {
  CO_TRY([[maybe_unused]] auto loaded, co_await load());
  auto look = [&](store::Connection& c) -> Result<BotKey> {
    auto bot = bot_by_id(c, tenant_id, bot_id);
    if (!bot) return no_such_bot(bot_id);
    return bot->id;
  };
  CO_TRY(auto key, co_await shared_.deps.db.read(look));
  auto live = roster_.find(key);
  if (!live) co_return no_such_bot(bot_id);  // being made, or being deleted
  co_return live;
}

Task<MadeBot> BotService::create(std::int64_t tenant_id, NewBot wanted, Actor actor) {
  co_return co_await at_home(create_here(tenant_id, std::move(wanted), std::move(actor)));
}
Task<MadeBot> BotService::change(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor) {
  co_return co_await at_home(change_here(tenant_id, std::move(bot_id), std::move(patch), std::move(actor)));
}
Task<BotView> BotService::start(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  co_return co_await at_home(start_here(tenant_id, std::move(bot_id), std::move(actor)));
}
Task<BotView> BotService::stop(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  co_return co_await at_home(stop_here(tenant_id, std::move(bot_id), std::move(actor)));
}
Task<BotView> BotService::restart(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  co_return co_await at_home(restart_here(tenant_id, std::move(bot_id), std::move(actor)));
}
Task<Unit> BotService::remove(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  co_return co_await at_home(remove_here(tenant_id, std::move(bot_id), std::move(actor)));
}

Task<Unit> BotService::want_offline(LiveBotPtr bot, DesiredState desired, Actor actor) {
  CommonConfig common;
  if (desired == DesiredState::running) {
    CO_TRY([[maybe_unused]] auto brain, reconciler_.make_brain(bot->row, common));
  }
  auto now = shared_.deps.clock.unix_ms();
  auto id = bot->row.id;
  auto write = [&](store::Tx& tx) -> Result<Bot> {
    update_desired(tx, id, desired, now);
    auto row = bot_by_key(tx, id);
    if (!row) return Error(Errc::not_found, "This bot has been deleted.");
    constexpr std::string_view kCause = "noted while the server was not running";
    if (desired == DesiredState::running) {
      insert_history(tx, *row, "start", row->observed, row->observed, kCause, actor.label, now);
    }
    // What the last program left as running is over: a stop says so at once.
    auto state = row->observed;
    while (desired == DesiredState::stopped && state != BotState::created && state != BotState::stopped) {
      auto event = state == BotState::stopping ? BotEvent::ended : BotEvent::stop;
      TRY(auto to, advance(row->bot_id, state, event));
      insert_history(tx, *row, to_string(event), state, to, kCause, actor.label, now);
      row->observed = to;
      row->status_detail.clear();
      row->since_ms = now;
      row->desired = desired;
      set_state(tx, id, state_row(*row), false, now);
      skip_open_turns(tx, id, now);
      state = to;
    }
    return *bot_by_key(tx, id);
  };
  CO_TRY(bot->row, co_await shared_.deps.db.write(write));
  co_return Unit{};
}

Task<MadeBot> BotService::create_here(std::int64_t tenant_id, NewBot wanted, Actor actor) {
  CO_TRY([[maybe_unused]] auto loaded, co_await load());
  if (!is_bot_id(wanted.bot_id)) {
    co_return Error(Errc::invalid_param, "bot_id must be 1 to 64 characters of a-z 0-9 . _ and -.");
  }
  CO_TRY([[maybe_unused]] auto named, check_name(wanted.display_name));
  CO_TRY([[maybe_unused]] auto flowise, check_flowise_url(wanted.flowise_url));
  CO_TRY([[maybe_unused]] auto restart, check_restart(wanted.restart));
  if (boost::json::serialize(wanted.brain_config).size() > kMaxConfigBytes) {
    co_return Error(Errc::invalid_param, "The brain's config is larger than 32 KiB.");
  }
  adopt_flowise_url(wanted.brain_kind, wanted.flowise_url, wanted.brain_config);
  PreparedConfig prepared;
  if (const auto* kind = brains().find(wanted.brain_kind)) {
    CO_TRY(prepared, kind->prepare(std::move(wanted.brain_config), {}));
  } else if (wanted.allow_missing_brain) {
    prepared.config = std::move(wanted.brain_config);
  } else {
    co_return Error(Errc::invalid_param, "There is no brain '" + wanted.brain_kind.substr(0, 32) +
                                             "'. GET /api/v1/brains lists those there are.");
  }
  const auto& server = shared_.deps.homeserver.server_name();
  auto user_id = wanted.user_id.value_or(matrix::make_user_id("bot_" + wanted.bot_id, server));
  auto parts = matrix::parse_user_id(user_id);
  if (!parts || parts->server != server) {
    co_return Error(Errc::invalid_param,
                    "user_id must be an account of this server, e.g. @" + wanted.bot_id + ":" + server + ".");
  }
  auto now = shared_.deps.clock.unix_ms();
  Bot row{.id = 0,
          .tenant_id = tenant_id,
          .bot_id = wanted.bot_id,
          .user_id = user_id,
          .display_name = wanted.display_name.empty() ? wanted.bot_id : wanted.display_name,
          .homeserver = wanted.homeserver,
          .brain_kind = wanted.brain_kind,
          .brain_config = std::move(prepared.config),
          .sealed_secrets = {},
          .sealed_password = {},
          .flowise_url = wanted.flowise_url,
          .restart = wanted.restart,
          .back_off = {},
          .status_detail = {},
          .since_ms = now,
          .last_turn_ms = std::nullopt,
          .last_error = std::nullopt,
          .created_ms = now,
          .updated_ms = now};
  if (!prepared.secrets.empty()) {
    row.sealed_secrets = shared_.deps.sealing_key.seal(boost::json::serialize(prepared.secrets));
  }
  if (wanted.password) row.sealed_password = shared_.deps.sealing_key.seal(*wanted.password);

  auto free = [&](store::Connection& c) -> Result<Unit> {
    if (bot_by_id(c, tenant_id, row.bot_id)) {
      return Error(Errc::conflict, "Bot with id " + row.bot_id + " already exists");
    }
    if (user_is_bot(c, row.user_id)) {
      return Error(Errc::conflict, "The account " + row.user_id + " belongs to another bot.");
    }
    return Unit{};
  };
  CO_TRY([[maybe_unused]] auto is_free, co_await shared_.deps.db.read(free));
  // The account first: without one there is no bot. Killed in between, the same request finds the account and goes on.
  CO_TRY(row.owns_account, co_await obtain_account(row, wanted.password, wanted.user_id.has_value()));
  // What was written before the first bot concerns none: a start after a kill must not go back there.
  StreamPos decided = running_ ? feed_.decided() : roster_.empty() ? shared_.deps.homeserver.head() : 0;
  auto insert = [&](store::Tx& tx) -> Result<std::int64_t> {
    TRY([[maybe_unused]] auto still_free, free(tx));
    if (decided > 0) store_cursor(tx, kFeedCursor, decided);
    row.id = next_id(tx, "bot");
    insert_bot(tx, row);
    return insert_history(tx, row, "created", row.observed, row.observed, "made", actor.label, now);
  };
  CO_TRY(auto history, co_await shared_.deps.db.write(insert));
  roster_.add(row);
  feed_.wake();
  shared_.deps.bus.ring(bus::Topic::bots, history);
  co_return MadeBot{.bot = {.bot = std::move(row), .rooms = 0, .pending_turns = 0},
                    .generated_secret = std::move(prepared.generated_secret)};
}

Task<bool> BotService::obtain_account(const Bot& row, std::optional<std::string> password, bool given) {
  auto& homeserver = shared_.deps.homeserver;
  auto account = co_await homeserver.account(row.user_id);
  if (!account && account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
  if (!account) {
    auto parts = matrix::parse_user_id(row.user_id);
    matrix::NewAccount wanted{.localpart = std::string(parts->localpart),
                              .password = password,
                              .kind = matrix::AccountKind::bot,
                              .admin = false,
                              .display_name = row.display_name};
    CO_TRY(auto made, co_await homeserver.create_account(std::move(wanted)));
    CO_TRY([[maybe_unused]] auto principal, co_await shared_.deps.principals.for_account(std::move(made)));
    co_return true;
  }
  if (account->deactivated || account->locked) {
    co_return Error(Errc::conflict, "The account " + row.user_id + " is closed or locked. Choose another id.");
  }
  if (given && password) {
    CO_TRY([[maybe_unused]] auto checked, co_await homeserver.check_password(row.user_id, *password));
  } else if (account->kind != matrix::AccountKind::bot) {
    co_return Error(Errc::user_in_use, "The account " + row.user_id + " exists and is not a bot's. Choose another id.");
  }
  CO_TRY([[maybe_unused]] auto principal, co_await shared_.deps.principals.for_account(*account));
  // An account that an earlier bot of this name left behind is this bot's now.
  bool ours = !given && account->kind == matrix::AccountKind::bot;
  if (ours && account->display_name != row.display_name) {
    CO_TRY([[maybe_unused]] auto renamed, co_await homeserver.set_display_name(row.user_id, row.display_name));
  }
  co_return ours;
}

Task<MadeBot> BotService::change_here(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor) {
  CO_TRY(auto live, co_await find(tenant_id, bot_id));
  Bot row = live->row;
  std::optional<std::string> generated;
  if (patch.display_name) {
    CO_TRY([[maybe_unused]] auto named, check_name(*patch.display_name));
    row.display_name = patch.display_name->empty() ? row.bot_id : *patch.display_name;
  }
  if (patch.flowise_url) {
    CO_TRY([[maybe_unused]] auto flowise, check_flowise_url(*patch.flowise_url));
    row.flowise_url = *patch.flowise_url;
  }
  if (patch.restart) {
    CO_TRY([[maybe_unused]] auto restart, check_restart(*patch.restart));
    row.restart = *patch.restart;
  }
  // Seed 000's way to move a Flowise bot to another flow.
  bool moves = patch.flowise_url && !patch.flowise_url->empty() && row.brain_kind == "flowise" && !patch.brain_kind &&
               !patch.brain_config;
  if (moves) {
    patch.brain_config = row.brain_config;
    (*patch.brain_config)["url"] = *patch.flowise_url;
    patch.brain_config->erase("flow_id");
  }
  bool brain_changes = patch.brain_kind || patch.brain_config;
  if (brain_changes) {
    auto kind_name = patch.brain_kind.value_or(row.brain_kind);
    const auto* kind = brains().find(kind_name);
    if (kind == nullptr) {
      co_return Error(Errc::invalid_param,
                      "There is no brain '" + kind_name.substr(0, 32) + "'. GET /api/v1/brains lists those there are.");
    }
    boost::json::object old_secrets;
    if (kind_name == row.brain_kind && !row.sealed_secrets.empty()) {
      if (auto opened = shared_.deps.sealing_key.open(row.sealed_secrets)) {
        boost::system::error_code ec;
        auto json = boost::json::parse(*opened, ec);
        if (json.is_object()) old_secrets = std::move(json.get_object());
      }
    }
    auto config = patch.brain_config.value_or(boost::json::object());
    adopt_flowise_url(kind_name, row.flowise_url, config);
    if (boost::json::serialize(config).size() > kMaxConfigBytes) {
      co_return Error(Errc::invalid_param, "The brain's config is larger than 32 KiB.");
    }
    CO_TRY(auto prepared, kind->prepare(std::move(config), std::move(old_secrets)));
    row.brain_kind = kind_name;
    row.brain_config = std::move(prepared.config);
    row.sealed_secrets = prepared.secrets.empty()
                             ? std::string()
                             : shared_.deps.sealing_key.seal(boost::json::serialize(prepared.secrets));
    generated = std::move(prepared.generated_secret);
  }
  CommonConfig common;
  std::shared_ptr<Brain> brain;
  if (brain_changes && live->row.observed == BotState::running) {
    CO_TRY(brain, reconciler_.make_brain(row, common));
  }
  if (row.display_name != live->row.display_name) {
    CO_TRY([[maybe_unused]] auto renamed,
           co_await shared_.deps.homeserver.set_display_name(row.user_id, row.display_name));
  }
  auto now = shared_.deps.clock.unix_ms();
  row.updated_ms = now;
  struct Written {
    std::int64_t history;
    BotView view;
  };
  auto write = [&](store::Tx& tx) -> Result<std::optional<Written>> {
    auto present = bot_by_key(tx, row.id);
    if (!present) return no_such_bot(bot_id);
    update_bot(tx, row);
    auto history =
        insert_history(tx, row, "changed", present->observed, present->observed, "changed", actor.label, now);
    return Written{history, *bot_view(tx, row.id)};
  };
  CO_TRY(auto written, co_await shared_.deps.db.write(write));
  live->row = written->view.bot;
  if (brain && live->row.observed == BotState::running) {
    live->brain = std::move(brain);
    live->common = common;
  }
  shared_.deps.bus.ring(bus::Topic::bots, written->history);
  co_return MadeBot{.bot = std::move(written->view), .generated_secret = std::move(generated)};
}

Task<BotView> BotService::start_here(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  CO_TRY(auto live, co_await find(tenant_id, bot_id));
  if (!running_) {
    CO_TRY([[maybe_unused]] auto noted, co_await want_offline(live, DesiredState::running, std::move(actor)));
    co_return co_await get(tenant_id, std::move(bot_id));
  }
  auto cause = "started by " + actor.label;
  CO_TRY([[maybe_unused]] auto started, co_await reconciler_.start(live, std::move(actor), std::move(cause)));
  co_return co_await get(tenant_id, std::move(bot_id));
}

Task<BotView> BotService::stop_here(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  CO_TRY(auto live, co_await find(tenant_id, bot_id));
  if (!running_) {
    CO_TRY([[maybe_unused]] auto noted, co_await want_offline(live, DesiredState::stopped, std::move(actor)));
    co_return co_await get(tenant_id, std::move(bot_id));
  }
  auto cause = "stopped by " + actor.label;
  CO_TRY([[maybe_unused]] auto stopped, co_await reconciler_.stop(live, std::move(actor), std::move(cause)));
  co_return co_await get(tenant_id, std::move(bot_id));
}

Task<BotView> BotService::restart_here(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  if (running_) {
    CO_TRY([[maybe_unused]] auto stopped, co_await stop_here(tenant_id, bot_id, actor));
  }
  co_return co_await start_here(tenant_id, std::move(bot_id), std::move(actor));
}

Task<Unit> BotService::remove_here(std::int64_t tenant_id, std::string bot_id, Actor actor) {
  CO_TRY(auto live, co_await find(tenant_id, bot_id));
  if (running_) {
    CO_TRY([[maybe_unused]] auto stopped, co_await reconciler_.stop(live, actor, "it is being deleted"));
  }
  live->busy = true;  // nobody starts it any more
  auto& homeserver = shared_.deps.homeserver;
  auto leave_all = [](matrix::Homeserver& hs, std::string user_id) -> Task<Unit> {
    auto joined = co_await hs.joined_rooms(user_id);
    if (!joined && joined.error().code() == Errc::not_found) co_return Unit{};
    CO_TRY(auto rooms, std::move(joined));
    for (const auto& room : rooms) {
      CO_TRY([[maybe_unused]] auto left, co_await hs.leave(user_id, room.room_id));
    }
    co_return Unit{};
  };
  auto left = co_await leave_all(homeserver, live->row.user_id);
  if (!left) {
    live->busy = false;
    co_return std::unexpected(std::move(left).error());
  }
  if (live->row.owns_account && !live->row.sealed_password.empty()) {
    auto closed = co_await homeserver.set_password(live->row.user_id, base::random_token(""), true);
    if (!closed) {
      live->busy = false;
      co_return std::unexpected(std::move(closed).error());
    }
  }
  auto now = shared_.deps.clock.unix_ms();
  Bot row = live->row;
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    delete_bot(tx, row.id);
    return insert_history(tx, row, "deleted", row.observed, row.observed, "deleted", actor.label, now);
  };
  auto history = co_await shared_.deps.db.write(write);
  if (!history) {
    live->busy = false;
    co_return std::unexpected(std::move(history).error());
  }
  roster_.remove(row.id);
  shared_.deps.bus.ring(bus::Topic::bots, *history);
  co_return Unit{};
}

}  // namespace troupe::fleet
