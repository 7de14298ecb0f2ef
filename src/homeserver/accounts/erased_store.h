// SQL for what is known of accounts that were closed for good (hs_account).
#pragma once
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::accounts::account_store {

/// Closed, and what the person has left is to go. Throws store::SqlError.
bool is_erased(store::Connection& c, std::string_view user_id);

}  // namespace troupe::homeserver::accounts::account_store
