// SQL for who was there when it was last written down (hs_presence). All throw store::SqlError only.
#pragma once
#include <string>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::sync {

struct PresenceRow {
  std::string user_id;
  std::string presence;  ///< online, unavailable, offline
  std::string status_msg;
  std::int64_t active_ms = 0;  ///< Unix time of their last act
};

namespace presence_store {

/// Those after this user by id, at most `limit`.
std::vector<PresenceRow> presence_after(store::Connection&, std::string_view user_id, std::int64_t limit);
/// Inserts or replaces; nothing for accounts that are gone.
void put(store::Tx&, const PresenceRow& row);
void remove(store::Tx&, std::string_view user_id);

}  // namespace presence_store
}  // namespace troupe::homeserver::sync
