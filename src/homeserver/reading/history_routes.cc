#include "homeserver/client_route.h"
#include "homeserver/reading/read_routes.h"

namespace troupe::homeserver {
namespace {

constexpr std::int64_t kUsualPage = 10;
constexpr std::int64_t kMaxContext = 100;
constexpr net::NumberRange kThreads{
    .otherwise = kUsualPage, .least = 1, .most = 100, .above = net::NumberRange::Above::cut};

/// More is cut to `most`: the specification lets a server answer less than was asked for.
constexpr net::NumberRange up_to(std::int64_t most, std::int64_t otherwise) {
  return {.otherwise = otherwise, .least = 0, .most = most, .above = net::NumberRange::Above::cut};
}

/// dir, from, to, limit: what all pages share.
Result<PageRequest> page_request(const net::Request& request, std::string_view default_dir,
                                 std::int64_t default_limit) {
  const auto dir = request.query_value("dir").value_or(default_dir);
  if (dir != "b" && dir != "f") return Error(Errc::invalid_param, "dir must be b or f.");
  PageRequest page;
  page.backwards = dir == "b";
  TRY(page.from, query_position(request, "from"));
  TRY(page.to, query_position(request, "to"));
  TRY(const auto limit, net::query_number(request, "limit", up_to(static_cast<std::int64_t>(kMaxPage), default_limit)));
  page.limit = static_cast<std::size_t>(std::max<std::int64_t>(limit, 1));
  return page;
}

Task<net::Response> get_messages(History& history, net::Call& call) {
  if (!call.request.query_value("dir")) co_return Error(Errc::missing_param, "dir is missing: b or f.");
  CO_TRY(auto page, page_request(call.request, "b", 10));
  CO_TRY(page.filter, query_filter(call.request));
  CO_TRY(auto body, co_await history.messages(read_request(call), std::move(page)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_event(History& history, net::Call& call) {
  CO_TRY(auto body, co_await history.event(read_request(call), call.param("event_id")));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_context(History& history, net::Call& call) {
  CO_TRY(const auto limit, net::query_number(call.request, "limit", up_to(kMaxContext, kUsualPage)));
  CO_TRY(auto filter, query_filter(call.request));
  CO_TRY(auto body, co_await history.context(read_request(call), call.param("event_id"),
                                             static_cast<std::size_t>(limit), std::move(filter)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_relations(History& history, net::Call& call, std::string rel_type, std::string event_type) {
  RelationsRequest wanted;
  wanted.event_id = call.param("event_id");
  wanted.rel_type = std::move(rel_type);
  wanted.event_type = std::move(event_type);
  CO_TRY(wanted.page, page_request(call.request, "b", 5));
  wanted.page.limit = std::min<std::size_t>(wanted.page.limit, 100);
  CO_TRY(wanted.recurse, net::query_flag(call.request, "recurse"));
  CO_TRY(auto body, co_await history.relations(read_request(call), std::move(wanted)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_threads(History& history, net::Call& call) {
  const auto include = call.request.query_value("include").value_or("all");
  if (include != "all" && include != "participated") {
    co_return Error(Errc::invalid_param, "include must be all or participated.");
  }
  CO_TRY(const auto from, query_position(call.request, "from"));
  CO_TRY(const auto limit, net::query_number(call.request, "limit", kThreads));
  CO_TRY(auto body, co_await history.threads(read_request(call), from, static_cast<std::size_t>(limit),
                                             include == "participated"));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_event_at_time(History& history, net::Call& call) {
  if (!call.request.query_value("ts")) co_return Error(Errc::missing_param, "ts is missing: milliseconds since 1970.");
  constexpr std::int64_t kLatest = 1LL << 53;
  CO_TRY(const auto ts_ms, net::query_number(call.request, "ts", up_to(kLatest, 0)));
  const auto dir = call.request.query_value("dir").value_or("f");
  if (dir != "b" && dir != "f") co_return Error(Errc::invalid_param, "dir must be b or f.");
  CO_TRY(auto body, co_await history.event_at_time(read_request(call), ts_ms, dir == "f"));
  co_return net::Response::json(std::move(body));
}

}  // namespace

void add_history_routes(net::Router& router, ReadServices services) {
  auto& history = services.history;
  add_client_route(router, matrix_route("GET", "/rooms/{room_id}/messages",
                                        [&history](net::Call& call) { return get_messages(history, call); }));
  add_client_route(router, matrix_route("GET", "/rooms/{room_id}/event/{event_id}",
                                        [&history](net::Call& call) { return get_event(history, call); }));
  add_client_route(router, matrix_route("GET", "/rooms/{room_id}/context/{event_id}",
                                        [&history](net::Call& call) { return get_context(history, call); }));

  const std::string v1 = "/_matrix/client/v1/rooms/{room_id}";
  router.add(matrix_route("GET", v1 + "/relations/{event_id}",
                          [&history](net::Call& call) { return get_relations(history, call, "", ""); }));
  router.add(matrix_route("GET", v1 + "/relations/{event_id}/{rel_type}", [&history](net::Call& call) {
    return get_relations(history, call, call.param("rel_type"), "");
  }));
  router.add(matrix_route("GET", v1 + "/relations/{event_id}/{rel_type}/{event_type}", [&history](net::Call& call) {
    return get_relations(history, call, call.param("rel_type"), call.param("event_type"));
  }));
  router.add(matrix_route("GET", v1 + "/threads", [&history](net::Call& call) { return get_threads(history, call); }));
  router.add(matrix_route("GET", v1 + "/timestamp_to_event",
                          [&history](net::Call& call) { return get_event_at_time(history, call); }));
}

}  // namespace troupe::homeserver
