// SQL for stored filters.
// All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::sync::filter_store {

std::optional<std::string> find_filter(store::Connection&, std::string_view user_id, std::int64_t filter_id);
std::optional<std::int64_t> find_equal_filter(store::Connection&, std::string_view user_id, std::string_view content);
std::int64_t next_filter_id(store::Connection&, std::string_view user_id);
void insert_filter(store::Tx&, std::string_view user_id, std::int64_t filter_id, std::string_view content);

}  // namespace troupe::homeserver::sync::filter_store
