// What a pusher has to send next, looked at again just before it goes out.
#pragma once
#include <optional>

#include "homeserver/memory/rooms.h"
#include "homeserver/push/notification.h"
#include "homeserver/sync/receipts.h"

namespace troupe::homeserver::push {

/// A push older than this is not sent any more.
inline constexpr std::int64_t kMaxPushAgeMs = 24 * 3'600'000;

struct NextPush {
  enum class Kind {
    event,      ///< to be sent
    counts,     ///< to be sent without an event, when the number is another
    cancelled,  ///< read, redacted, too old, in a room that was left, or of a locked account: its row can go
    orphaned,   ///< the pusher is gone, or paused: all its rows can go
  };
  Kind kind = Kind::cancelled;
  PushRow row;
  PusherState pusher;
  NotifiedEvent notified;
};

/// Nothing: none waits. Inside db.read. Throws store::SqlError.
std::optional<NextPush> find_next_push(store::Connection& connection, memory::Rooms& rooms, sync::Receipts& receipts,
                                       const PusherKey& key, std::int64_t now_ms);

}  // namespace troupe::homeserver::push
