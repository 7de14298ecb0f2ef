// The port's ephemeral feed: what passes in rooms and is not part of their history. Client-Server API
// #typing-notifications, #receipts, #presence; Application Service API #pushing-ephemeral-data.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/observers.h"

namespace troupe::matrix {

/// Who is typing in a room now: the whole list, so the newest one says everything.
struct TypingEdu {
  std::string room_id;
  std::vector<std::string> user_ids;  ///< in no special order; empty: nobody any more
  bool operator==(const TypingEdu&) const = default;
};

/// Up to where somebody has read, for all to see (m.read). Private receipts are told to nobody.
struct ReceiptEdu {
  std::string room_id;
  std::string user_id;
  std::string event_id;
  std::string thread_id;  ///< empty: not threaded; "main" or the root's event id
  std::int64_t ts_ms = 0;
  bool operator==(const ReceiptEdu&) const = default;
};

struct PresenceEdu {
  std::string user_id;
  std::string presence;  ///< online, unavailable, offline
  std::string status_msg;
  bool operator==(const PresenceEdu&) const = default;
};

/// A piece of ephemeral data.
using Edu = std::variant<TypingEdu, ReceiptEdu, PresenceEdu>;

/// Callable from any thread.
class EphemeralFeed {
 public:
  virtual ~EphemeralFeed() = default;

  /// Calls `receive` with what happens from now on, until the subscription is destroyed (base/observers.h). Nothing is
  /// kept and nothing comes later: whoever was not there has missed it. The same may come twice.
  ///
  /// `receive` runs on a thread of the homeserver, which holds its locks: it is quick, posts its work elsewhere and
  /// calls nothing of the port. What concerns one room, or one person's presence, comes in its order; receipts come
  /// after they are durable.
  ///
  /// The embedded homeserver tells of all its rooms and people; with several processes, of typing in the rooms that
  /// this process has in memory. A remote one tells of the rooms where accounts of ours are: at once to whoever
  /// observes since the start of the program, else within 30 s.
  [[nodiscard]] virtual base::SubscriptionPtr observe(std::function<void(const Edu&)> receive) = 0;
};

}  // namespace troupe::matrix
