#include "homeserver/account_data/account_data_store.h"

#include "store/words.h"

namespace troupe::homeserver::account_data::account_data_store {
namespace {

using namespace store::words;

constexpr auto kAccountData =
    store::columns(column("room", &AccountDataRow::room), column("type", &AccountDataRow::type),
                   column("content", &AccountDataRow::content), column("pos", &AccountDataRow::pos));
constexpr auto kFromAccountData = sql("SELECT ", kAccountData, " FROM hs_account_data WHERE user_id = ?1 AND ");
constexpr auto kAccountDataSince = sql(kFromAccountData, "pos > ?2 AND pos <= ?3 ORDER BY pos");
constexpr auto kAccountDataOfRoom = sql(kFromAccountData, "room = ?2 ORDER BY type");
constexpr auto kAccountDataOfType = sql(kFromAccountData, "type = ?2 ORDER BY room");
constexpr auto kFindAccountData = sql(kFromAccountData, "room = ?2 AND type = ?3");
constexpr auto kPutAccountData =
    sql(store::insert("hs_account_data", kAccountData, "user_id"),
        " ON CONFLICT (user_id, room, type) DO UPDATE SET content = excluded.content, pos = excluded.pos");
constexpr auto kUsage =
    store::columns(column("bytes", &AccountDataUsage::bytes), column("entries", &AccountDataUsage::entries));
constexpr auto kAccountDataUsage = sql("SELECT ", kUsage, " FROM hs_account_data_usage WHERE user_id = ?1");
constexpr std::string_view kAddAccountDataUsage =
    "INSERT INTO hs_account_data_usage (user_id, bytes, entries) VALUES (?1, ?2, ?3) ON CONFLICT (user_id) DO UPDATE "
    "SET bytes = hs_account_data_usage.bytes + excluded.bytes, "
    "entries = hs_account_data_usage.entries + excluded.entries";

}  // namespace

std::vector<AccountDataRow> account_data_since(store::Connection& connection, std::string_view user_id, StreamPos since,
                                               StreamPos upto) {
  return store::all(connection.query(kAccountDataSince, user_id, since, upto), kAccountData);
}

std::vector<AccountDataRow> account_data_of_room(store::Connection& connection, std::string_view user_id,
                                                 memory::RoomNum room) {
  return store::all(connection.query(kAccountDataOfRoom, user_id, room), kAccountData);
}

std::vector<AccountDataRow> account_data_of_type(store::Connection& connection, std::string_view user_id,
                                                 std::string_view type) {
  return store::all(connection.query(kAccountDataOfType, user_id, type), kAccountData);
}

std::optional<AccountDataRow> find_account_data(store::Connection& connection, std::string_view user_id,
                                                memory::RoomNum room, std::string_view type) {
  return store::one(connection.query(kFindAccountData, user_id, room, type), kAccountData);
}

void put_account_data(store::Tx& tx, std::string_view user_id, const AccountDataRow& row,
                      const std::optional<AccountDataRow>& before) {
  store::run_insert(tx, kPutAccountData, kAccountData, row, user_id);
  const auto grown =
      static_cast<std::int64_t>(row.content.size()) - static_cast<std::int64_t>(before ? before->content.size() : 0);
  tx.run(kAddAccountDataUsage, user_id, grown, before ? 0 : 1);
}

void forget_room(store::Tx& tx, std::string_view user_id, memory::RoomNum room) {
  std::int64_t bytes = 0;
  const auto rows = account_data_of_room(tx, user_id, room);
  if (rows.empty()) return;
  for (const auto& row : rows) bytes += static_cast<std::int64_t>(row.content.size());
  tx.run("DELETE FROM hs_account_data WHERE user_id = ?1 AND room = ?2", user_id, room);
  tx.run(kAddAccountDataUsage, user_id, -bytes, -std::ssize(rows));
}

AccountDataUsage account_data_usage(store::Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kAccountDataUsage, user_id), kUsage).value_or(AccountDataUsage());
}

}  // namespace troupe::homeserver::account_data::account_data_store
