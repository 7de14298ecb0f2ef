// /api/v1/homeserver/reports: what people have reported, until somebody has dealt with it.
#include "api/paging.h"
#include "api/words.h"
#include "homeserver/console_routes/homeserver_routes.h"
#include "homeserver/console_routes/homeserver_shapes.h"
#include "homeserver/console_routes/server_group.h"

namespace troupe::homeserver::console_routes {
namespace {

using namespace api::words;
using reports::ReportKind;

constexpr std::string_view kKindSchema = R"({"type":"string","enum":["event","room","user"],"default":"event"})";

Task<Response> list_reports(ReportsApi& console, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(const auto word, net::route::query_choice(call.request, "kind", {"event", "room", "user"}));
  const auto kind = std::ranges::find(kReportKinds, word.value_or("event")) - std::begin(kReportKinds);
  reports::ReportQuery query{.kind = static_cast<ReportKind>(kind),
                             .user_id = {},
                             .room_id = {},
                             .about = {},
                             .from = at.from,
                             .limit = at.limit};
  CO_TRY(query.user_id, net::route::query_search(call.request, "reporter"));
  CO_TRY(query.room_id, net::route::query_search(call.request, "room_id"));
  CO_TRY(query.about, net::route::query_search(call.request, "about"));
  CO_TRY(auto found, co_await console.reports.list(std::move(query)));
  boost::json::array items;
  for (auto& report : found.reports) items.push_back(api::write(ListedReport{std::move(report)}));
  co_return reply(api::page(std::move(items), found.total, at));
}

struct ReportPath {
  ReportKind kind = ReportKind::event;
  std::int64_t id = 0;
};
Result<ReportPath> path_of(const Call& call) {
  const auto* const word = std::ranges::find(kReportKinds, call.param("kind"));
  const auto id = net::route::whole_number(call.param("report_id"));
  if (word == std::end(kReportKinds) || !id) return Error(Errc::not_found, "There is no such report.");
  return ReportPath{.kind = static_cast<ReportKind>(word - std::begin(kReportKinds)), .id = *id};
}

Task<Response> get_report(ReportsApi& console, Call& call) {
  CO_TRY(const auto at, path_of(call));
  if (at.kind == ReportKind::event) {
    CO_TRY(auto found, co_await console.reports.find_event(at.id));
    co_return api::answer(ShownReport{std::move(found)});
  }
  CO_TRY(auto found, co_await console.reports.find(at.kind, at.id));
  co_return api::answer(ShownReport{{.report = std::move(found), .event = {}}});
}

Task<Response> dismiss_report(ReportsApi& console, Call& call) {
  CO_TRY(const auto at, path_of(call));
  CO_TRY(const auto found, co_await console.reports.find(at.kind, at.id));
  CO_TRY(co_await console.reports.remove(at.kind, at.id));
  co_await api::audit(console.kit, call, "report.dismiss", call.param("kind") + " " + call.param("report_id"),
                      {{"reporter", found.row.user_id}, {"about", found.row.about}, {"room_id", found.row.room_id}});
  co_return Response::empty(204);
}

}  // namespace

void add_report_routes(net::route::Router& routes, ReportsApi& console) {
  const ServerGroup group(routes, "/reports");
  group.add({.method = "GET",
             .summary = "What people have reported, the newest first",
             .reply = TROUPE_REF("HomeserverReportPage"),
             .query = api::paging_params({{"kind", "What was reported", kKindSchema},
                                          {"reporter", "Part of the reporter's id"},
                                          {"room_id", "Part of the room's id"},
                                          {"about", "Part of the id of whom it is about"}}),
             .run = api::bind(list_reports, console)});
  group.add({.method = "GET",
             .path = "/{kind}/{report_id}",
             .summary = "One report, with the event as it is stored now",
             .reply = TROUPE_REF("HomeserverReportDetail"),
             .run = api::bind(get_report, console)});
  group.add({.method = "DELETE",
             .path = "/{kind}/{report_id}",
             .summary = "Put a report away once it was dealt with",
             .status = 204,
             .run = api::bind(dismiss_report, console)});
}

}  // namespace troupe::homeserver::console_routes
