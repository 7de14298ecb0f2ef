// The port's feed: every event of the homeserver, in the order of one stream.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "base/types.h"
#include "matrix/json.h"

namespace troupe::matrix {

/// An event as consumers of the feed see it.
struct FeedEvent {
  StreamPos pos = 0;
  std::string room_id;
  std::string event_id;
  std::string type;
  std::string sender;
  std::optional<std::string> state_key;
  std::int64_t origin_server_ts = 0;
  JsonObject content;
};
struct FeedPage {
  std::vector<FeedEvent> events;
  StreamPos cursor = 0;  ///< ask again from here: also moves over positions that were no events
  bool more = false;     ///< there is more to read at once
};

/// Callable from any thread. A consumer keeps its own cursor, stores it together with what it made of the events, and
/// is woken by bus::Topic::events.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Events after a position, in the order of the stream; limit 1…1000. Error: unavailable (ask again).
  virtual Task<FeedPage> events_after(StreamPos cursor, std::size_t limit) = 0;
  /// The newest position that is durable: a new consumer begins here.
  virtual StreamPos head() const = 0;
};

}  // namespace troupe::matrix
