// SQL for accounts that end by themselves at a time. All throw store::SqlError only.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::homeserver::accounts::validity_store {

void set_valid_until(store::Tx&, std::string_view user_id, base::UnixMs until);
/// Locks the account when its time has passed by `now`, unless it administers, is locked or deactivated.
void lock_if_expired(store::Tx&, std::string_view user_id, base::UnixMs now);
/// Opens what lock_if_expired has locked.
void unlock_expired(store::Tx&, std::string_view user_id);
/// Accounts that lock_if_expired would lock, those whose time passed first.
std::vector<std::string> expired(store::Connection&, base::UnixMs now, std::size_t limit);

}  // namespace troupe::homeserver::accounts::validity_store
