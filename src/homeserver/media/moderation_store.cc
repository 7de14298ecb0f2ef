#include "homeserver/media/moderation_store.h"

#include <limits>

#include "store/like.h"
#include "store/words.h"

namespace troupe::homeserver::media::moderation_store {
namespace {

using namespace store::words;

constexpr auto kRow =
    store::columns("m", column("media_id", &MediaRow::media_id), column("user_id", &MediaRow::user_id),
                   column("sha256", &MediaRow::sha256), column("content_type", &MediaRow::content_type),
                   column("upload_name", &MediaRow::upload_name), column("bytes", &MediaRow::bytes),
                   column("created_ms", &MediaRow::created_ms), column("expires_ms", &MediaRow::expires_ms),
                   column("safe", &MediaRow::safe), column("last_access_ms", &MediaRow::last_access_ms));
constexpr auto kModerated =
    store::columns("q", store::part(&ModeratedMedia::row, kRow), column("by_user", &ModeratedMedia::quarantined_by));
constexpr auto kFrom =
    sql("SELECT ", kModerated, " FROM hs_media m LEFT JOIN hs_quarantine q ON q.sha256 = m.sha256 WHERE ");
constexpr auto kFindModerated = sql(kFrom, "m.media_id = ?1");
constexpr auto kUploadsAfter = sql(kFrom,
                                   "m.user_id = ?1 AND (m.created_ms, m.media_id) > (?2, ?3) AND m.sha256 IS NOT NULL "
                                   "ORDER BY m.created_ms, m.media_id LIMIT ?4");
constexpr auto kAllAfter = sql(kFrom, "m.media_id > ?1 ORDER BY m.media_id LIMIT ?2");

constexpr auto kLargest = sql(kFrom, "m.sha256 IS NOT NULL ORDER BY m.bytes DESC, m.media_id DESC LIMIT ?1 OFFSET ?2");
constexpr auto kNewest =
    sql(kFrom, "m.sha256 IS NOT NULL ORDER BY m.created_ms DESC, m.media_id DESC LIMIT ?1 OFFSET ?2");
constexpr auto kFromQuarantined =
    sql("SELECT ", kModerated, " FROM hs_quarantine q JOIN hs_media m ON m.sha256 = q.sha256 ");
constexpr auto kLargestQuarantined = sql(kFromQuarantined, "ORDER BY m.bytes DESC, m.media_id DESC LIMIT ?1 OFFSET ?2");
constexpr auto kNewestQuarantined =
    sql(kFromQuarantined, "ORDER BY m.created_ms DESC, m.media_id DESC LIMIT ?1 OFFSET ?2");
// From the totals that are kept: to count all uploads costs a look at each.
constexpr std::string_view kCountAll = "SELECT CAST(COALESCE(SUM(files), 0) AS BIGINT) FROM hs_media_usage";
constexpr std::string_view kCountQuarantined =
    "SELECT count(*) FROM hs_quarantine q JOIN hs_media m ON m.sha256 = q.sha256";

template <std::size_t N>
consteval auto list_by(const char (&order)[N]) {
  return sql(kFrom, "m.user_id = ?1 AND m.sha256 IS NOT NULL ORDER BY ", order, ", m.media_id LIMIT ?2 OFFSET ?3");
}
constexpr auto kByAge = list_by("m.created_ms");
constexpr auto kByAgeDown = list_by("m.created_ms DESC");
constexpr auto kById = list_by("m.media_id");
constexpr auto kByIdDown = list_by("m.media_id DESC");
constexpr auto kByName = list_by("COALESCE(m.upload_name, '')");
constexpr auto kByNameDown = list_by("COALESCE(m.upload_name, '') DESC");
constexpr auto kByAccess = list_by("COALESCE(m.last_access_ms, 0)");
constexpr auto kByAccessDown = list_by("COALESCE(m.last_access_ms, 0) DESC");
constexpr auto kByLength = list_by("m.bytes");
constexpr auto kByLengthDown = list_by("m.bytes DESC");
constexpr auto kByType = list_by("m.content_type");
constexpr auto kByTypeDown = list_by("m.content_type DESC");
constexpr auto kByQuarantine = list_by("COALESCE(q.by_user, '')");
constexpr auto kByQuarantineDown = list_by("COALESCE(q.by_user, '') DESC");
constexpr auto kBySafety = list_by("m.safe");
constexpr auto kBySafetyDown = list_by("m.safe DESC");
/// By MediaSort, upwards and downwards.
constexpr std::string_view kLists[][2] = {{kByAge, kByAgeDown},
                                          {kById, kByIdDown},
                                          {kByName, kByNameDown},
                                          {kByAccess, kByAccessDown},
                                          {kByLength, kByLengthDown},
                                          {kByType, kByTypeDown},
                                          {kByQuarantine, kByQuarantineDown},
                                          {kBySafety, kBySafetyDown}};

constexpr std::string_view kQuarantine =
    "INSERT INTO hs_quarantine (sha256, by_user, at_ms) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING";
constexpr auto kChange =
    store::columns(column("sha256", &QuarantineChange::sha256), column("change", &QuarantineChange::pos),
                   column("quarantined", &QuarantineChange::quarantined));
constexpr auto kPutChange = sql(store::insert("hs_quarantine_change", kChange),
                                " ON CONFLICT (sha256) DO UPDATE SET change = excluded.change, "
                                "quarantined = excluded.quarantined");
constexpr auto kChangesAfter =
    sql("SELECT ", kChange,
        " FROM hs_quarantine_change WHERE change > ?1 AND change <= ?2 ORDER BY change, sha256 LIMIT ?3");

constexpr auto kUserUsage =
    store::columns("u", column("user_id", &UserUsage::user_id), computed("d.value", &UserUsage::display_name),
                   column("files", &UserUsage::count), column("length", &UserUsage::length));
constexpr auto kKept = sql(" FROM hs_media_usage u ");
constexpr auto kOfATime =
    sql(" FROM (SELECT user_id, COUNT(*) AS files, CAST(SUM(bytes) AS BIGINT) AS length FROM hs_media "
        "WHERE sha256 IS NOT NULL AND created_ms >= ?2 AND created_ms <= ?3 GROUP BY user_id) u ");
constexpr auto kNamed =
    sql("JOIN hs_account a ON a.user_id = u.user_id "
        "LEFT JOIN hs_profile d ON d.user_id = u.user_id AND d.name = 'displayname' "
        "WHERE u.files > 0 AND (lower(a.localpart) LIKE ?1 ESCAPE '\\' OR lower(d.value) LIKE ?1 ESCAPE '\\')");
constexpr auto kCountKept = sql("SELECT count(*)", kKept, kNamed);
constexpr auto kCountOfATime = sql("SELECT count(*)", kOfATime, kNamed);

template <std::size_t N>
consteval auto kept_by(const char (&order)[N]) {
  return sql("SELECT ", kUserUsage, kKept, kNamed, " ORDER BY ", order, ", u.user_id LIMIT ?2 OFFSET ?3");
}
template <std::size_t N>
consteval auto of_a_time_by(const char (&order)[N]) {
  return sql("SELECT ", kUserUsage, kOfATime, kNamed, " ORDER BY ", order, ", u.user_id LIMIT ?4 OFFSET ?5");
}
constexpr auto kKeptByUser = kept_by("u.user_id");
constexpr auto kKeptByUserDown = kept_by("u.user_id DESC");
constexpr auto kKeptByName = kept_by("lower(COALESCE(d.value, ''))");
constexpr auto kKeptByNameDown = kept_by("lower(COALESCE(d.value, '')) DESC");
constexpr auto kKeptByLength = kept_by("u.length");
constexpr auto kKeptByLengthDown = kept_by("u.length DESC");
constexpr auto kKeptByCount = kept_by("u.files");
constexpr auto kKeptByCountDown = kept_by("u.files DESC");
constexpr auto kTimeByUser = of_a_time_by("u.user_id");
constexpr auto kTimeByUserDown = of_a_time_by("u.user_id DESC");
constexpr auto kTimeByName = of_a_time_by("lower(COALESCE(d.value, ''))");
constexpr auto kTimeByNameDown = of_a_time_by("lower(COALESCE(d.value, '')) DESC");
constexpr auto kTimeByLength = of_a_time_by("u.length");
constexpr auto kTimeByLengthDown = of_a_time_by("u.length DESC");
constexpr auto kTimeByCount = of_a_time_by("u.files");
constexpr auto kTimeByCountDown = of_a_time_by("u.files DESC");
/// By UsageSort, upwards and downwards.
constexpr std::string_view kKeptLists[][2] = {{kKeptByUser, kKeptByUserDown},
                                              {kKeptByName, kKeptByNameDown},
                                              {kKeptByLength, kKeptByLengthDown},
                                              {kKeptByCount, kKeptByCountDown}};
constexpr std::string_view kTimeLists[][2] = {{kTimeByUser, kTimeByUserDown},
                                              {kTimeByName, kTimeByNameDown},
                                              {kTimeByLength, kTimeByLengthDown},
                                              {kTimeByCount, kTimeByCountDown}};

bool has_time(const UsageQuery& query) { return query.from_ms || query.until_ms; }
std::int64_t first_of(const UsageQuery& query) { return query.from_ms.value_or(0); }
std::int64_t last_of(const UsageQuery& query) {
  return query.until_ms.value_or(std::numeric_limits<std::int64_t>::max());
}

void note_change(store::Tx& tx, std::string_view sha256, bool quarantined) {
  store::run_insert(tx, kPutChange, kChange,
                    QuarantineChange{.sha256 = std::string(sha256), .pos = tx.next_pos(), .quarantined = quarantined});
}

}  // namespace

std::optional<ModeratedMedia> find(store::Connection& connection, std::string_view media_id) {
  return store::one(connection.query(kFindModerated, media_id), kModerated);
}

bool is_account(store::Connection& connection, std::string_view user_id) {
  return store::any(connection.query("SELECT 1 FROM hs_account WHERE user_id = ?1", user_id));
}

std::vector<ModeratedMedia> list(store::Connection& connection, const MediaListQuery& query) {
  const auto by = kLists[static_cast<std::size_t>(query.sort)][query.descending ? 1 : 0];
  return store::all(connection.query(by, query.user_id, query.limit, query.from), kModerated);
}

std::int64_t count(store::Connection& connection, std::string_view user_id) {
  return store::number(
      connection.query("SELECT count(*) FROM hs_media WHERE user_id = ?1 AND sha256 IS NOT NULL", user_id));
}

std::vector<ModeratedMedia> uploads_after(store::Connection& connection, std::string_view user_id,
                                          std::int64_t created_ms, std::string_view media_id, std::size_t limit) {
  return store::all(connection.query(kUploadsAfter, user_id, created_ms, media_id, static_cast<std::int64_t>(limit)),
                    kModerated);
}

std::vector<ModeratedMedia> all_after(store::Connection& connection, std::string_view media_id, std::size_t limit) {
  return store::all(connection.query(kAllAfter, media_id, static_cast<std::int64_t>(limit)), kModerated);
}

std::vector<ModeratedMedia> list_all(store::Connection& connection, const AllMediaQuery& query) {
  const bool newest = query.sort == AllMediaQuery::Sort::newest;
  std::string_view by = newest ? std::string_view(kNewest) : kLargest;
  if (query.only_quarantined) by = newest ? std::string_view(kNewestQuarantined) : kLargestQuarantined;
  return store::all(connection.query(by, query.limit, query.from), kModerated);
}

std::int64_t count_all(store::Connection& connection, const AllMediaQuery& query) {
  return store::number(connection.query(query.only_quarantined ? kCountQuarantined : kCountAll));
}

bool quarantine(store::Tx& tx, std::string_view sha256, std::string_view by, std::int64_t now_ms) {
  if (tx.run(kQuarantine, sha256, by, now_ms) != 1) return false;
  note_change(tx, sha256, true);
  return true;
}

bool release(store::Tx& tx, std::string_view sha256) {
  if (tx.run("DELETE FROM hs_quarantine WHERE sha256 = ?1", sha256) != 1) return false;
  note_change(tx, sha256, false);
  return true;
}

std::vector<QuarantineChange> changes_after(store::Connection& connection, StreamPos after, StreamPos upto,
                                            std::size_t limit) {
  return store::all(connection.query(kChangesAfter, after, upto, static_cast<std::int64_t>(limit)), kChange);
}

std::vector<std::string> uploads_of_content(store::Connection& connection, std::string_view sha256, std::size_t limit) {
  return store::values<std::string>(
      connection.query("SELECT media_id FROM hs_media WHERE sha256 = ?1 ORDER BY created_ms DESC, media_id LIMIT ?2",
                       sha256, static_cast<std::int64_t>(limit)));
}

bool is_safe(store::Connection& connection, std::string_view sha256) {
  return store::any(connection.query("SELECT 1 FROM hs_media WHERE sha256 = ?1 AND safe = 1 LIMIT 1", sha256));
}
void set_safe(store::Tx& tx, std::string_view media_id, bool safe) {
  tx.run("UPDATE hs_media SET safe = ?2 WHERE media_id = ?1", media_id, safe);
}
void note_access(store::Tx& tx, std::string_view media_id, std::int64_t at_ms) {
  tx.run("UPDATE hs_media SET last_access_ms = ?2 WHERE media_id = ?1", media_id, at_ms);
}

std::vector<UserUsage> usage(store::Connection& connection, const UsageQuery& query) {
  const auto pattern = store::like_containing(query.search);
  const auto sort = static_cast<std::size_t>(query.sort);
  const auto down = query.descending ? 1 : 0;
  if (!has_time(query))
    return store::all(connection.query(kKeptLists[sort][down], pattern, query.limit, query.from), kUserUsage);
  return store::all(
      connection.query(kTimeLists[sort][down], pattern, first_of(query), last_of(query), query.limit, query.from),
      kUserUsage);
}

std::int64_t count_usage(store::Connection& connection, const UsageQuery& query) {
  const auto pattern = store::like_containing(query.search);
  if (!has_time(query)) return store::number(connection.query(kCountKept, pattern));
  return store::number(connection.query(kCountOfATime, pattern, first_of(query), last_of(query)));
}

}  // namespace troupe::homeserver::media::moderation_store
