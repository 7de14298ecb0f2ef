#include "homeserver/media/media_store.h"

#include <algorithm>

namespace troupe::homeserver::media_store {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO hs_media (media_id, user_id, sha256, content_type, upload_name, bytes, created_ms, expires_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr std::string_view kFind =
    "SELECT user_id, sha256, content_type, upload_name, bytes, created_ms, expires_ms FROM hs_media WHERE media_id = "
    "?1";
constexpr std::string_view kFill =
    "UPDATE hs_media SET sha256 = ?2, content_type = ?3, upload_name = ?4, bytes = ?5, expires_ms = NULL "
    "WHERE media_id = ?1 AND sha256 IS NULL";
constexpr std::string_view kUsage = "SELECT bytes, files FROM hs_media_usage WHERE user_id = ?1";
constexpr std::string_view kAddUsage =
    "INSERT INTO hs_media_usage (user_id, bytes, files) VALUES (?1, ?2, 1) ON CONFLICT (user_id) DO UPDATE "
    "SET bytes = hs_media_usage.bytes + excluded.bytes, files = hs_media_usage.files + 1";
constexpr std::string_view kCountReserved =
    "SELECT count(*) FROM hs_media WHERE user_id = ?1 AND sha256 IS NULL AND expires_ms > ?2";
constexpr std::string_view kDeleteExpired =
    "DELETE FROM hs_media WHERE media_id IN "
    "(SELECT media_id FROM hs_media WHERE sha256 IS NULL AND expires_ms <= ?1 LIMIT ?2)";
constexpr std::string_view kFindThumbnail =
    "SELECT sha256, content_type, bytes FROM hs_thumbnail "
    "WHERE source_sha256 = ?1 AND width = ?2 AND height = ?3 AND crop = ?4";
constexpr std::string_view kInsertThumbnail =
    "INSERT INTO hs_thumbnail (source_sha256, width, height, crop, sha256, content_type, bytes) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (source_sha256, width, height, crop) DO UPDATE "
    "SET sha256 = excluded.sha256, content_type = excluded.content_type, bytes = excluded.bytes";
constexpr std::string_view kSourcesAfter =
    "SELECT DISTINCT source_sha256 FROM hs_thumbnail WHERE source_sha256 > ?1 AND source_sha256 < ?2 "
    "ORDER BY source_sha256 LIMIT ?3";
constexpr std::string_view kAnyUpload = "SELECT 1 FROM hs_media WHERE sha256 = ?1 LIMIT 1";
constexpr std::string_view kDeleteThumbnails = "DELETE FROM hs_thumbnail WHERE source_sha256 = ?1";
constexpr std::string_view kSpokenOf =
    "SELECT 1 FROM hs_media WHERE sha256 = ?1 UNION ALL SELECT 1 FROM hs_thumbnail WHERE sha256 = ?1 LIMIT 1";
constexpr std::string_view kOrphans =
    "SELECT sha256, since_ms FROM hs_orphan WHERE sha256 >= ?1 AND sha256 < ?2 ORDER BY sha256";
constexpr std::string_view kInsertOrphan =
    "INSERT INTO hs_orphan (sha256, since_ms) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING";
constexpr std::string_view kDeleteOrphan = "DELETE FROM hs_orphan WHERE sha256 = ?1";

/// "g" follows every hexadecimal digit.
std::string end_of(std::string_view folder) { return std::string(folder) + "g"; }

void add_usage(store::Tx& tx, const MediaRow& row) {
  tx.run(kAddUsage, row.user_id, std::max(row.bytes, kLeastCharged));
}

}  // namespace

void insert(store::Tx& tx, const MediaRow& row) {
  tx.run(kInsert, row.media_id, row.user_id, row.sha256, row.content_type, row.upload_name, row.bytes, row.created_ms,
         row.expires_ms);
  if (row.sha256) add_usage(tx, row);
}

std::optional<MediaRow> find(store::Connection& connection, std::string_view media_id) {
  auto rows = connection.query(kFind, media_id);
  if (!rows.next()) return std::nullopt;
  return MediaRow{.media_id = std::string(media_id),
                  .user_id = rows.string(0),
                  .sha256 = rows.optional_string(1),
                  .content_type = rows.optional_string(2).value_or(""),
                  .upload_name = rows.optional_string(3),
                  .bytes = rows.integer(4),
                  .created_ms = rows.integer(5),
                  .expires_ms = rows.optional_integer(6)};
}

bool fill(store::Tx& tx, const MediaRow& row) {
  if (tx.run(kFill, row.media_id, row.sha256, row.content_type, row.upload_name, row.bytes) != 1) return false;
  add_usage(tx, row);
  return true;
}

Usage usage(store::Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kUsage, user_id);
  return rows.next() ? Usage{.bytes = rows.integer(0), .files = rows.integer(1)} : Usage{};
}

std::int64_t count_reserved(store::Connection& connection, std::string_view user_id, std::int64_t now_ms) {
  auto rows = connection.query(kCountReserved, user_id, now_ms);
  return rows.next() ? rows.integer(0) : 0;
}

std::int64_t delete_expired_reservations(store::Tx& tx, std::int64_t now_ms, std::size_t limit) {
  return tx.run(kDeleteExpired, now_ms, static_cast<std::int64_t>(limit));
}

std::optional<ThumbnailRow> find_thumbnail(store::Connection& connection, std::string_view source_sha256,
                                           const ThumbnailShape& shape) {
  auto rows = connection.query(kFindThumbnail, source_sha256, shape.width, shape.height, shape.crop);
  if (!rows.next()) return std::nullopt;
  return ThumbnailRow{.sha256 = rows.string(0), .content_type = rows.string(1), .bytes = rows.integer(2)};
}

std::vector<std::string> pictured_after(store::Connection& connection, std::string_view folder, std::string_view after,
                                        std::size_t limit) {
  std::vector<std::string> found;
  auto rows =
      connection.query(kSourcesAfter, std::max(folder, after), end_of(folder), static_cast<std::int64_t>(limit));
  while (rows.next()) found.push_back(rows.string(0));
  return found;
}

bool is_uploaded(store::Connection& connection, std::string_view sha256) {
  return connection.query(kAnyUpload, sha256).next();
}

void delete_thumbnails(store::Tx& tx, std::string_view source_sha256) { tx.run(kDeleteThumbnails, source_sha256); }

bool is_spoken_of(store::Connection& connection, std::string_view sha256) {
  return connection.query(kSpokenOf, sha256).next();
}

std::vector<Orphan> orphans(store::Connection& connection, std::string_view folder) {
  std::vector<Orphan> found;
  auto rows = connection.query(kOrphans, folder, end_of(folder));
  while (rows.next()) found.push_back({rows.string(0), rows.integer(1)});
  return found;
}

void insert_orphan(store::Tx& tx, const Orphan& orphan) { tx.run(kInsertOrphan, orphan.sha256, orphan.since_ms); }
void delete_orphan(store::Tx& tx, std::string_view sha256) { tx.run(kDeleteOrphan, sha256); }

void insert_thumbnail(store::Tx& tx, std::string_view source_sha256, const ThumbnailShape& shape,
                      const ThumbnailRow& row) {
  tx.run(kInsertThumbnail, source_sha256, shape.width, shape.height, shape.crop, row.sha256, row.content_type,
         row.bytes);
}

}  // namespace troupe::homeserver::media_store
