// SQL for pushers: where a user's notifications should go.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::account_data {

struct PusherRow {
  std::string user_id;
  std::string app_id;
  std::string pushkey;
  std::string device_id;
  std::int64_t made_ms = 0;
  std::string json;     ///< as GET /pushers shows it
  bool paused = false;  ///< nothing is sent: its user has turned it off, or its gateway failed for long
};

namespace pusher_store {

std::vector<PusherRow> pushers(store::Connection&, std::string_view user_id);
/// Inserts or replaces.
void put(store::Tx&, const PusherRow& row);
void remove(store::Tx&, std::string_view user_id, std::string_view app_id, std::string_view pushkey);
/// The same address registered by other users: a phone has changed hands.
void remove_of_others(store::Tx&, const PusherRow& row);

}  // namespace pusher_store
}  // namespace troupe::homeserver::account_data
