// What is in rooms, as administrators see it: everything, whatever its visibility.
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_routes.h"
#include "homeserver/sync/read_routes.h"

namespace troupe::homeserver::admin {
namespace {

constexpr std::int64_t kUsualPage = 10;
constexpr std::int64_t kMostContext = 100;

sync::ReadRequest as_admin(const net::route::Call& call, std::string room_id) {
  return {.user_id = call.caller->user_id,
          .device_id = call.caller->device_id,
          .room_id = std::move(room_id),
          .as_admin = true};
}

Task<net::http::Response> get_messages(RoomReadingApi& api, net::route::Call& call) {
  CO_TRY(auto page, sync::query_page(call.request, "f", kUsualPage));
  CO_TRY(page.filter, sync::query_filter(call.request));
  CO_TRY(auto body, co_await api.history.messages(as_admin(call, call.param("room_id")), std::move(page)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_context(RoomReadingApi& api, net::route::Call& call) {
  CO_TRY(
      const auto limit,
      net::route::query_number(
          call.request, "limit",
          {.otherwise = kUsualPage, .least = 0, .most = kMostContext, .above = net::route::NumberRange::Above::cut}));
  CO_TRY(auto filter, sync::query_filter(call.request));
  CO_TRY(auto body, co_await api.history.context(as_admin(call, call.param("room_id")), call.param("event_id"),
                                                 static_cast<std::size_t>(limit), std::move(filter)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_event_at_time(RoomReadingApi& api, net::route::Call& call) {
  CO_TRY(const auto time, sync::query_time(call.request));
  CO_TRY(auto body,
         co_await api.history.event_at_time(as_admin(call, call.param("room_id")), time.ts_ms, time.forward));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_state(RoomReadingApi& api, net::route::Call& call) {
  const std::string type(call.request.query_value("type").value_or(""));
  CO_TRY(const auto list, co_await api.state.all(as_admin(call, call.param("room_id")), type));
  co_return net::http::Response::json("{\"state\":" + list + "}");
}

Task<net::http::Response> fetch_event(RoomReadingApi& api, net::route::Call& call) {
  const auto& event_id = call.param("event_id");
  CO_TRY(auto place, co_await api.history.place_of(event_id));
  auto request = as_admin(call, std::move(place.room_id));
  request.whole = true;
  CO_TRY(const auto event, co_await api.history.event(std::move(request), event_id));
  co_return net::http::Response::json("{\"event\":" + event + "}");
}

}  // namespace

void add_room_reading_routes(net::route::Router& router, RoomReadingApi& api) {
  const net::route::QueryParam limit{"limit", "how many events at most", R"({"type":"integer","minimum":0})"};
  const net::route::QueryParam filter{"filter", "a RoomEventFilter as JSON"};
  const net::route::QueryParam direction{"dir", "f: forwards, b: backwards", R"({"type":"string","enum":["f","b"]})"};
  const auto group = admin_group(router, "/v1");
  group.add({.method = "GET",
             .path = "/rooms/{room_id}/messages",
             .summary = "A page of a room's events",
             .reply = api::schema_text<EventPage>(),
             .query = {{"from", "the token at which the page begins"},
                       {"to", "the token at which it stops"},
                       limit,
                       filter,
                       direction},
             .run = api::bind(get_messages, api)});
  group.add({.method = "GET",
             .path = "/rooms/{room_id}/context/{event_id}",
             .summary = "What was before and after an event",
             .reply = api::schema_text<EventContext>(),
             .query = {limit, filter},
             .run = api::bind(get_context, api)});
  group.add({.method = "GET",
             .path = "/rooms/{room_id}/timestamp_to_event",
             .summary = "The event nearest to a time",
             .reply = api::schema_text<NearestEvent>(),
             .query = {{"ts", "milliseconds since 1970", R"({"type":"integer","minimum":0})"}, direction},
             .run = api::bind(get_event_at_time, api)});
  group.add({.method = "GET",
             .path = "/rooms/{room_id}/state",
             .summary = "The state of a room",
             .reply = api::schema_text<StateList>(),
             .query = {{"type", "only entries of this type"}},
             .run = api::bind(get_state, api)});
  group.add({.method = "GET",
             .path = "/fetch_event/{event_id}",
             .summary = "One event, whichever room it is in",
             .reply = api::schema_text<FetchedEvent>(),
             .run = api::bind(fetch_event, api)});
}

}  // namespace troupe::homeserver::admin
