#include "homeserver/sync/filter_store.h"

#include "store/columns.h"

namespace troupe::homeserver::sync::filter_store {
std::optional<std::string> find_filter(store::Connection& connection, std::string_view user_id,
                                       std::int64_t filter_id) {
  return store::value<std::string>(
      connection.query("SELECT content FROM hs_filter WHERE user_id = ?1 AND filter_id = ?2", user_id, filter_id));
}

std::optional<std::int64_t> find_equal_filter(store::Connection& connection, std::string_view user_id,
                                              std::string_view content) {
  return store::value<std::int64_t>(
      connection.query("SELECT filter_id FROM hs_filter WHERE user_id = ?1 AND content = ?2", user_id, content));
}

std::int64_t next_filter_id(store::Connection& connection, std::string_view user_id) {
  return store::number(
      connection.query("SELECT coalesce(max(filter_id) + 1, 0) FROM hs_filter WHERE user_id = ?1", user_id));
}

void insert_filter(store::Tx& tx, std::string_view user_id, std::int64_t filter_id, std::string_view content) {
  tx.run("INSERT INTO hs_filter (user_id, filter_id, content) VALUES (?1, ?2, ?3)", user_id, filter_id, content);
}

}  // namespace troupe::homeserver::sync::filter_store
