#include "homeserver/media/media_store.h"

#include "store/words.h"

#include <algorithm>

namespace troupe::homeserver::media::media_store {
namespace {

using namespace store::words;

constexpr auto kMedia =
    store::columns(column("media_id", &MediaRow::media_id), column("user_id", &MediaRow::user_id),
                   column("sha256", &MediaRow::sha256), column("content_type", &MediaRow::content_type),
                   column("upload_name", &MediaRow::upload_name), column("bytes", &MediaRow::bytes),
                   column("created_ms", &MediaRow::created_ms), column("expires_ms", &MediaRow::expires_ms),
                   column("safe", &MediaRow::safe), column("last_access_ms", &MediaRow::last_access_ms));
constexpr auto kInsert = store::insert("hs_media", kMedia);
constexpr auto kFind = sql("SELECT ", kMedia, " FROM hs_media WHERE media_id = ?1");
constexpr std::string_view kFill =
    "UPDATE hs_media SET sha256 = ?2, content_type = ?3, upload_name = ?4, bytes = ?5, expires_ms = NULL "
    "WHERE media_id = ?1 AND sha256 IS NULL";
constexpr auto kUsageColumns = store::columns(column("bytes", &Usage::bytes), column("files", &Usage::files));
constexpr auto kUsage = sql("SELECT ", kUsageColumns, " FROM hs_media_usage WHERE user_id = ?1");
constexpr auto kThumbnail =
    store::columns(column("sha256", &ThumbnailRow::sha256), column("content_type", &ThumbnailRow::content_type),
                   column("bytes", &ThumbnailRow::bytes));
constexpr auto kFindThumbnail = sql(
    "SELECT ", kThumbnail, " FROM hs_thumbnail WHERE source_sha256 = ?1 AND width = ?2 AND height = ?3 AND crop = ?4");
constexpr auto kOrphan = store::columns(column("sha256", &Orphan::sha256), column("since_ms", &Orphan::since_ms));
constexpr auto kOrphans = sql("SELECT ", kOrphan, " FROM hs_orphan WHERE sha256 >= ?1 AND sha256 < ?2 ORDER BY sha256");
constexpr auto kInsertOrphan = sql(store::insert("hs_orphan", kOrphan), " ON CONFLICT (sha256) DO NOTHING");

/// "g" follows every hexadecimal digit.
std::string end_of(std::string_view folder) { return std::string(folder) + "g"; }

void add_usage(store::Tx& tx, const MediaRow& row) {
  tx.run(
      "INSERT INTO hs_media_usage (user_id, bytes, files, length) VALUES (?1, ?2, 1, ?3) "
      "ON CONFLICT (user_id) DO UPDATE SET bytes = hs_media_usage.bytes + excluded.bytes, files = "
      "hs_media_usage.files + 1, length = hs_media_usage.length + excluded.length",
      row.user_id, std::max(row.bytes, kLeastCharged), row.bytes);
}

}  // namespace

void insert(store::Tx& tx, const MediaRow& row) {
  store::run_insert(tx, kInsert, kMedia, row);
  if (row.sha256) add_usage(tx, row);
}

std::optional<MediaRow> find(store::Connection& connection, std::string_view media_id) {
  return store::one(connection.query(kFind, media_id), kMedia);
}

bool fill(store::Tx& tx, const MediaRow& row) {
  if (tx.run(kFill, row.media_id, row.sha256, row.content_type, row.upload_name, row.bytes) != 1) return false;
  add_usage(tx, row);
  return true;
}

void remove(store::Tx& tx, const MediaRow& row) {
  if (tx.run("DELETE FROM hs_media WHERE media_id = ?1", row.media_id) == 1 && row.sha256)
    tx.run("UPDATE hs_media_usage SET bytes = bytes - ?2, files = files - 1, length = length - ?3 WHERE user_id = ?1",
           row.user_id, std::max(row.bytes, kLeastCharged), row.bytes);
}

Usage usage(store::Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kUsage, user_id), kUsageColumns).value_or(Usage());
}

std::int64_t count_reserved(store::Connection& connection, std::string_view user_id, std::int64_t now_ms) {
  return store::number(connection.query(
      "SELECT count(*) FROM hs_media WHERE user_id = ?1 AND sha256 IS NULL AND expires_ms > ?2", user_id, now_ms));
}

std::int64_t delete_expired_reservations(store::Tx& tx, std::int64_t now_ms, std::size_t limit) {
  return tx.run(
      "DELETE FROM hs_media WHERE media_id IN (SELECT media_id FROM hs_media WHERE sha256 IS NULL "
      "AND expires_ms <= ?1 LIMIT ?2)",
      now_ms, static_cast<std::int64_t>(limit));
}

