#include "homeserver/sync/shared_room_store.h"

#include "store/columns.h"

namespace troupe::homeserver::sync::shared_room_store {

bool share_a_room(store::Connection& connection, std::string_view one_user, std::string_view other_user) {
  return store::any(
      connection.query("SELECT 1 FROM hs_membership a JOIN hs_membership b ON b.user_id = ?2 AND b.room = a.room "
                       "WHERE a.user_id = ?1 AND a.membership = 'join' AND b.membership = 'join' LIMIT 1",
                       one_user, other_user));
}

}  // namespace troupe::homeserver::sync::shared_room_store
