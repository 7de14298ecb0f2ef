// SQL for account data.
// All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::account_data::account_data_store {

inline constexpr memory::RoomNum kGlobal = 0;
struct AccountDataRow {
  memory::RoomNum room = kGlobal;
  std::string type;
  std::string content;  ///< JSON text
  StreamPos pos = 0;
};
/// What changed with since < pos <= upto, ascending.
std::vector<AccountDataRow> account_data_since(store::Connection&, std::string_view user_id, StreamPos since,
                                               StreamPos upto);
std::vector<AccountDataRow> account_data_of_room(store::Connection&, std::string_view user_id, memory::RoomNum room);
/// One type's entries of all rooms.
std::vector<AccountDataRow> account_data_of_type(store::Connection&, std::string_view user_id, std::string_view type);
std::optional<AccountDataRow> find_account_data(store::Connection&, std::string_view user_id, memory::RoomNum room,
                                                std::string_view type);
/// `before`: the entry that it replaces, as find_account_data() yields it in the same transaction.
void put_account_data(store::Tx&, std::string_view user_id, const AccountDataRow& row,
                      const std::optional<AccountDataRow>& before);
/// Removes a user's entries of one room.
void forget_room(store::Tx&, std::string_view user_id, memory::RoomNum room);
/// All entries of a user together. Kept by put_account_data() and forget_room().
struct AccountDataUsage {
  std::int64_t bytes = 0;  ///< of their contents
  std::int64_t entries = 0;
};
AccountDataUsage account_data_usage(store::Connection&, std::string_view user_id);

}  // namespace troupe::homeserver::account_data::account_data_store
