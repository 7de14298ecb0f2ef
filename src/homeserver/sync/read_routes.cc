#include "homeserver/sync/read_routes.h"

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

ReadRequest read_request(const net::route::Call& call) {
  return {.user_id = call.caller->user_id, .device_id = call.caller->device_id, .room_id = call.param("room_id")};
}

}  // namespace troupe::homeserver::sync
