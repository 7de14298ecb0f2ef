#include "homeserver/common/client_route.h"
#include "homeserver/sync/read_routes.h"

namespace troupe::homeserver::sync {
namespace {

constexpr net::route::NumberRange kNotifications{
    .otherwise = 50, .least = 1, .most = 100, .above = net::route::NumberRange::Above::cut};

Task<net::http::Response> get_notifications(NotificationList& notifications, net::route::Call& call) {
  NotificationsRequest wanted;
  wanted.user_id = call.caller->user_id;
  wanted.device_id = call.caller->device_id;
  CO_TRY(wanted.from, query_position(call.request, "from"));
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", kNotifications));
  wanted.limit = static_cast<std::size_t>(limit);
  wanted.only_highlights = call.request.query_value("only") == "highlight";
  CO_TRY(auto body, co_await notifications.page(std::move(wanted)));
  co_return net::http::Response::json(std::move(body));
}

}  // namespace

void add_notification_routes(net::route::Router& router, NotificationList& notifications) {
  matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user})
      .add({.method = "GET", .path = "/notifications", .run = api::bind(get_notifications, notifications)});
}

}  // namespace troupe::homeserver::sync
