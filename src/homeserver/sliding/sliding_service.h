// Sliding sync (MSC4186): what is new for a connection of a device, at once or as soon as there is something.
#pragma once
#include <atomic>
#include <string>

#include "homeserver/sliding/sliding_answer.h"
#include "homeserver/sync/sync_service.h"

namespace troupe::homeserver::sliding {

/// One per server; callable from any I/O thread.
///
/// A list costs no query: rooms in memory know their newest event, and what else lists go by is kept (room_facts.h).
/// What reaches further back is read in pieces, as by /sync; connections that begin pass its gate for long answers.
class SlidingService {
 public:
  /// What stands below. Everything must outlive it.
  struct Parts {
    store::Database& db;
    memory::Users& users;
    sync::SyncService& sync;  ///< loads users, and lets long answers through in turn
    sync::SyncServices services;
    const base::Clock& clock;
  };
  explicit SlidingService(Parts parts, SlidingConnections::Limits limits = {});

  /// Yields the body of the answer. Errors: invalid_param (M_UNKNOWN_POS), conflict (another request of the same new
  /// connection came), limit_exceeded, unavailable. The request must outlive the call,
  /// which drops of it what is read.
  Task<std::string> sync(SlidingRequest& request);
  /// How long one piece of reading holds a reader. Before the first request.
  void set_piece(std::chrono::milliseconds piece) { piece_ = piece; }
  SlidingConnections& connections() { return connections_; }
  /// Answers whoever waits, and from now on everybody at once: the server is about to close.
  void stop();

 private:
  struct Wait;
  /// Everything before the first look.
  Task<Unit> begin(Wait& wait, std::optional<sync::FairGate::Pass>& pass);
  /// The token of the to-device extension, with what it confirms removed.
  asio::awaitable<StreamPos> take_to_device(const SlidingRequest& request, const memory::UserView& user);
  /// Yields the answer, or nothing when there is no news and the request may wait.
  Task<std::optional<std::string>> answer(Wait& wait, bool may_wait);
  static asio::awaitable<void> take_pause(Wait& wait);
  /// What a request says whose connection was taken over, after a pause. Error: conflict.
  Task<std::string> overtaken(const Wait& wait);
  std::string overtaken_body(const SlidingConnections::Turn& turn) const;

  store::Database& db_;
  memory::Users& users_;
  sync::SyncService& sync_;
  SlidingTools tools_;
  SlidingConnections connections_;
  std::chrono::milliseconds piece_{10};
  std::atomic<bool> stopping_{false};
};

}  // namespace troupe::homeserver::sliding
