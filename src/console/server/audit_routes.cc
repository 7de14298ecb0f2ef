// /api/v1/audit: who did what to what, when.

#include "api/caller.h"
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "base/encoding.h"
#include "base/text.h"
#include "base/utc.h"
#include "console/server/server_routes.h"
#include "console/server/server_shapes.h"
#include "console/shapes/csv.h"
#include "net/route/params.h"

#include <boost/json/serialize.hpp>

namespace troupe::console::server {
namespace {

using namespace api::words;
using api::page;
using api::paging;
using api::Paging;
using api::paging_params;

constexpr std::int64_t kExportPage = 1'000;
constexpr std::int64_t kMostExported = 100'000;
constexpr std::size_t kHashDigits = 64;
constexpr net::route::NumberRange kAfter{
    .otherwise = 0, .least = 0, .most = std::numeric_limits<std::int64_t>::max() - 1};
constexpr std::chrono::seconds kVerifyDeadline{120};
constexpr net::route::NumberRange kAnchorsAtOnce{.otherwise = 100, .least = 1, .most = 100};
constexpr net::route::NumberRange kLinesAtOnce{.otherwise = 1'000, .least = 1, .most = 1'000};

/// "2026-11-20", "2026-11-20T08:00:00Z", with fractions of a second or an offset.
std::optional<base::UnixMs> parse_time(std::string_view text) {
  const auto day = base::read_date(text);
  if (!day) return std::nullopt;
  auto time = day->time_since_epoch() / std::chrono::milliseconds(1);
  if (text.size() == 10) return time;
  using base::read_digits;
  auto hour = read_digits(text, 11, 2), minute = read_digits(text, 14, 2), second = read_digits(text, 17, 2);
  const bool shaped = (text[10] == 'T' || text[10] == ' ') && hour && minute && second && text[13] == ':' &&
                      text[16] == ':' && *hour < 24 && *minute < 60 && *second < 61;
  if (!shaped) return std::nullopt;
  time += ((*hour * 60LL + *minute) * 60 + *second) * 1000;
  std::size_t at = 19;
  if (at < text.size() && text[at] == '.') {
    int weight = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, weight /= 10) {
      time += (text[at] - '0') * weight;
    }
  }
  auto zone = text.substr(at);
  if (zone == "Z" || zone == "z" || zone.empty()) return time;
  auto hours = read_digits(zone, 1, 2), minutes = read_digits(zone, 4, 2);
  if (zone.size() != 6 || !hours || !minutes || zone[3] != ':' || (zone[0] != '+' && zone[0] != '-')) {
    return std::nullopt;
  }
  const auto offset = (*hours * 60LL + *minutes) * 60'000;
  return zone[0] == '+' ? time - offset : time + offset;
}

Result<Unit> read_time(const net::http::Request& request, std::string_view name, base::UnixMs& out) {
  auto given = request.query_value(name).value_or("");
  if (given.empty()) return Unit{};
  auto time = parse_time(given);
  if (!time) {
    return Error(Errc::invalid_param, std::string(name) + " must be a time like 2026-11-20T08:00:00Z, or a day.");
  }
  out = *time;
  return Unit{};
}

Result<identity::AuditQuery> audit_query(const net::http::Request& request) {
  identity::AuditQuery query;
  TRY(auto at, paging(request));
  query.from = at.from;
  query.limit = at.limit;
  TRY(query.search, net::route::query_search(request));
  TRY(query.actor, net::route::query_search(request, "actor"));
  TRY(query.action, net::route::query_search(request, "action"));
  TRY(query.target, net::route::query_search(request, "target"));
  TRY(const auto kind, net::route::query_choice(request, "kind", {"action", "api_call", "command_run"}));
  query.kind = kind.value_or("");
  TRY(read_time(request, "since", query.since_ms));
  TRY(read_time(request, "until", query.until_ms));
  return query;
}

Task<Response> list_audit(AuditApi& console, Call& call) {
  CO_TRY(auto query, audit_query(call.request));
  const Paging at{.from = query.from, .limit = query.limit};
  CO_TRY(auto found, co_await console.audit(call, std::move(query)));
  co_return reply(page(api::write_all(found.items), found.total, at));
}

Task<Response> export_audit(AuditApi& console, Call& call) {
  CO_TRY(auto query, audit_query(call.request));
  query.limit = kExportPage;
  std::string text = "id,at,actor,action,target,detail,request_id\r\n";
  for (query.from = 0; query.from < kMostExported; query.from += kExportPage) {
    CO_TRY(auto found, co_await console.audit(call, query));
    for (const auto& record : found.items) {
      shapes::append_csv_row(text, {std::to_string(record.id), rfc3339(record.at_ms), record.actor, record.action,
                                    record.target, boost::json::serialize(record.detail), record.request_id});
    }
    if (std::ssize(found.items) < kExportPage) break;
  }
  co_return shapes::csv_response(std::move(text), "audit.csv");
}

Task<Response> audit_lines(AuditApi& console, Call& call) {
  CO_TRY(const auto after, net::route::query_number(call.request, "after", kAfter));
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", kLinesAtOnce));
  AuditLines answer;
  CO_TRY(answer.chain, co_await console.audit.chain(call));
  CO_TRY(answer.items, co_await console.audit.lines(call, after, limit));
  co_return reply(api::write(answer));
}

Task<Response> verify_audit(AuditApi& console, Call& call) {
  auto head = base::ascii_lower(call.request.query_value("head").value_or(""));
  const bool is_hash = head.size() == kHashDigits && base::hex_decode(head);
  if (!head.empty() && !is_hash) {
    co_return Error(Errc::invalid_param, "head must be a hash of 64 hexadecimal digits.");
  }
  CO_TRY(const auto report, co_await console.audit.verify(call, std::move(head)));
  co_return reply(api::write(report));
}

Task<Response> audit_anchors(AuditApi& console, Call& call) {
  CO_TRY(const auto after, net::route::query_number(call.request, "after", kAfter));
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", kAnchorsAtOnce));
  CO_TRY(auto found, co_await console.audit.anchors(call, after, limit));
  AnchorLines answer;
  for (auto& each : found)
    answer.items.push_back({.anchor = std::move(each.anchor), .proof = base::base64(base::as_bytes(each.proof))});
  co_return reply(api::write(answer));
}

Task<Response> audit_anchoring(AuditApi& console, Call& call) {
  CO_TRY(const auto standing, co_await console.audit.anchoring(call));
  co_return reply(api::write(standing));
}

std::vector<net::route::QueryParam> filters() {
  return {{.name = "search", .description = "Part of actor, action or target"},
          {.name = "actor", .description = "Exactly"},
          {.name = "action", .description = "user.create, or user for all that begins with it"},
          {.name = "target", .description = "Exactly"},
          {.name = "kind", .description = "action, api_call or command_run"},
          {.name = "since", .description = "A time or a day, itself included"},
          {.name = "until", .description = "A time or a day, itself not included"}};
}

}  // namespace

