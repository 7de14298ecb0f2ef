#include "homeserver/common/client_route.h"
#include "homeserver/sync/read_routes.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::int64_t kUsualPage = 10;
constexpr std::int64_t kMaxContext = 100;
constexpr net::route::NumberRange kThreads{
    .otherwise = kUsualPage, .least = 1, .most = 100, .above = net::route::NumberRange::Above::cut};

/// More is cut to `most`: the specification lets a server answer less than was asked for.
constexpr net::route::NumberRange up_to(std::int64_t most, std::int64_t otherwise) {
  return {.otherwise = otherwise, .least = 0, .most = most, .above = net::route::NumberRange::Above::cut};
}

Task<net::http::Response> get_messages(History& history, net::route::Call& call) {
  CO_TRY(auto page, query_page(call.request, "b", 10));
  CO_TRY(page.filter, query_filter(call.request));
  const bool directed = call.request.query_value("dir").has_value();
  if (!directed) page.limit = 0;
  CO_TRY(auto body, co_await history.messages(read_request(call), std::move(page)));
  // Who may not read the room is told that first.
  if (!directed) co_return Error(Errc::missing_param, "dir is missing: b or f.");
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_event(History& history, net::route::Call& call) {
  CO_TRY(auto body, co_await history.event(read_request(call), call.param("event_id")));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_context(History& history, net::route::Call& call) {
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", up_to(kMaxContext, kUsualPage)));
  CO_TRY(auto filter, query_filter(call.request));
  CO_TRY(auto body, co_await history.context(read_request(call), call.param("event_id"),
                                             static_cast<std::size_t>(limit), std::move(filter)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_relations(History& history, net::route::Call& call) {
  RelationsRequest wanted;
  wanted.event_id = call.param("event_id");
  wanted.rel_type = find_param(call, "rel_type").value_or("");
  wanted.event_type = find_param(call, "event_type").value_or("");
  CO_TRY(wanted.page, query_page(call.request, "b", 5));
  wanted.page.limit = std::min<std::size_t>(wanted.page.limit, 100);
  CO_TRY(wanted.recurse, net::route::query_flag(call.request, "recurse"));
  CO_TRY(auto body, co_await history.relations(read_request(call), std::move(wanted)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_threads(History& history, net::route::Call& call) {
  const auto include = call.request.query_value("include").value_or("all");
  if (include != "all" && include != "participated") {
    co_return Error(Errc::invalid_param, "include must be all or participated.");
  }
  CO_TRY(const auto from, query_position(call.request, "from"));
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", kThreads));
  CO_TRY(auto body, co_await history.threads(read_request(call), from, static_cast<std::size_t>(limit),
                                             include == "participated"));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_event_at_time(History& history, net::route::Call& call) {
  CO_TRY(const auto time, query_time(call.request));
  CO_TRY(auto body, co_await history.event_at_time(read_request(call), time.ts_ms, time.forward));
  co_return net::http::Response::json(std::move(body));
}

}  // namespace

void add_history_routes(net::route::Router& router, History& history) {
  const auto v3 =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/rooms/{room_id}", .needs = net::route::Access::user});
  v3.add({.method = "GET", .path = "/messages", .run = api::bind(get_messages, history)});
  v3.add({.method = "GET", .path = "/event/{event_id}", .run = api::bind(get_event, history)});
  v3.add({.method = "GET", .path = "/context/{event_id}", .run = api::bind(get_context, history)});

  const auto v1 =
      matrix_group(router, {.prefix = std::string(kClientV1) + "/rooms/{room_id}", .needs = net::route::Access::user});
  for (const auto* path :
       {"/relations/{event_id}", "/relations/{event_id}/{rel_type}", "/relations/{event_id}/{rel_type}/{event_type}"}) {
    v1.add({.method = "GET", .path = path, .run = api::bind(get_relations, history)});
  }
  v1.add({.method = "GET", .path = "/threads", .run = api::bind(get_threads, history)});
  v1.add({.method = "GET", .path = "/timestamp_to_event", .run = api::bind(get_event_at_time, history)});
}

}  // namespace troupe::homeserver::sync
