#include "homeserver/reports/report_shapes.h"

namespace troupe::api {

using homeserver::reports::EventComplaint;
using homeserver::reports::EventReport;
using homeserver::reports::EventReportDetail;
using homeserver::reports::EventReportPage;
using homeserver::reports::NamedReport;
using homeserver::reports::PlainComplaint;
using homeserver::reports::ReportedEvent;
using homeserver::reports::ReportRow;
using homeserver::reports::RoomReport;
using homeserver::reports::RoomReportPage;
using homeserver::reports::UserReport;
using homeserver::reports::UserReportPage;

namespace {

constexpr std::int64_t kMaxReason = 4096;
constexpr Facts kReason{.description = "what the reporter says; may be empty", .most = kMaxReason};
constexpr Facts kNullableInReport{.or_null = true};

/// The rows of a report of an event; `To` leads to it.
template <auto... To>
std::vector<MemberRow> reported_event_rows() {
  return {member<To..., &NamedReport::row, &ReportRow::id>("id"),
          member<To..., &NamedReport::row, &ReportRow::received_ms>("received_ts"),
          member<To..., &NamedReport::row, &ReportRow::room_id>("room_id"),
          member<To..., &NamedReport::name>("name", kNullableInReport),
          member<To..., &NamedReport::canonical_alias>("canonical_alias", kNullableInReport),
          member<To..., &NamedReport::row, &ReportRow::event_id>("event_id"),
          member<To..., &NamedReport::row, &ReportRow::user_id>("user_id"),
          member<To..., &NamedReport::row, &ReportRow::about>("sender"),
          member<To..., &NamedReport::row, &ReportRow::reason>("reason", kNullableInReport),
          member<To..., &NamedReport::row, &ReportRow::score>("score", kNullableInReport)};
}

}  // namespace

Shape<EventComplaint> make_shape(Of<EventComplaint>) {
  return Shape<EventComplaint>::matrix_request(
      {member<&EventComplaint::reason>("reason", kReason),
       member<&EventComplaint::score>("score", {.description = "-100: most offensive, 0: inoffensive"})});
}

Shape<PlainComplaint> make_shape(Of<PlainComplaint>) {
  return Shape<PlainComplaint>::matrix_request({member<&PlainComplaint::reason>("reason", kReason)});
}

Shape<EventReport> make_shape(Of<EventReport>) {
  return Shape<EventReport>::part(reported_event_rows<&EventReport::of>());
}

Shape<EventReportDetail> make_shape(Of<EventReportDetail>) {
  return [] {
    auto rows = reported_event_rows<&EventReportDetail::of, &ReportedEvent::report>();
    rows.push_back(member<&EventReportDetail::of, &ReportedEvent::event>(
        "event_json", {.description = "as it is stored now; empty when it is gone"}));
    return Shape<EventReportDetail>::part(std::move(rows));
  }();
}

Shape<RoomReport> make_shape(Of<RoomReport>) {
  return Shape<RoomReport>::part(
      {member<&RoomReport::of, &NamedReport::row, &ReportRow::id>("id"),
       member<&RoomReport::of, &NamedReport::row, &ReportRow::received_ms>("received_ts"),
       member<&RoomReport::of, &NamedReport::row, &ReportRow::room_id>("room_id"),
       member<&RoomReport::of, &NamedReport::name>("name", kNullableInReport),
       member<&RoomReport::of, &NamedReport::canonical_alias>("canonical_alias", kNullableInReport),
       member<&RoomReport::of, &NamedReport::row, &ReportRow::user_id>("user_id"),
       member<&RoomReport::of, &NamedReport::row, &ReportRow::reason>("reason", kNullableInReport)});
}

Shape<UserReport> make_shape(Of<UserReport>) {
  return Shape<UserReport>::part(
      {member<&UserReport::of, &NamedReport::row, &ReportRow::id>("id"),
       member<&UserReport::of, &NamedReport::row, &ReportRow::received_ms>("received_ts"),
       member<&UserReport::of, &NamedReport::row, &ReportRow::about>("target_user_id"),
       member<&UserReport::of, &NamedReport::row, &ReportRow::user_id>("user_id"),
       member<&UserReport::of, &NamedReport::row, &ReportRow::reason>("reason", kNullableInReport)});
}

Shape<EventReportPage> make_shape(Of<EventReportPage>) {
  return Shape<EventReportPage>::part({member<&EventReportPage::event_reports>("event_reports"),
                                       member<&EventReportPage::total>("total"),
                                       member<&EventReportPage::next_token>("next_token")});
}

Shape<RoomReportPage> make_shape(Of<RoomReportPage>) {
  return Shape<RoomReportPage>::part({member<&RoomReportPage::room_reports>("room_reports"),
                                      member<&RoomReportPage::total>("total"),
                                      member<&RoomReportPage::next_token>("next_token")});
}

Shape<UserReportPage> make_shape(Of<UserReportPage>) {
  return Shape<UserReportPage>::part({member<&UserReportPage::user_reports>("user_reports"),
                                      member<&UserReportPage::total>("total"),
                                      member<&UserReportPage::next_token>("next_token")});
}

}  // namespace troupe::api
