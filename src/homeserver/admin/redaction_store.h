// SQL for the redaction of all that somebody said: what was asked for, and which events it is about. All throw
// store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/admin/deletion_store.h"
#include "homeserver/memory/event_store.h"
#include "matrix/json.h"

namespace troupe::homeserver::admin {

struct RedactionRow {
  std::string redact_id;
  std::string user_id;   ///< whose events
  std::string admin_id;  ///< who asked for it
  DeletionStatus status = DeletionStatus::scheduled;
  matrix::JsonObject request;
  memory::RoomNum room = 0;   ///< that is looked through; those with smaller numbers are done
  StreamPos before_pos = 0;   ///< events of it from here on were looked at; 0: none yet
  std::int64_t of_room = 0;   ///< how many of it count for the limit
  std::int64_t redacted = 0;  ///< in all
  matrix::JsonObject failed;  ///< event ids, and why
  std::string error;          ///< why it ended before it was through
  std::int64_t made_ms = 0;

  bool ended() const { return status != DeletionStatus::scheduled && status != DeletionStatus::active; }
};

/// One of a list, without its long texts.
struct RedactionSummary {
  std::string redact_id;
  std::string user_id;
  DeletionStatus status = DeletionStatus::scheduled;
  std::int64_t redacted = 0;
  std::string error;
  std::int64_t made_ms = 0;
};

namespace redaction_store {

void insert(store::Tx&, const RedactionRow& row);
std::optional<RedactionRow> find(store::Connection&, std::string_view redact_id);
/// The newest first.
std::vector<RedactionSummary> newest(store::Connection&, std::size_t limit);
/// Whether one of this person's events has not ended.
bool is_under_way(store::Connection&, std::string_view user_id);
/// Ids of those that have not ended, the oldest first.
std::vector<std::string> unfinished(store::Connection&, std::size_t limit);
/// Writes how far it is; `ended_ms` when it has ended.
void update(store::Tx&, const RedactionRow& row, std::optional<std::int64_t> ended_ms);
/// Removes those that ended before the time; yields how many.
std::size_t forget_ended(store::Tx&, std::int64_t before_ms, std::size_t limit);

struct RoomOfUser {
  memory::RoomNum room = 0;
  std::string room_id;
};
/// Rooms that the person is in or ever was, after this number, by their numbers.
std::vector<RoomOfUser> rooms_of(store::Connection&, std::string_view user_id, memory::RoomNum after,
                                 std::size_t limit);

/// Some of a room's events, the newest first.
struct LookedThrough {
  std::vector<std::string> event_ids;  ///< that may be redacted
  std::vector<StreamPos> positions;    ///< of these
  StreamPos upto = 0;                  ///< the oldest that was looked at; 0: there was nothing any more
};
/// Whose events are looked for, and of what time by their own word, both ends included.
struct SaidBy {
  std::string_view sender;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
};
/// Such messages, and joins, among the `limit` events before the position, that are not redacted yet.
LookedThrough look_through(store::Connection&, memory::RoomNum room, StreamPos before, const SaidBy& said,
                           std::size_t limit);

}  // namespace redaction_store
}  // namespace troupe::homeserver::admin
