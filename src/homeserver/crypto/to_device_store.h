// SQL for messages from device to device that wait to be fetched.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::crypto::to_device_store {

struct Waiting {
  StreamPos pos = 0;
  std::string json;  ///< as /sync shows it
};

/// One on its way into a queue.
struct Message {
  std::string_view sender;  ///< of whose share of the queue it takes: a user id, or a name for several
  std::string_view json;    ///< as /sync shows it; begins with the sender
};

/// A device, and how much waits for it.
struct Queue {
  std::string device_id;
  std::size_t bytes = 0;
};

// All throw store::SqlError only.
/// All devices of a user.
std::vector<Queue> queues(store::Connection&, std::string_view user_id);
void insert(store::Tx&, std::string_view user_id, std::string_view device_id, StreamPos pos, const Message& message,
            std::int64_t now_ms);
/// Removes messages until at most `limit_bytes` wait: each time the oldest of the sender that takes most, so that
/// nobody's flood pushes out what others have sent. Removes at most 2,000.
void shrink(store::Tx&, std::string_view user_id, std::string_view device_id, std::size_t limit_bytes);
/// Gives up to `limit` messages without a date this one; yields how many.
std::size_t date_undated(store::Tx& tx, std::int64_t now_ms, std::size_t limit);
/// Removes up to `limit` messages older than that, of all devices; yields how many.
std::size_t remove_older(store::Tx&, std::int64_t before_ms, std::size_t limit);
/// Oldest first: after < pos <= upto, at most `limit`.
std::vector<Waiting> waiting(store::Connection&, std::string_view user_id, std::string_view device_id, StreamPos after,
                             StreamPos upto, std::size_t limit);
/// Whether messages up to the position wait.
bool any(store::Connection&, std::string_view user_id, std::string_view device_id, StreamPos upto);
void remove(store::Connection&, std::string_view user_id, std::string_view device_id, StreamPos upto);
void remove_all(store::Tx&, std::string_view user_id, std::string_view device_id);

}  // namespace troupe::homeserver::crypto::to_device_store