std::optional<ThumbnailRow> find_thumbnail(store::Connection& connection, std::string_view source_sha256,
                                           const ThumbnailShape& shape) {
  return store::one(connection.query(kFindThumbnail, source_sha256, shape.width, shape.height, shape.crop), kThumbnail);
}

std::vector<std::string> pictured_after(store::Connection& connection, std::string_view folder, std::string_view after,
                                        std::size_t limit) {
  return store::values<std::string>(connection.query(
      "SELECT DISTINCT source_sha256 FROM hs_thumbnail WHERE source_sha256 > ?1 AND source_sha256 < ?2 "
      "ORDER BY source_sha256 LIMIT ?3",
      std::max(folder, after), end_of(folder), static_cast<std::int64_t>(limit)));
}

bool is_uploaded(store::Connection& connection, std::string_view sha256) {
  return store::any(connection.query("SELECT 1 FROM hs_media WHERE sha256 = ?1 LIMIT 1", sha256));
}

std::vector<std::string> thumbnails(store::Connection& connection, std::string_view source_sha256) {
  return store::values<std::string>(
      connection.query("SELECT sha256 FROM hs_thumbnail WHERE source_sha256 = ?1", source_sha256));
}

void delete_thumbnails(store::Tx& tx, std::string_view source_sha256) {
  tx.run("DELETE FROM hs_thumbnail WHERE source_sha256 = ?1", source_sha256);
}

bool is_spoken_of(store::Connection& connection, std::string_view sha256) {
  return store::any(connection.query(
      "SELECT 1 FROM hs_media WHERE sha256 = ?1 UNION ALL SELECT 1 FROM hs_thumbnail WHERE sha256 = ?1 LIMIT 1",
      sha256));
}

std::vector<Orphan> orphans(store::Connection& connection, std::string_view folder) {
  return store::all(connection.query(kOrphans, folder, end_of(folder)), kOrphan);
}

void insert_orphan(store::Tx& tx, const Orphan& orphan) { store::run_insert(tx, kInsertOrphan, kOrphan, orphan); }
void delete_orphan(store::Tx& tx, std::string_view sha256) {
  tx.run("DELETE FROM hs_orphan WHERE sha256 = ?1", sha256);
}

void insert_leaving(store::Tx& tx, std::string_view sha256, std::int64_t now_ms) {
  tx.run("INSERT INTO hs_media_leaving (sha256, since_ms) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING", sha256,
         now_ms);
}
std::vector<std::string> leaving(store::Connection& connection, std::size_t limit) {
  return store::values<std::string>(connection.query(
      "SELECT sha256 FROM hs_media_leaving ORDER BY since_ms, sha256 LIMIT ?1", static_cast<std::int64_t>(limit)));
}
void delete_leaving(store::Tx& tx, std::string_view sha256) {
  tx.run("DELETE FROM hs_media_leaving WHERE sha256 = ?1", sha256);
}

bool is_going(store::Connection& connection, std::string_view sha256, std::int64_t dead_ms) {
  return store::any(
      connection.query("SELECT 1 FROM hs_media_going WHERE sha256 = ?1 AND since_ms > ?2", sha256, dead_ms));
}
void put_going(store::Tx& tx, std::string_view sha256, std::string_view mark, std::int64_t now_ms) {
  tx.run(
      "INSERT INTO hs_media_going (sha256, mark, since_ms) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) "
      "DO UPDATE SET mark = excluded.mark, since_ms = excluded.since_ms",
      sha256, mark, now_ms);
}
void delete_going(store::Tx& tx, std::string_view sha256, std::string_view mark) {
  tx.run("DELETE FROM hs_media_going WHERE sha256 = ?1 AND mark = ?2", sha256, mark);
}

void insert_thumbnail(store::Tx& tx, std::string_view source_sha256, const ThumbnailShape& shape,
                      const ThumbnailRow& row) {
  tx.run(
      "INSERT INTO hs_thumbnail (source_sha256, width, height, crop, sha256, content_type, bytes) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (source_sha256, width, height, crop) DO UPDATE "
      "SET sha256 = excluded.sha256, content_type = excluded.content_type, bytes = excluded.bytes",
      source_sha256, shape.width, shape.height, shape.crop, row.sha256, row.content_type, row.bytes);
}

}  // namespace troupe::homeserver::media::media_store
