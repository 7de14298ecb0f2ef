// Shapes of reports (api/shape.h): what clients send, and what Synapse's admin API shows of it.
#pragma once
#include "api/shape.h"
#include "homeserver/common/nothing.h"
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

Shape<homeserver::reports::EventComplaint> make_shape(Of<homeserver::reports::EventComplaint>);
Shape<homeserver::reports::PlainComplaint> make_shape(Of<homeserver::reports::PlainComplaint>);
Shape<homeserver::reports::EventReport> make_shape(Of<homeserver::reports::EventReport>);
Shape<homeserver::reports::EventReportDetail> make_shape(Of<homeserver::reports::EventReportDetail>);
Shape<homeserver::reports::RoomReport> make_shape(Of<homeserver::reports::RoomReport>);
Shape<homeserver::reports::UserReport> make_shape(Of<homeserver::reports::UserReport>);
Shape<homeserver::reports::EventReportPage> make_shape(Of<homeserver::reports::EventReportPage>);
Shape<homeserver::reports::RoomReportPage> make_shape(Of<homeserver::reports::RoomReportPage>);
Shape<homeserver::reports::UserReportPage> make_shape(Of<homeserver::reports::UserReportPage>);

}  // namespace troupe::api
