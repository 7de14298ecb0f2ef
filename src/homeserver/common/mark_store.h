// SQL for what the homeserver notes for itself: the identity of its database, how far its sweeps have come.
#pragma once
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::mark_store {

/// Empty when there is none. Throws store::SqlError.
std::string find(store::Connection& connection, std::string_view name);
void put(store::Tx& tx, std::string_view name, std::string_view value);
/// The value that is there, which is `value` when there was none.
std::string put_once(store::Tx& tx, std::string_view name, std::string_view value);

}  // namespace troupe::homeserver::mark_store
