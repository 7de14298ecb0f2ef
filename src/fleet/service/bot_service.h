// The fleet as others see it: make, change, start, stop, watch and delete bots, from any process. The work itself is
// done by the process that holds the fleet (fleet.h); the others write what is wanted and ring.
#pragma once
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fleet/service/bot_editor.h"
#include "fleet/service/deps.h"
#include "fleet/service/fleet.h"
#include "fleet/types/log.h"

namespace troupe::fleet::service {

struct MadeBot {
  BotView bot;
  std::optional<std::string> generated_secret;
};
/// One change of the fleet, for live views.
struct LiveChange {
  HistoryRow row;
  std::optional<BotView> bot;  ///< as it is now; nothing when it was deleted
};

/// One per program. All public functions may be called from any thread, unless said otherwise. Without start_fleet()
/// (the command line while no server runs) nothing answers: then a start is only noted, and a stop or a deletion is
/// done on the rows. In a process that does not hold the fleet, start, stop, restart and delete are written down for
/// the one that does, and wait up to ten seconds for it.
class BotService {
 public:
  explicit BotService(Deps deps);
  ~BotService();

  /// Loads what the last program left, then runs until stop(). Errors: those of the database.
  Task<Unit> start_fleet();
  /// Lets what is being sent come to its end (a few seconds), then ends. Open turns go on at the next start.
  Task<Unit> stop_fleet();

  // Reading. Errors: not_found.
  /// `state` as for bot_page: an observed state, kTroubled, or empty for all.
  Task<BotPage> list(std::int64_t tenant_id, std::string search, std::int64_t from, std::int64_t limit,
                     std::string state = {});
  Task<BotView> get(std::int64_t tenant_id, std::string bot_id);
  Task<HistoryPage> history(std::int64_t tenant_id, std::string bot_id, std::string search, std::int64_t from,
                            std::int64_t limit);
  /// What a bot answered a message from. Errors: not_found (no such bot; nothing is kept of it, or not any more),
  /// internal (sealed with another key file).
  Task<TurnRecord> turn_record(std::int64_t tenant_id, std::string bot_id, std::string event_id);
  Task<std::vector<matrix::RoomSummary>> rooms(std::int64_t tenant_id, std::string bot_id);
  /// Lines of the bot's log. To follow: subscribe to log_channel(bot's number) on the bus first, then ask for what
  /// comes after the last number seen.
  Task<LogPage> logs(std::int64_t tenant_id, std::string bot_id, LogQuery query);
  /// The last `hours` hours (1…2,160), oldest first; hours without a message are left out.
  Task<std::vector<UsageHour>> usage(std::int64_t tenant_id, std::string bot_id, std::int64_t hours);
  Task<BotCounts> counts(std::int64_t tenant_id);
  /// The newest change's number, and the changes after a number, oldest first.
  Task<std::int64_t> last_change();
  /// By a bot's number, for live views; nothing: it is gone, or another tenant's.
  Task<std::optional<BotView>> find(std::int64_t tenant_id, BotKey bot);
  Task<std::vector<LiveChange>> changes_after(std::int64_t tenant_id, std::int64_t after, std::int64_t limit);

  /// Whether the bot would follow this person's invite into this room (empty: a new one), by its rules. Errors:
  /// forbidden (its rules do not name the person), conflict (it is in as many rooms as it may be).
  Task<Unit> check_invite(BotView view, std::string inviter, std::string room_id);

  /// Makes the bot and its account. Errors: conflict (the id or the account belongs to a bot already), invalid_param
  /// (id, brain or config), user_in_use (the account exists and no password was given), forbidden (wrong password).
  Task<MadeBot> create(std::int64_t tenant_id, NewBot wanted, Actor actor);
  /// A running bot goes on with the new brain at once. Errors: not_found, invalid_param.
  Task<MadeBot> change(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor);
  /// What it was asked while it was stopped it takes up, within its limits for what came while it was down; `fresh`:
  /// nothing of it. Errors: see Reconciler::start.
  Task<BotView> start(std::int64_t tenant_id, std::string bot_id, Actor actor, bool fresh = false);
  /// A reply that is being sent may keep it `stopping` after this has returned.
  Task<BotView> stop(std::int64_t tenant_id, std::string bot_id, Actor actor);
  /// Stops it, waits for what is being sent, and starts it. Errors: as start.
  Task<BotView> restart(std::int64_t tenant_id, std::string bot_id, Actor actor);
  /// Stops it, leaves its rooms, forgets it. Its account stays (the name is not given to somebody else), without
  /// password. What takes longer than a moment goes on after this has returned; until then it is `stopping`.
  Task<Unit> remove(std::int64_t tenant_id, std::string bot_id, Actor actor);

