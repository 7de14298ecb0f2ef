// Synapse's admin API of reports: lists, one, and its removal once it was dealt with.
#include "homeserver/admin/admin_route.h"
#include "homeserver/reports/report_routes.h"
#include "homeserver/reports/report_shapes.h"

namespace troupe::homeserver::reports {
namespace {

constexpr std::string_view kText = R"({"type":"string","maxLength":200})";

/// Under what names a list is asked whom its reports are about: the documented one, and the one that Synapse reads.
struct AboutParam {
  std::string_view name = {};
  std::string_view other = {};
};

Result<ReportQuery> read_query(const net::http::Request& request, ReportKind kind, const admin::AdminPage& page,
                               const AboutParam& about) {
  ReportQuery query{.kind = kind,
                    .user_id = {},
                    .room_id = {},
                    .about = {},
                    .from = page.from,
                    .limit = page.limit,
                    .newest_first = page.backwards};
  TRY(query.user_id, net::route::query_search(request, "user_id"));
  if (kind != ReportKind::person) {
    TRY(query.room_id, net::route::query_search(request, "room_id"));
  }
  if (about.name.empty()) return query;
  TRY(query.about, net::route::query_search(request, about.name));
  if (query.about.empty() && !about.other.empty()) {
    TRY(query.about, net::route::query_search(request, about.other));
  }
  return query;
}

template <class Page, class Item>
Task<net::http::Response> list(Reports& reports, const net::http::Request& request, ReportKind kind,
                               std::vector<Item> Page::* items, AboutParam about) {
  CO_TRY(const auto wanted, admin::admin_page(request, true));
  CO_TRY(auto query, read_query(request, kind, wanted, about));
  CO_TRY(auto found, co_await reports.list(std::move(query)));
  Page page;
  page.total = found.total;
  page.next_token = wanted.next(found.total, found.reports.size());
  for (auto& report : found.reports) (page.*items).push_back(Item{.of = std::move(report)});
  co_return api::answer(page);
}

Task<net::http::Response> get_event_reports(Reports& reports, net::route::Call& call) {
  return list(reports, call.request, ReportKind::event, &EventReportPage::event_reports,
              {"sender_user_id", "event_sender_user_id"});
}
Task<net::http::Response> get_room_reports(Reports& reports, net::route::Call& call) {
  return list(reports, call.request, ReportKind::room, &RoomReportPage::room_reports, {});
}
Task<net::http::Response> get_user_reports(Reports& reports, net::route::Call& call) {
  return list(reports, call.request, ReportKind::person, &UserReportPage::user_reports, {"target_user_id"});
}

Result<std::int64_t> report_id(const net::route::Call& call) {
  const auto id = net::route::whole_number(call.param("report_id"));
  if (id && *id >= 0) return *id;
  return Error(Errc::invalid_param, "report_id must be a whole number of at least 0.");
}

Task<net::http::Response> get_event_report(Reports& reports, net::route::Call& call) {
  CO_TRY(const auto id, report_id(call));
  CO_TRY(auto found, co_await reports.find_event(id));
  co_return api::answer(EventReportDetail{.of = std::move(found)});
}
Task<net::http::Response> get_room_report(Reports& reports, net::route::Call& call) {
  CO_TRY(const auto id, report_id(call));
  CO_TRY(auto found, co_await reports.find(ReportKind::room, id));
  co_return api::answer(RoomReport{.of = std::move(found)});
}
Task<net::http::Response> get_user_report(Reports& reports, net::route::Call& call) {
  CO_TRY(const auto id, report_id(call));
  CO_TRY(auto found, co_await reports.find(ReportKind::person, id));
  co_return api::answer(UserReport{.of = std::move(found)});
}

Task<net::http::Response> remove(Reports& reports, net::route::Call& call, ReportKind kind) {
  CO_TRY(const auto id, report_id(call));
  CO_TRY(co_await reports.remove(kind, id));
  co_return api::answer(Nothing());
}
Task<net::http::Response> delete_event_report(Reports& reports, net::route::Call& call) {
  return remove(reports, call, ReportKind::event);
}
Task<net::http::Response> delete_room_report(Reports& reports, net::route::Call& call) {
  return remove(reports, call, ReportKind::room);
}
Task<net::http::Response> delete_user_report(Reports& reports, net::route::Call& call) {
  return remove(reports, call, ReportKind::person);
}

using Run = Task<net::http::Response> (*)(Reports&, net::route::Call&);

/// What the routes of one kind differ by.
struct KindRoutes {
  std::string_view prefix;
  std::string_view list_summary, one_summary, delete_summary;
  std::string_view page_schema, one_schema;
  Run get_all, get_one, remove_one;
  std::vector<net::route::QueryParam> filters;
};

void add_routes(net::route::Router& router, Reports& reports, KindRoutes of) {
  auto query = admin::admin_page_params();
  std::ranges::move(of.filters, std::back_inserter(query));
  const auto group = admin::admin_group(router, of.prefix);
  group.add({.method = "GET",
             .summary = of.list_summary,
             .reply = of.page_schema,
             .query = std::move(query),
             .run = api::bind(of.get_all, reports)});
  group.add({.method = "GET",
             .path = "/{report_id}",
             .summary = of.one_summary,
             .reply = of.one_schema,
             .run = api::bind(of.get_one, reports)});
  group.add({.method = "DELETE",
             .path = "/{report_id}",
             .summary = of.delete_summary,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(of.remove_one, reports)});
}

}  // namespace

void add_report_admin_routes(net::route::Router& router, Reports& reports) {
  const net::route::QueryParam by{"user_id", "reported by whose id contains this", kText};
  const net::route::QueryParam in{"room_id", "in rooms whose id contains this", kText};
  add_routes(router, reports,
             {.prefix = "/v1/event_reports",
              .list_summary = "List reported events, newest first",
              .one_summary = "Show a report with its event",
              .delete_summary = "Remove a report of an event",
              .page_schema = api::schema_text<EventReportPage>(),
              .one_schema = api::schema_text<EventReportDetail>(),
              .get_all = get_event_reports,
              .get_one = get_event_report,
              .remove_one = delete_event_report,
              .filters = {by, in, {"sender_user_id", "of events by whose id contains this", kText}}});
  add_routes(router, reports,
             {.prefix = "/v1/room_reports",
              .list_summary = "List reported rooms, newest first",
              .one_summary = "Show a report of a room",
              .delete_summary = "Remove a report of a room",
              .page_schema = api::schema_text<RoomReportPage>(),
              .one_schema = api::schema_text<RoomReport>(),
              .get_all = get_room_reports,
              .get_one = get_room_report,
              .remove_one = delete_room_report,
              .filters = {by, in}});
  add_routes(router, reports,
             {.prefix = "/v1/user_reports",
              .list_summary = "List reported people, newest first",
              .one_summary = "Show a report of a person",
              .delete_summary = "Remove a report of a person",
              .page_schema = api::schema_text<UserReportPage>(),
              .one_schema = api::schema_text<UserReport>(),
              .get_all = get_user_reports,
              .get_one = get_user_report,
              .remove_one = delete_user_report,
              .filters = {by, {"target_user_id", "of people whose id contains this", kText}}});
}

}  // namespace troupe::homeserver::reports
