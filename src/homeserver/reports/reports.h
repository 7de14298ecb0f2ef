// Reports of events, rooms and people: taken in from clients, read by administrators. Client-Server API
// #reporting-content.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/reports/report_store.h"

namespace troupe::homeserver::reports {

/// What the reporter says.
struct Complaint {
  std::string user_id;  ///< of the reporter
  std::optional<std::string> reason;
  std::optional<std::int64_t> score;
};

/// A report with what the room is called now.
struct NamedReport {
  ReportRow row;
  std::optional<std::string> name;
  std::optional<std::string> canonical_alias;
};
struct ReportPage {
  std::vector<NamedReport> reports;
  std::int64_t total = 0;
};
/// With the event as it is stored now: pruned when it was redacted since, empty when it is gone.
struct ReportedEvent {
  NamedReport report;
  matrix::JsonObject event;
};

/// One per server; callable from any thread. A report stays until an administrator removes it.
class Reports {
 public:
  /// Reports of one person that nobody has removed.
  static constexpr std::int64_t kMaxPerPerson = 1000;

  Reports(store::Database& db, memory::Rooms& rooms, memory::EventLookup& lookup, const base::Clock& clock)
      : db_(db), rooms_(rooms), lookup_(lookup), clock_(clock) {}

  // Each completes when the report is durable. Error of all: limit_exceeded (kMaxPerPerson).
  /// Error: not_found, the same for an event that is not there, is redacted, or that the reporter may not see, and for
  /// a room that they are not in.
  Task<Unit> report_event(Complaint complaint, std::string room_id, std::string event_id);
  /// By anybody who knows its id. Error: not_found.
  Task<Unit> report_room(Complaint complaint, std::string room_id);
  /// Error: not_found (no account of this server).
  Task<Unit> report_person(Complaint complaint, std::string user_id);

  Task<ReportPage> list(ReportQuery query);
  /// Error: not_found.
  Task<NamedReport> find(ReportKind kind, std::int64_t id);
  Task<ReportedEvent> find_event(std::int64_t id);      ///< not_found
  Task<Unit> remove(ReportKind kind, std::int64_t id);  ///< not_found

 private:
  Task<Unit> add(Complaint complaint, ReportRow row);
  store::Database& db_;
  memory::Rooms& rooms_;
  memory::EventLookup& lookup_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::reports
