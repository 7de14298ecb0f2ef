// SQL for guests: a mark on their accounts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::accounts::guest_store {

/// `network`: where it was made from (net::route::rate_key_of_address); empty: counted of none.
void set_guest(store::Tx&, std::string_view user_id, std::string_view network);
void set_no_guest(store::Tx&, std::string_view user_id);
/// Also of one that was closed.
bool is_guest(store::Connection&, std::string_view user_id);
/// Whether there are at least so many that are not closed.
bool has_as_many(store::Connection&, std::int64_t count);
/// The same of those that were made from there.
bool has_as_many_of(store::Connection&, std::string_view network, std::int64_t count);
/// Guests that are not closed, were made before then and used on no device since, in the order of their ids.
std::vector<std::string> unused_since(store::Connection&, std::int64_t before_ms, std::size_t limit);
/// The same of one.
bool is_unused_since(store::Connection&, std::string_view user_id, std::int64_t before_ms);

}  // namespace troupe::homeserver::accounts::guest_store
