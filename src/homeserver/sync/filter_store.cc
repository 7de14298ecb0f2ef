#include "homeserver/sync/filter_store.h"

#include "store/columns.h"

namespace troupe::homeserver::sync::filter_store {
namespace {

constexpr std::string_view kFindFilter = "SELECT content FROM hs_filter WHERE user_id = ?1 AND filter_id = ?2";
constexpr std::string_view kFindEqualFilter = "SELECT filter_id FROM hs_filter WHERE user_id = ?1 AND content = ?2";
constexpr std::string_view kNextFilterId = "SELECT coalesce(max(filter_id) + 1, 0) FROM hs_filter WHERE user_id = ?1";
constexpr std::string_view kInsertFilter = "INSERT INTO hs_filter (user_id, filter_id, content) VALUES (?1, ?2, ?3)";

}  // namespace

std::optional<std::string> find_filter(store::Connection& connection, std::string_view user_id,
                                       std::int64_t filter_id) {
  return store::value<std::string>(connection.query(kFindFilter, user_id, filter_id));
}

std::optional<std::int64_t> find_equal_filter(store::Connection& connection, std::string_view user_id,
                                              std::string_view content) {
  return store::value<std::int64_t>(connection.query(kFindEqualFilter, user_id, content));
}

std::int64_t next_filter_id(store::Connection& connection, std::string_view user_id) {
  return store::number(connection.query(kNextFilterId, user_id));
}

void insert_filter(store::Tx& tx, std::string_view user_id, std::int64_t filter_id, std::string_view content) {
  tx.run(kInsertFilter, user_id, filter_id, content);
}

}  // namespace troupe::homeserver::sync::filter_store
