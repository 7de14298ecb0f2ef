// GET /sync: what is new for a device since a token, at once or as soon as there is something.
#pragma once
#include <atomic>
#include <chrono>
#include <string>

#include "homeserver/fair_gate.h"
#include "homeserver/reading/sync_answer.h"
#include "homeserver/settings/filters.h"

namespace troupe::homeserver {

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
  SyncService(store::Database& db, Rooms& rooms, Users& users, Filters& filters, SyncServices services,
              DeviceSync device_sync, const base::Clock& clock);

  /// Yields the body of the answer. Errors: invalid_param (token or filter), not_json, bad_json (inline filter),
  /// limit_exceeded (too many long answers of this account wait; with retry_after), unavailable.
  /// A token of the future (a database that was set back) is answered at once with a present one.
  Task<std::string> sync(SyncRequest request);
  /// How long one piece of a long answer, or of the reading before it, holds a reader. Before the first request.
  void set_piece(std::chrono::milliseconds piece) { tools_.piece = piece; }
  /// Answers whoever waits, and from now on everybody at once: the server is about to close.
  void stop();

 private:
  /// Long answers of one account, or of all, that wait for others; a person starts a handful of clients at once.
  static constexpr std::size_t kMaxWaitingOfOne = 16;
  static constexpr std::size_t kMaxWaitingLong = 2'000;

  Task<UserViewPtr> load_user(std::string user_id);
  Task<Unit> load_rooms_of(std::string user_id);
  Task<Unit> forget_delivered(const SyncRequest& request, const std::string& device_key, StreamPos upto,
                              StreamPos own_pos);
  /// Whether the position is still to come after what other processes have committed was given time to arrive.
  asio::awaitable<bool> is_of_the_future(StreamPos pos);
  std::string empty_answer(const SyncToken& next, const std::string& counts) const;

  store::Database& db_;
  Rooms& rooms_;
  Users& users_;
  Filters& filters_;
  SyncAnswerTools tools_;
  std::atomic<bool> stopping_{false};
  FairGate long_answers_;
};

}  // namespace troupe::homeserver
