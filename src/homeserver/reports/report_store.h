// SQL for what people have reported. All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::reports {

enum class ReportKind { event, room, person };

struct ReportRow {
  std::int64_t id = 0;
  ReportKind kind = ReportKind::event;
  std::string user_id;  ///< who reports
  std::string room_id;  ///< of an event or a room
  memory::RoomNum room = 0;
  std::string event_id;
  StreamPos event_pos = 0;
  std::string about;  ///< the event's sender, or the person
  std::optional<std::string> reason;
  std::optional<std::int64_t> score;
  std::int64_t received_ms = 0;
};

/// Which reports are wanted: those whose ids contain these texts, whatever the case; empty: all.
struct ReportQuery {
  ReportKind kind = ReportKind::event;
  std::string user_id;
  std::string room_id;
  std::string about;
  std::int64_t from = 0;
  std::int64_t limit = 100;
  bool newest_first = true;
};

namespace report_store {

void insert(store::Tx&, const ReportRow& row);
std::int64_t count_by(store::Connection&, std::string_view user_id);
std::vector<ReportRow> list(store::Connection&, const ReportQuery& query);
/// All that fit, on whatever page.
std::int64_t count(store::Connection&, const ReportQuery& query);
std::optional<ReportRow> find(store::Connection&, ReportKind kind, std::int64_t id);
/// False when there is none.
bool remove(store::Tx&, ReportKind kind, std::int64_t id);

}  // namespace report_store
}  // namespace troupe::homeserver::reports
