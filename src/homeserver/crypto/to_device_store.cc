#include "homeserver/crypto/to_device_store.h"

namespace troupe::homeserver::to_device_store {
namespace {

constexpr std::string_view kDeviceIds = "SELECT device_id FROM hs_device WHERE user_id = ?1 ORDER BY device_id";
constexpr std::string_view kInsert = "INSERT INTO hs_to_device (user_id, device_id, pos, json) VALUES (?1, ?2, ?3, ?4)";
constexpr std::string_view kWaiting =
    "SELECT pos, json FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND pos > ?3 AND pos <= ?4 "
    "ORDER BY pos LIMIT ?5";
constexpr std::string_view kAny =
    "SELECT 1 FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND pos <= ?3 LIMIT 1";
constexpr std::string_view kRemove = "DELETE FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND pos <= ?3";
constexpr std::string_view kRemoveAll = "DELETE FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2";

}  // namespace

std::vector<std::string> device_ids(store::Connection& connection, std::string_view user_id) {
  std::vector<std::string> found;
  auto rows = connection.query(kDeviceIds, user_id);
  while (rows.next()) found.push_back(rows.string(0));
  return found;
}

void insert(store::Tx& tx, std::string_view user_id, std::string_view device_id, StreamPos pos, std::string_view json) {
  tx.run(kInsert, user_id, device_id, pos, json);
}

std::vector<Waiting> waiting(store::Connection& connection, std::string_view user_id, std::string_view device_id,
                             StreamPos after, StreamPos upto, std::size_t limit) {
  std::vector<Waiting> found;
  auto rows = connection.query(kWaiting, user_id, device_id, after, upto, static_cast<std::int64_t>(limit));
  while (rows.next()) found.push_back({rows.integer(0), rows.string(1)});
  return found;
}

bool any(store::Connection& connection, std::string_view user_id, std::string_view device_id, StreamPos upto) {
  return connection.query(kAny, user_id, device_id, upto).next();
}

void remove(store::Connection& connection, std::string_view user_id, std::string_view device_id, StreamPos upto) {
  connection.run(kRemove, user_id, device_id, upto);
}

void remove_all(store::Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run(kRemoveAll, user_id, device_id);
}

}  // namespace troupe::homeserver::to_device_store
