// How many messages somebody has not read, over all their rooms: the number on a client's icon.
#pragma once
#include <string>
#include <vector>

#include "homeserver/sync/sync_service.h"

namespace troupe::homeserver::push {

/// Callable from any I/O thread. An invitation counts as one message. Rooms are counted in pieces of a few
/// milliseconds; what was counted before is carried on from memory (sync/unread.h).
class UnreadTotal {
 public:
  UnreadTotal(store::Database& db, sync::SyncService& sync, sync::SyncServices services)
      : db_(db), sync_(sync), services_(services) {}
  Task<std::int64_t> of(std::string user_id);

 private:
  /// Those that are shown: not of whom the user ignores, and of nobody but the server when they block invitations.
  Task<std::int64_t> count_invitations(std::string user_id, std::vector<memory::RoomPtr> rooms);
  store::Database& db_;
  sync::SyncService& sync_;
  sync::SyncServices services_;
};

}  // namespace troupe::homeserver::push
