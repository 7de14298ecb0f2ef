// Redacting all that somebody said, in the background.
#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "homeserver/admin/redaction_shapes.h"
#include "homeserver/admin/redaction_store.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/rooms/room_service.h"

namespace troupe::homeserver::admin {

/// One per server; callable from any thread. What was asked for is durable, and so is each piece with how far it came:
/// after a restart it goes on there. Redacted are messages of every type, but for redactions, and joins, which carry a
/// name and a picture; other state stays. They go out in the name of the person, of whom nothing is asked when they
/// have left: then in that of the administrator, or else of a member of the room who may redact. Whoever calls has been
/// found to be an administrator.
class UserRedaction {
 public:
  static constexpr std::size_t kMostFailed = 1'000;  ///< events of which is kept why they could not be redacted
  static constexpr std::chrono::hours kKeepEnded{24};

  /// Everything must outlive it.
  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    rooms::RoomService& service;
    const base::Clock& clock;
  };
  explicit UserRedaction(Parts parts) : parts_(parts) {}

  /// Yields the redact_id; run() does the work. Error: 400 M_UNKNOWN (the person's events are being redacted already).
  Task<std::string> start(std::string admin_id, std::string user_id, RedactUserBody wanted);
  Task<RedactionRow> state(std::string redact_id);  ///< not_found: none in the last day
  /// Goes on with all that has not ended. From a job, often: it looks into the database when something was started
  /// here, or some seconds have passed.
  Task<Unit> run();
  /// Forgets those that ended a day ago. From a job.
  Task<Unit> sweep(base::UnixMs now);

 private:
  /// What is to be done next.
  struct Piece {
    redaction_store::RoomOfUser room;  ///< 0: nothing is left
    std::vector<std::string> event_ids;
    StreamPos next_before = 0;
  };
  Piece next_piece(store::Connection& connection, const RedactionRow& row, const RedactUserBody& wanted) const;
  Task<bool> do_piece(std::string redact_id);  ///< false: it has ended
  Task<Unit> end(std::string redact_id, std::string error);

  Parts parts_;
  std::atomic<bool> started_{true};  ///< something waits for run()
  std::atomic<std::int64_t> looked_ms_{0};
};

}  // namespace troupe::homeserver::admin
