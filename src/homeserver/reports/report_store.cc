#include "homeserver/reports/report_store.h"

#include "store/like.h"
#include "store/words.h"

namespace troupe::homeserver::reports::report_store {
namespace {

using namespace store::words;

constexpr auto kReport = store::columns(column("id", &ReportRow::id), column("kind", &ReportRow::kind),
                                        column("user_id", &ReportRow::user_id), column("room_id", &ReportRow::room_id),
                                        column("room", &ReportRow::room), column("event_id", &ReportRow::event_id),
                                        column("event_pos", &ReportRow::event_pos), column("about", &ReportRow::about),
                                        column("reason", &ReportRow::reason), column("score", &ReportRow::score),
                                        column("received_ms", &ReportRow::received_ms));
constexpr auto kInsert = store::insert("hs_report", kReport);
constexpr auto kMatching =
    sql(" FROM hs_report WHERE kind = ?1 AND lower(user_id) LIKE ?2 ESCAPE '\\' AND lower(room_id) LIKE ?3 ESCAPE '\\' "
        "AND lower(about) LIKE ?4 ESCAPE '\\'");
constexpr auto kCount = sql("SELECT count(*)", kMatching);
constexpr auto kOldestFirst = sql("SELECT ", kReport, kMatching, " ORDER BY id LIMIT ?5 OFFSET ?6");
constexpr auto kNewestFirst = sql("SELECT ", kReport, kMatching, " ORDER BY id DESC LIMIT ?5 OFFSET ?6");
constexpr auto kFind = sql("SELECT ", kReport, " FROM hs_report WHERE id = ?1 AND kind = ?2");

}  // namespace

void insert(store::Tx& tx, const ReportRow& row) { store::run_insert(tx, kInsert, kReport, row); }

std::int64_t count_by(store::Connection& connection, std::string_view user_id) {
  return store::number(connection.query("SELECT count(*) FROM hs_report WHERE user_id = ?1", user_id));
}

std::vector<ReportRow> list(store::Connection& connection, const ReportQuery& query) {
  const std::string_view by = query.newest_first ? std::string_view(kNewestFirst) : kOldestFirst;
  return store::all(connection.query(by, static_cast<std::int64_t>(query.kind), store::like_containing(query.user_id),
                                     store::like_containing(query.room_id), store::like_containing(query.about),
                                     query.limit, query.from),
                    kReport);
}

std::int64_t count(store::Connection& connection, const ReportQuery& query) {
  return store::number(connection.query(kCount, static_cast<std::int64_t>(query.kind),
                                        store::like_containing(query.user_id), store::like_containing(query.room_id),
                                        store::like_containing(query.about)));
}

std::optional<ReportRow> find(store::Connection& connection, ReportKind kind, std::int64_t id) {
  return store::one(connection.query(kFind, id, static_cast<std::int64_t>(kind)), kReport);
}

bool remove(store::Tx& tx, ReportKind kind, std::int64_t id) {
  return tx.run("DELETE FROM hs_report WHERE id = ?1 AND kind = ?2", id, static_cast<std::int64_t>(kind)) == 1;
}

}  // namespace troupe::homeserver::reports::report_store
