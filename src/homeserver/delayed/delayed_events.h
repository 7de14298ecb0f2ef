// Events that are sent later, unless somebody stops them (MSC4140): a call's hang-up when its client is gone.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "homeserver/common/run_clock.h"
#include "homeserver/delayed/delayed_store.h"
#include "homeserver/rooms/room_service.h"
#include "homeserver/rooms/scheduler.h"
#include "host/settings.h"

namespace troupe::homeserver::delayed {

enum class Action { cancel, restart, send };

/// Which part of an account's delayed events is asked for.
struct DelayedQuery {
  bool scheduled = true;
  bool ended = true;
  std::vector<std::string> delay_ids;  ///< only these; empty: all
  /// Only those that ended before this one; the scheduled are on the first page alone.
  std::optional<std::pair<std::int64_t, std::string>> after = {};
};
struct DelayedList {
  std::vector<DelayedRow> scheduled;  ///< the next due first
  std::vector<DelayedRow> ended;      ///< the last ended first
  bool more = false;                  ///< further ended ones
};

/// One per server; callable from any thread. An event, its transaction and that it was sent are one commit each, so a
/// crash neither loses one nor sends it twice; of several processes one holds the job, and the row decides where two
/// try. Who may send what is asked when it is sent: the room's rules, the account (locked, suspended, deactivated) and
/// the device. What a device planned fails when it is signed out, but for the end of its part in a call (kCallTypes,
/// emptied): nothing that a stolen session planned is said, also when a device of the same id comes again.
class DelayedEvents final : public rooms::Scheduler {
 public:
  static constexpr std::int64_t kMaxScheduled = 100;  ///< of an account
  static constexpr std::int64_t kMaxEnded = 100;      ///< of an account: the oldest go beyond
  static constexpr std::int64_t kPage = 50;           ///< ended ones in a list
  static constexpr std::size_t kMaxIds = 100;         ///< that a list asks for
  static constexpr std::chrono::hours kKeepEnded{7 * 24};
  static constexpr std::size_t kMaxContentBytes = 64UL * 1024;
  static constexpr std::int64_t kAtOnce = 32;
  static constexpr std::chrono::seconds kRetry{5};  ///< after a trouble of this server
  static constexpr std::chrono::hours kGiveUp{24};  ///< of such troubles
  static constexpr std::chrono::minutes kSetRightEvery{10};

  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    rooms::RoomService& service;
    const host::Settings& settings;
    const base::Clock& clock;
  };
  explicit DelayedEvents(Parts parts) : parts_(parts), delays_(parts.clock) {}

  Task<std::string> schedule(rooms::LaterEvent event) override;
  /// Whoever knows the id may. What ended as the action wants is no error; restart of what ended, cancel of what was
  /// sent and send of what was cancelled: not_found, by which clients know that it is over. Errors: not_found; those of
  /// sending, also of a try before.
  Task<Unit> act(std::string delay_id, Action action);
  /// One's own. Error: not_found.
  Task<DelayedRow> find(std::string user_id, std::string delay_id);
  Task<DelayedList> list(std::string user_id, DelayedQuery query);

  /// Sends what is due. Nothing waits longer than it was asked to, also when it was asked for while the wall clock was
  /// ahead and the program started again since. From a job, one call at a time.
  Task<Unit> send_due();
  /// Removes what ended long ago. `now`: by host::age_clock. From a job.
  Task<Unit> sweep(base::UnixMs now);
  /// In the transaction that removes the device.
  static void device_removed(store::Tx& tx, std::string_view user_id, std::string_view device_id);
  /// The account is no more: nothing of its is kept.
  Task<Unit> forget(std::string user_id);

 private:
  class Firing;
  /// Somebody else has set this state since: it would be undone.
  bool overtaken(store::Connection& connection, const DelayedRow& row) const;
  Result<Unit> check_sender(store::Connection& connection, const DelayedRow& row) const;
  /// Sends it now. Errors: those of sending; conflict when it is not scheduled (any more), or not due.
  Task<Unit> fire(DelayedRow row, bool by_action);
  Task<Unit> note_failure(const DelayedRow& row, bool by_action, const Error& error);
  asio::awaitable<void> fire_due_one(std::string delay_id);
  Task<Unit> set_waits_right();

  Parts parts_;
  RunClock delays_;
  std::chrono::steady_clock::time_point set_right_at_{};  ///< when waits are looked at next
};

}  // namespace troupe::homeserver::delayed