void add_audit_routes(net::route::Router& routes, AuditApi& console) {
  const api::Group group(
      routes, {.prefix = "/api/v1/audit", .needs = Access::admin, .scope = "admin", .tag = {"audit", "Who did what."}});
  group.add({.method = "GET",
             .summary = "Who did what, newest first",
             .reply = TROUPE_REF("AuditPage"),
             .query = paging_params(filters()),
             .run = api::bind(list_audit, console)});
  group.add({.method = "GET",
             .path = "/export",
             .summary = "The same as a CSV file, at most 100,000 lines",
             .reply = R"({"type":"string"})",
             .query = filters(),
             .reply_type = "text/csv",
             .run = api::bind(export_audit, console)});
  group.add({.method = "GET",
             .path = "/lines",
             .summary = "The records as their chain has them, oldest first",
             .reply = TROUPE_REF("AuditLines"),
             .query = {{.name = "after", .description = "Records behind this number"},
                       {.name = "limit", .description = "1 to 1000"}},
             .run = api::bind(audit_lines, console)});
  group.add({.method = "GET",
             .path = "/anchors",
             .summary = "Heads of the chain that were written down elsewhere, with what proves it, oldest first",
             .reply = TROUPE_REF("AuditAnchors"),
             .query = {{.name = "after", .description = "Anchors behind this number"},
                       {.name = "limit", .description = "1 to 100"}},
             .run = api::bind(audit_anchors, console)});
  group.add({.method = "GET",
             .path = "/anchoring",
             .summary = "Where heads of the chain are written down, when last, and what fails of it",
             .reply = TROUPE_REF("AuditAnchoring"),
             .run = api::bind(audit_anchoring, console)});
  group.add({.method = "GET",
             .path = "/verify",
             .summary = "Whether every record continues the one before it",
             .reply = TROUPE_REF("AuditChainReport"),
             .query = {{.name = "head", .description = "A hash that was written down elsewhere: is it in the chain?"}},
             .deadline = kVerifyDeadline,
             .run = api::bind(verify_audit, console)});
}

}  // namespace troupe::console::server
