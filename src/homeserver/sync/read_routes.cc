#include "homeserver/sync/read_routes.h"

#include <algorithm>

#include "net/route/params.h"

namespace troupe::homeserver::sync {

Result<std::optional<StreamPos>> query_position(const net::http::Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) return std::optional<StreamPos>();
  const auto token = parse_token(*text);
  if (!token) return Error(Errc::invalid_param, std::string(name) + " is no token of this server.");
  return std::optional(token->pos);
}

Result<EventFilter> query_filter(const net::http::Request& request) {
  const auto text = request.query_value("filter");
  if (!text || text->empty()) return EventFilter();
  if (text->size() > kMaxFilterBytes) return Error(Errc::invalid_param, "The filter is longer than 64 KiB.");
  TRY(const auto json, matrix::parse_json(*text));
  if (!json.is_object()) return Error(Errc::bad_json, "A filter must be a JSON object.");
  TRY(auto filter, parse_event_filter(json.get_object()));
  TRY(check_event_filter_ids(json.get_object()));
  return filter;
}

Result<PageRequest> query_page(const net::http::Request& request, std::string_view default_dir,
                               std::int64_t default_limit) {
  const auto dir = request.query_value("dir").value_or(default_dir);
  if (dir != "b" && dir != "f") return Error(Errc::invalid_param, "dir must be b or f.");
  PageRequest page;
  page.backwards = dir == "b";
  TRY(page.from, query_position(request, "from"));
  TRY(page.to, query_position(request, "to"));
  TRY(const auto limit, net::route::query_number(request, "limit",
                                                 {.otherwise = default_limit,
                                                  .least = 0,
                                                  .most = static_cast<std::int64_t>(kMaxPage),
                                                  .above = net::route::NumberRange::Above::cut}));
  page.limit = static_cast<std::size_t>(std::max<std::int64_t>(limit, 1));
  return page;
}

Result<TimeRequest> query_time(const net::http::Request& request) {
  if (!request.query_value("ts")) return Error(Errc::missing_param, "ts is missing: milliseconds since 1970.");
  constexpr std::int64_t kLatest = 1LL << 53;
  TimeRequest time;
  TRY(time.ts_ms,
      net::route::query_number(
          request, "ts", {.otherwise = 0, .least = 0, .most = kLatest, .above = net::route::NumberRange::Above::cut}));
  const auto dir = request.query_value("dir").value_or("f");
  if (dir != "b" && dir != "f") return Error(Errc::invalid_param, "dir must be b or f.");
  time.forward = dir == "f";
  return time;
}

ReadRequest read_request(const net::route::Call& call) {
  return {.user_id = call.caller->user_id, .device_id = call.caller->device_id, .room_id = call.param("room_id")};
}

}  // namespace troupe::homeserver::sync
