#include "homeserver/previews/preview_store.h"

#include "store/words.h"

namespace troupe::homeserver::previews::preview_store {
namespace {

using namespace store::words;

constexpr auto kPreview = store::columns(column<store::Bytes>("url_hash", &PreviewRow::url_hash),
                                         column("fetched_ms", &PreviewRow::fetched_ms),
                                         column("ends_ms", &PreviewRow::ends_ms), column("body", &PreviewRow::body));
constexpr auto kPut = sql(store::insert("hs_url_preview", kPreview), " ON CONFLICT (url_hash, fetched_ms) DO NOTHING");
constexpr auto kFind = sql("SELECT ", kPreview,
                           " FROM hs_url_preview WHERE url_hash = ?1 AND fetched_ms <= ?2 AND ends_ms > ?2 "
                           "ORDER BY fetched_ms DESC LIMIT 1");

}  // namespace

void put(store::Tx& tx, const PreviewRow& row) { store::run_insert(tx, kPut, kPreview, row); }

std::optional<PreviewRow> find(store::Connection& connection, std::string_view url_hash, std::int64_t at_ms) {
  return store::one(connection.query(kFind, store::Value::blob(url_hash), at_ms), kPreview);
}

std::int64_t count(store::Connection& connection) {
  return store::number(connection.query("SELECT count(*) FROM hs_url_preview"));
}

std::int64_t delete_ended(store::Tx& tx, std::int64_t by_ms, std::size_t limit) {
  return tx.run(
      "DELETE FROM hs_url_preview WHERE (url_hash, fetched_ms) IN (SELECT url_hash, fetched_ms "
      "FROM hs_url_preview WHERE ends_ms <= ?1 LIMIT ?2)",
      by_ms, static_cast<std::int64_t>(limit));
}

std::int64_t delete_first(store::Tx& tx, std::int64_t limit) {
  return tx.run(
      "DELETE FROM hs_url_preview WHERE (url_hash, fetched_ms) IN (SELECT url_hash, fetched_ms "
      "FROM hs_url_preview ORDER BY ends_ms LIMIT ?1)",
      limit);
}

}  // namespace troupe::homeserver::previews::preview_store
