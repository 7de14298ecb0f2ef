// SQL for messages from device to device that wait to be fetched.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::to_device_store {

struct Waiting {
  StreamPos pos = 0;
  std::string json;  ///< as /sync shows it
};

// All throw store::SqlError only.
/// The ids of all devices of a user.
std::vector<std::string> device_ids(store::Connection&, std::string_view user_id);
void insert(store::Tx&, std::string_view user_id, std::string_view device_id, StreamPos pos, std::string_view json);
/// Oldest first: after < pos <= upto, at most `limit`.
std::vector<Waiting> waiting(store::Connection&, std::string_view user_id, std::string_view device_id, StreamPos after,
                             StreamPos upto, std::size_t limit);
/// Whether messages up to the position wait.
bool any(store::Connection&, std::string_view user_id, std::string_view device_id, StreamPos upto);
void remove(store::Connection&, std::string_view user_id, std::string_view device_id, StreamPos upto);
void remove_all(store::Tx&, std::string_view user_id, std::string_view device_id);

}  // namespace troupe::homeserver::to_device_store
