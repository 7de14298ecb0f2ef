// SQL for the key that push services know us by (hs_push_key). All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::gateway::gateway_store {

/// Sealed.
std::optional<std::string> find_key(store::Connection&);
/// In place of any.
void put_key(store::Tx&, std::string_view sealed);

}  // namespace troupe::homeserver::gateway::gateway_store