  /// What a bot says, with its own device where the room is encrypted: plain words never get into such a room. Exactly
  /// once by its txn_id, also when it was sent plain before the room was encrypted. Errors: unavailable (this process
  /// does not hold the fleet, or does not know the bot yet), conflict with matrix::kEncryptedRoom (the room is
  /// encrypted, and the sender has no device to write there); those of RoomActions::send and of encrypting.
  Task<matrix::SentEvent> say(matrix::NewEvent event);

  const brains::BotKinds& kinds() const { return deps_.tasks.kinds; }
  /// Whether this process does the fleet's work now. Any thread.
  bool holds_fleet() const { return working_; }
  /// What is wrong, for the health answer; nothing when well. Any thread.
  std::optional<std::string> health() const;

 private:
  template <class T>
  Task<T> at_home(Task<T> task) {
    // A request that is given up does not stop what it has begun.
    co_return co_await asio::co_spawn(deps_.process.home, std::move(task),
                                      asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }
  using FleetPtr = std::shared_ptr<Fleet>;
  /// What somebody wants a bot to do, and how it is carried out.
  struct DesiredChange {
    std::string_view event;  ///< of the history: want_start, …
    DesiredState desired = DesiredState::running;
    Actor actor = {};
    std::string cause = {};
    bool fresh = false;  ///< nothing is taken up
  };
  Task<Unit> start_here();
  Task<Unit> stop_here();
  Task<Unit> begin_term(std::optional<std::int64_t> epoch);
  Task<Unit> end_term(bool lost);
  asio::awaitable<void> follow_lease();
  asio::awaitable<void> watch_health();
  Task<MadeBot> create_here(std::int64_t tenant_id, NewBot wanted, Actor actor);
  Task<MadeBot> change_here(std::int64_t tenant_id, std::string bot_id, BotPatch patch, Actor actor);
  Task<matrix::SentEvent> say_here(matrix::NewEvent event);
  Task<Unit> change_desired(std::int64_t tenant_id, std::string bot_id, DesiredChange change);
  Task<Unit> begin_afresh(BotKey id);
  Task<Unit> carry_out(FleetPtr fleet, term::LiveBotPtr bot, DesiredChange change);
  /// The same, for at most Limits::request_patience; it goes on afterwards.
  Task<Unit> carry_out_soon(FleetPtr fleet, term::LiveBotPtr bot, DesiredChange change);
  Task<Unit> carry_out_offline(Bot row, DesiredChange change);
  /// Yields the number of the line in the history.
  Task<std::int64_t> note(BotKey id, DesiredChange change, bool for_holder);
  Task<Unit> wait_for_holder(BotKey id, DesiredChange change, std::int64_t noted);
  Task<Bot> row_of(std::int64_t tenant_id, std::string bot_id);

  const Deps deps_;
  const BotEditor editor_;
  const life::BrainMaker brain_maker_;
  base::TaskGroup tasks_;
  base::StopSource stop_;
  base::Notify lease_wakeup_;
  FleetPtr fleet_;              ///< while this process holds the fleet; on the fleet's executor
  std::vector<FleetPtr> late_;  ///< terms whose tasks did not end in time
  std::optional<std::int64_t> epoch_;
  bool started_ = false;
  std::atomic<bool> working_{false};
  std::atomic<bool> standing_by_{false};  ///< another process holds the fleet
  std::atomic<bool> feed_failing_{false};
  std::atomic<std::int64_t> feed_lag_{0};
};

}  // namespace troupe::fleet::service
