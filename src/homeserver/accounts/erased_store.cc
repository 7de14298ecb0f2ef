#include "homeserver/accounts/erased_store.h"

#include "store/columns.h"

namespace troupe::homeserver::accounts::account_store {

bool is_erased(store::Connection& c, std::string_view user_id) {
  return store::any(c.query("SELECT 1 FROM hs_account WHERE user_id = ?1 AND deactivated = 1 AND erased = 1", user_id));
}

}  // namespace troupe::homeserver::accounts::account_store
