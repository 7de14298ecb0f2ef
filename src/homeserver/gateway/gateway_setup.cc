// POST /_matrix/push/v1/notify (Push Gateway API), and the GET by which UnifiedPush clients find out that a gateway is
// here.
#include "homeserver/gateway/gateway_setup.h"

#include "api/shape.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::gateway {
namespace {

constexpr std::size_t kMaxBody = 64UL * 1024;

struct RejectedKeys {
  std::vector<std::string> rejected;
};

}  // namespace
}  // namespace troupe::homeserver::gateway

namespace troupe::api {

Shape<homeserver::gateway::RejectedKeys> make_shape(Of<homeserver::gateway::RejectedKeys>) {
  using homeserver::gateway::RejectedKeys;
  return Shape<RejectedKeys>::part({member<&RejectedKeys::rejected>("rejected")});
}

}  // namespace troupe::api

namespace troupe::homeserver::gateway {
namespace {

Task<net::http::Response> get_gateway(net::route::Call&) {
  co_return json_response({{"unifiedpush", {{"gateway", "matrix"}}}});
}

Task<net::http::Response> post_notification(PushGateway& gateway, net::route::Call& call) {
  std::string place(net::route::rate_key_of_address(call.request.remote_address));
  CO_TRY(auto rejected, co_await gateway.deliver_foreign(std::move(place), net::route::body_object(call)));
  co_return api::answer(RejectedKeys{std::move(rejected)});
}

/// Whom push services may turn to (RFC 8292 section 2.1).
std::string contact(const host::Settings& settings) {
  const auto& email = settings.of<SupportSettings>().email;
  if (!email.empty()) return "mailto:" + email;
  auto address = configured_address(settings);
  return address.starts_with("https://") ? address : std::string();
}

}  // namespace

Result<PushGateway*> setup_gateway(host::Context& context, Offers& offers) {
  if (!context.settings().of<PushSettings>().gateway) return nullptr;
  TRY(auto key, load_push_key(context.db(), context.sealing_key()));
  auto& vapid = context.make<Vapid>(std::move(key), contact(context.settings()));
  auto& gateway = context.make<PushGateway>(PushGateway::Parts{.http = context.http(),
                                                               .settings = context.settings(),
                                                               .clock = context.clock(),
                                                               .vapid = vapid,
                                                               .metrics = context.metrics()});
  const auto group = matrix_group(context.routes(), {.prefix = std::string(kNotifyPath),
                                                     .needs = net::route::Access::open,
                                                     .rate = net::route::Rate::none,
                                                     .max_body_bytes = kMaxBody});
  group.add({.method = "GET", .run = get_gateway});
  group.add({.method = "POST",
             .takes = net::route::Body::json_required,
             .reply = api::schema_text<RejectedKeys>(),
             .run = api::bind(post_notification, gateway)});
  offers.capabilities["org.matrix.msc4174.webpush"] = {{"enabled", false}, {"vapid", vapid.public_key()}};
  return &gateway;
}

}  // namespace troupe::homeserver::gateway
