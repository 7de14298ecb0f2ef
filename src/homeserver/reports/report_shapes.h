// Shapes of reports (api/shape.h): what clients send, and what Synapse's admin API shows of it.
#pragma once
#include "api/shape.h"
#include "homeserver/reports/reports.h"

namespace troupe::homeserver::reports {

// Bodies.

struct EventComplaint {
  std::optional<std::string> reason;
  std::optional<std::int64_t> score;
};
/// Of a room or a person.
struct PlainComplaint {
  std::optional<std::string> reason;
};

// Answers.

struct Nothing {};
struct EventReport {
  NamedReport of;
};
struct EventReportDetail {
  ReportedEvent of;
};
struct RoomReport {
  NamedReport of;
};
struct UserReport {
  NamedReport of;
};
struct EventReportPage {
  std::vector<EventReport> event_reports;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_token;
};
struct RoomReportPage {
  std::vector<RoomReport> room_reports;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_token;
};
struct UserReportPage {
  std::vector<UserReport> user_reports;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_token;
};

}  // namespace troupe::homeserver::reports

namespace troupe::api {

template <>
const Shape<homeserver::reports::EventComplaint>& shape_of();
template <>
const Shape<homeserver::reports::PlainComplaint>& shape_of();
template <>
const Shape<homeserver::reports::Nothing>& shape_of();
template <>
const Shape<homeserver::reports::EventReport>& shape_of();
template <>
const Shape<homeserver::reports::EventReportDetail>& shape_of();
template <>
const Shape<homeserver::reports::RoomReport>& shape_of();
template <>
const Shape<homeserver::reports::UserReport>& shape_of();
template <>
const Shape<homeserver::reports::EventReportPage>& shape_of();
template <>
const Shape<homeserver::reports::RoomReportPage>& shape_of();
template <>
const Shape<homeserver::reports::UserReportPage>& shape_of();

}  // namespace troupe::api
