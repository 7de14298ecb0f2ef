// SQL for the positions up to which consumers have decided. All functions throw store::SqlError only.
#pragma once
#include <optional>
#include <string_view>

#include "store/database.h"

namespace troupe::host {

/// Nothing before the consumer's first start.
std::optional<StreamPos> find_cursor(store::Connection& connection, std::string_view name);
/// Only ever moves forward.
void advance_cursor(store::Tx& tx, std::string_view name, StreamPos pos);

}  // namespace troupe::host
