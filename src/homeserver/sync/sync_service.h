// GET /sync: what is new for a device since a token, at once or as soon as there is something.
#pragma once
#include <atomic>
#include <chrono>
#include <string>

#include "homeserver/sync/fair_gate.h"
#include "homeserver/sync/filters.h"
#include "homeserver/sync/head_watch.h"
#include "homeserver/sync/sync_answer.h"

namespace troupe::homeserver::sync {

inline constexpr std::chrono::milliseconds kMaxSyncWait{30'000};

/// One per server; callable from any I/O thread.
///
/// An answer is made from memory when it can be: loaded rooms hold their newest events and their state, and users know
/// the newest position that concerns them. What reaches further back is read in pieces of a few milliseconds each, up
/// to the position that the answer began with: other people's reads go in between. First syncs and other long answers
/// pass a gate that leaves readers and processors to everybody else, and lets accounts through in turn: whoever asks
/// for many waits for their own. Waiting holds neither a reader nor a lock.
class SyncService {
 public:
  SyncService(store::Database& db, memory::Rooms& rooms, memory::Users& users, Filters& filters, SyncServices services,
              const base::Clock& clock);

  /// Yields the body of the answer. Errors: invalid_param (token or filter), not_json, bad_json (inline filter),
  /// limit_exceeded (too many long answers of this account wait; with retry_after), unavailable.
  /// A token of the future (a database that was set back) is answered at once with a present one. The request must
  /// outlive the call.
  Task<std::string> sync(const SyncRequest& request);

  // For other answers of this kind (sliding sync):
  /// The user's view, with all their rooms read into memory piece by piece.
  Task<memory::UserViewPtr> load_user(std::string user_id);
  /// A place among the long answers; in turn by account. Errors: limit_exceeded, unavailable, timed_out.
  Task<FairGate::Pass> enter_long(std::string user_id) { return long_answers_.enter(std::move(user_id)); }
  /// Whether the position is still to come after what other processes have committed was given time to arrive.
  asio::awaitable<bool> is_of_the_future(StreamPos pos);
  /// Removes the messages to a device up to a position that it has confirmed. `own_pos`: UserView::last_own_pos(). A
  /// failure is logged: the next request tries again. The arguments must outlive the call.
  asio::awaitable<void> forget_delivered(const std::string& user_id, const std::string& device_id, StreamPos upto,
                                         StreamPos own_pos);
  /// What is remembered of devices, whichever way they sync.
  DeviceMemories& devices() { return tools_.memories; }

  /// How long one piece of a long answer, or of the reading before it, holds a reader. Before the first request.
  void set_piece(std::chrono::milliseconds piece) { tools_.piece = piece; }
  /// Answers whoever waits, and from now on everybody at once: the server is about to close.
  void stop();

 private:
  /// Long answers of one account, or of all, that wait for others; a person starts a handful of clients at once.
  static constexpr std::size_t kMaxWaitingOfOne = 16;
  static constexpr std::size_t kMaxWaitingLong = 2'000;

  struct Wait;
  /// Everything before the first look.
  Task<Unit> begin(Wait& wait);
  static bool has_nothing_new(const Wait& wait);
  /// The answer without news, when the counts that belong to it are known.
  std::optional<std::string> quiet_answer(const Wait& wait);
  /// One look at what there is. Nothing: there is no news, and it need not be answered yet.
  Task<std::optional<std::string>> look(Wait& wait, bool nothing_new, bool answers);
  static asio::awaitable<void> take_nap(Wait& wait);

  Task<Unit> load_rooms_of(std::string user_id);
  std::string empty_answer(const SyncToken& next, const std::string& counts) const;

  store::Database& db_;
  memory::Rooms& rooms_;
  memory::Users& users_;
  Filters& filters_;
  HeadWatch head_;
  SyncAnswerTools tools_;
  std::atomic<bool> stopping_{false};
  FairGate long_answers_;
};

}  // namespace troupe::homeserver::sync
