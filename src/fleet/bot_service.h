// The fleet as others see it: make, change, start, stop, watch and delete bots. Inside it runs the reconciler, the feed
// reader and the turns, all on one executor.
#pragma once
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fleet/bot_feed.h"
#include "fleet/deps.h"
#include "fleet/reconciler.h"
#include "fleet/roster.h"
#include "fleet/turn_runner.h"

namespace troupe::fleet {

struct NewBot {
  std::string bot_id;  ///< a-z 0-9 . _ -, 1…64 bytes
  std::string display_name;
  std::string brain_kind;
  boost::json::object brain_config;
  std::string flowise_url;
  std::string homeserver;               ///< as given to /create_bot; only shown again
  std::optional<std::string> user_id;   ///< none: @bot_<bot_id>
  std::optional<std::string> password;  ///< of that account: set when it is made, checked when it exists
  bool allow_missing_brain = false;     ///< a kind that this version does not have (Flowise) may be stored
  RestartPolicy restart;
};
struct MadeBot {
  BotView bot;
  std::optional<std::string> generated_secret;
};
struct BotPatch {
  std::optional<std::string> display_name;
  std::optional<std::string> flowise_url;
  std::optional<std::string> brain_kind;
  std::optional<boost::json::object> brain_config;
  std::optional<RestartPolicy> restart;
};
/// One change of the fleet, for live views.
struct LiveChange {
  HistoryRow row;
  std::optional<BotView> bot;  ///< as it is now; nothing when it was deleted
};

/// Error: invalid_param, naming the member that is out of range.
Result<Unit> check_restart(const RestartPolicy& policy);
/// Whether a name may be a bot's id.
bool is_bot_id(std::string_view text);

/// One per program. All public functions may be called from any thread, unless said otherwise. Without start_fleet()
/// (the command line while no server runs) nothing answers: then start and stop only note what is wanted.
class BotService {
 public:
  explicit BotService(Deps deps);
  ~BotService();

  /// Loads what the last program left, then runs until stop(). Errors: those of the database.
  Task<Unit> start_fleet();
  /// Lets what is being sent come to its end (a few seconds), then ends. Open turns go on at the next start.
  Task<Unit> stop_fleet();

  // Reading. Errors: not_found.
  Task<BotPage> list(std::int64_t tenant_id, std::string search, std::int64_t from, std::int64_t limit);
  Task<BotView> get(std::int64_t tenant_id, std::string bot_id);
  Task<HistoryPage> history(std::int64_t tenant_id, std::string bot_id, std::int64_t from, std::int64_t limit);
  Task<std::vector<matrix::RoomSummary>> rooms(std::int64_t tenant_id, std::string bot_id);
  /// Lines of the bot's log. To follow: subscribe to log_channel(bot's number) on the bus first, then ask for what
  /// comes after the last number seen.
  Task<LogPage> logs(std::int64_t tenant_id, std::string bot_id, LogQuery query);
  /// The last `hours` hours (1…2,160), oldest first; hours without a message are left out.
  Task<std::vector<UsageHour>> usage(std::int64_t tenant_id, std::string bot_id, std::int64_t hours);
  Task<BotCounts> counts(std::int64_t tenant_id);
  /// The newest change's number, and the changes after a number, oldest first.
  Task<std::int64_t> last_change();
  Task<std::vector<LiveChange>> changes_after(std::int64_t tenant_id, std::int64_t after, std::int64_t limit);

  /// Makes the bot and its account. Errors: conflict (the id or the account belongs to a bot already), invalid_param
  /// (id, brain or config), user_in_use (the account exists and no password was given), forbidden (wrong password).
  Task<MadeBot> create(std::int64_t tenant_id, NewBot wanted, Actor actor);
  /// A running bot goes on with the new brain at once. Errors: not_found, invalid_param.
  Task<MadeBot> change(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor);
  /// Errors: see Reconciler::start.
  Task<BotView> start(std::int64_t tenant_id, std::string bot_id, Actor actor);
  Task<BotView> stop(std::int64_t tenant_id, std::string bot_id, Actor actor);
  /// Stops it, waits for what is being sent, and starts it. Errors: as start.
  Task<BotView> restart(std::int64_t tenant_id, std::string bot_id, Actor actor);
  /// Stops it, leaves its rooms, forgets it. Its account stays (the name is not given to somebody else), without
  /// password.
  Task<Unit> remove(std::int64_t tenant_id, std::string bot_id, Actor actor);

  const BrainRegistry& brains() const { return shared_.deps.brains; }
  /// What is wrong, for the health answer; nothing when well. Any thread.
  std::optional<std::string> health() const;

 private:
  template <class T>
  Task<T> at_home(Task<T> task) {
    // A request that is given up does not stop what it has begun.
    co_return co_await asio::co_spawn(shared_.deps.home, std::move(task),
                                      asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }
  Task<Unit> run_here();
  Task<Unit> load();
  Task<Unit> want_offline(LiveBotPtr bot, DesiredState desired, Actor actor);
  Task<Unit> end();
  Task<LiveBotPtr> find(std::int64_t tenant_id, std::string bot_id);
  Task<MadeBot> create_here(std::int64_t tenant_id, NewBot wanted, Actor actor);
  Task<MadeBot> change_here(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor);
  Task<BotView> start_here(std::int64_t tenant_id, std::string bot_id, Actor actor);
  Task<BotView> stop_here(std::int64_t tenant_id, std::string bot_id, Actor actor);
  Task<BotView> restart_here(std::int64_t tenant_id, std::string bot_id, Actor actor);
  Task<Unit> remove_here(std::int64_t tenant_id, std::string bot_id, Actor actor);
  /// The account for a new bot: yields whether it was made just now.
  Task<bool> obtain_account(const Bot& row, std::optional<std::string> password, bool given);
  asio::awaitable<void> prune();
  asio::awaitable<void> watch_health();

  Shared shared_;
  Roster roster_;
  TurnRunner runner_;
  Reconciler reconciler_;
  BotFeed feed_;
  bool loaded_ = false;  ///< the roster holds what the database holds
  std::atomic<bool> feed_failing_{false};
  std::atomic<bool> running_{false};
  std::atomic<std::int64_t> feed_lag_{0};
};

}  // namespace troupe::fleet
