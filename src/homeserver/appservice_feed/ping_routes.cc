#include "homeserver/accounts/session.h"
#include "homeserver/appservice_feed/appservice_routes.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::appservice_feed {
namespace {

constexpr std::size_t kMaxTransactionIdBytes = 255;
constexpr std::size_t kMaxShownBytes = 4'096;  ///< of the service's answer

/// UTF-8 that a JSON text may hold, whatever the service sent.
std::string shown(std::string_view body) {
  std::string text;
  for (const char c : body.substr(0, kMaxShownBytes)) text += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return text;
}

/// POST /appservice/{id}/ping (Application Service API #pinging).
Task<net::http::Response> post_ping(AppserviceApi& api, net::route::Call& call) {
  const auto* service = accounts::service_of(call);
  if (!service || service->id() != call.param("service_id"))
    co_return Error(Errc::forbidden, "Only the application service itself may ask for its ping.");
  CO_TRY(const auto transaction,
         net::route::optional_string(net::route::body_object(call), "transaction_id", kMaxTransactionIdBytes));
  if (!service->listens()) {
    co_return Error(Errc::invalid_param, "The registration has no url, so nothing is sent to this service.")
        .with_wire_code("M_URL_NOT_SET");
  }
  matrix::JsonObject body;
  if (transaction) body["transaction_id"] = *transaction;
  const auto began = api.clock.steady();
  const auto answer = co_await api.client.ping(*service, boost::json::serialize(body));
  if (!answer && answer.error().code() == Errc::timed_out) {
    co_return Error(Errc::timed_out, "The application service did not answer in time.")
        .with_wire_code("M_CONNECTION_TIMEOUT");
  }
  if (!answer) {
    co_return Error(Errc::unavailable, "The application service cannot be reached: " + answer.error().message())
        .with_status(502)
        .with_wire_code("M_CONNECTION_FAILED");
  }
  if (answer->status != 200) {
    co_return Error(Errc::unavailable,
                    "The application service answered with status " + std::to_string(answer->status) + ".")
        .with_status(502)
        .with_wire_code("M_BAD_STATUS")
        .with_member("status", answer->status)
        .with_member("body", boost::json::string(shown(answer->body)));
  }
  api.sender.try_now(*service);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(api.clock.steady() - began);
  co_return json_response({{"duration_ms", took.count()}});
}

}  // namespace

void add_ping_routes(net::route::Router& router, AppserviceApi& api) {
  const auto group = matrix_group(
      router, {.prefix = std::string(kClientV1) + "/appservice/{service_id}", .needs = net::route::Access::user});
  group.add({.method = "POST",
             .path = "/ping",
             .takes = net::route::Body::json_object,
             .max_body_bytes = 16UL * 1024,
             .run = api::bind(post_ping, api)});
}

}  // namespace troupe::homeserver::appservice_feed
