#include "homeserver/reports/report_routes.h"

#include "homeserver/common/client_route.h"
#include "homeserver/reports/report_shapes.h"

namespace troupe::homeserver::reports {
namespace {

Task<net::http::Response> post_event_report(Reports& reports, net::route::Call& call) {
  CO_TRY(auto said, api::body_of<EventComplaint>(call));
  Complaint complaint{.user_id = call.caller->user_id, .reason = std::move(said.reason), .score = said.score};
  CO_TRY(co_await reports.report_event(std::move(complaint), call.param("room_id"), call.param("event_id")));
  co_return api::answer(Nothing());
}

Result<Complaint> plain_complaint(const net::route::Call& call) {
  TRY(auto said, api::body_of<PlainComplaint>(call));
  return Complaint{.user_id = call.caller->user_id, .reason = std::move(said.reason), .score = {}};
}

Task<net::http::Response> post_room_report(Reports& reports, net::route::Call& call) {
  CO_TRY(auto complaint, plain_complaint(call));
  CO_TRY(co_await reports.report_room(std::move(complaint), call.param("room_id")));
  co_return api::answer(Nothing());
}

Task<net::http::Response> post_user_report(Reports& reports, net::route::Call& call) {
  CO_TRY(auto complaint, plain_complaint(call));
  CO_TRY(co_await reports.report_person(std::move(complaint), call.param("user_id")));
  co_return api::answer(Nothing());
}

}  // namespace

void add_report_routes(net::route::Router& router, Reports& reports) {
  constexpr std::size_t kMaxBody = 32UL * 1024;
  constexpr auto kObject = net::route::Body::json_object;
  const auto group = matrix_group(
      router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user, .max_body_bytes = kMaxBody});
  group.add({.method = "POST",
             .path = "/rooms/{room_id}/report/{event_id}",
             .body = api::schema_text<EventComplaint>(),
             .takes = kObject,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(post_event_report, reports)});
  group.add({.method = "POST",
             .path = "/rooms/{room_id}/report",
             .body = api::schema_text<PlainComplaint>(),
             .takes = kObject,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(post_room_report, reports)});
  group.add({.method = "POST",
             .path = "/users/{user_id}/report",
             .body = api::schema_text<PlainComplaint>(),
             .takes = kObject,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(post_user_report, reports)});
}

void setup_reports(host::Context& context, const ReportBasis& basis) {
  auto& reports = context.make<Reports>(context.db(), basis.rooms, basis.lookup, context.clock());
  add_report_routes(context.routes(), reports);
  add_report_admin_routes(context.routes(), reports);
}

}  // namespace troupe::homeserver::reports
