#include "homeserver/gateway/push_gateway.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "homeserver/common/public_address.h"
#include "homeserver/gateway/web_push_message.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::homeserver::gateway {
namespace {

using matrix::JsonObject;

constexpr std::size_t kTopicChars = 32;  // RFC 8030 section 5.4
constexpr std::size_t kMaxPushkeyBytes = 2048;
// Of other servers: so many a second for long, so many at once. A push service that many use is no one's to use up: it
// has no rate of its own but each place's, under the ceiling of all.
constexpr net::route::RateClass kOfPlace{10, 200};
constexpr net::route::RateClass kOfPlaceToService{5, 100};
constexpr net::route::RateClass kOfAll{100, 1'000};

net::route::RateLimits limits(const host::Settings& settings) {
  net::route::RateLimits limits;
  limits.enabled = settings.rate_limits;
  return limits;
}

/// Where a device's pushes go, whichever kind it is. Empty: it does not say.
std::string_view endpoint_of(const JsonObject& device) {
  if (const auto* data = matrix::find_object(device, "data"))
    if (const auto endpoint = matrix::find_string(*data, "endpoint")) return *endpoint;
  return matrix::find_string(device, "pushkey").value_or("");
}

bool is_low(const JsonObject& notification) {
  return matrix::find_string(notification, "prio") == "low" || !matrix::find(notification, "event_id");
}

bool wants(const JsonObject& data, std::string_view what) {
  const auto* value = matrix::find(data, what);
  return value && value->is_bool() && value->get_bool();
}

std::string_view word(Outcome outcome) {
  if (outcome == Outcome::delivered) return "delivered";
  return outcome == Outcome::rejected ? "rejected" : "failed";
}

Error too_many(std::chrono::milliseconds wait) {
  return Error(Errc::limit_exceeded, "Too many notifications; try again later.").with_retry_after(wait);
}

}  // namespace

/// One of those that may be under way: nobody keeps all of them, whose push services are slow on purpose.
class PushGateway::Place {
 public:
  Place(PushGateway& gateway, const std::string& whose) : gateway_(gateway), whose_(whose) {
    const base::Lock lock(gateway_.mutex_);
    const auto taken = gateway_.of_place_.find(whose_);
    const auto own = taken == gateway_.of_place_.end() ? 0 : taken->second;
    if (gateway_.foreign_ >= kMaxForeign || own >= kMaxForeignOfPlace) return;
    ++gateway_.foreign_;
    ++gateway_.of_place_[whose_];
    taken_ = true;
  }
  ~Place() {
    if (!taken_) return;
    const base::Lock lock(gateway_.mutex_);
    --gateway_.foreign_;
    if (--gateway_.of_place_[whose_] == 0) gateway_.of_place_.erase(whose_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool taken() const { return taken_; }

 private:
  PushGateway& gateway_;
  const std::string& whose_;
  bool taken_ = false;
};

PushGateway::PushGateway(Parts parts)
    : parts_(parts),
      rules_(
          net::http::AddressRules::make(parts.settings.allowed_private_addresses).value_or(net::http::AddressRules())),
      rates_(limits(parts.settings), parts.clock),
      pushes_(parts.metrics.counter("troupe_push_gateway_pushes_total",
                                    "Messages to push services by what became of them", {"outcome"})) {}

bool PushGateway::is_own(std::string_view url) const {
  const auto own = configured_address(parts_.settings);
  return !own.empty() && url == own + std::string(kNotifyPath);
}

/// Not to a gateway: that could go in circles; and to no other API of a homeserver.
bool PushGateway::may_call(std::string_view endpoint, net::client::Trust trust) const {
  if (endpoint.empty() || endpoint.size() > kMaxUrlBytes) return false;
  const auto url = net::http::Url::parse(endpoint);
  if (!url) return false;
  const auto path = base::percent_decode(url->target.substr(0, url->target.find('?')));
  if (!path || path->contains("/_matrix/") || path->contains("/_synapse/")) return false;
  if (url->tls) return true;
  if (trust == net::client::Trust::stranger) return false;
  boost::system::error_code none;
  const auto address = boost::asio::ip::make_address(url->host, none);
  return !none && !net::http::is_public_address(address) && rules_.allows(address);
}

Task<Outcome> PushGateway::post(PushMessage message, net::http::Headers headers) {
  net::client::ClientRequest request(message.trust);
  request.method = "POST";
  request.url = message.endpoint;
  request.headers = std::move(headers);
  request.headers.add("TTL", std::to_string(std::chrono::seconds(kKept).count()));
  request.headers.add("Urgency", message.urgent ? "high" : "low");
  if (!message.topic.empty()) request.headers.add("Topic", message.topic);
  request.body = std::move(message.body);
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = kPatience;
  request.max_body_bytes = kMaxAnswerBytes;
  request.max_redirects = 0;
  const auto answer = co_await parts_.http.send(std::move(request));
  if (!answer) {
    const auto code = answer.error().code();
    // A long answer was an answer: what it says does not matter.
    if (code == Errc::too_large) co_return Outcome::delivered;
    co_return code == Errc::forbidden || code == Errc::invalid_param ? Outcome::rejected : Outcome::failed;
  }
  const int status = answer->status;
  if (status >= 200 && status <= 299) co_return Outcome::delivered;
  co_return status == 403 || status == 404 || status == 410 ? Outcome::rejected : Outcome::failed;
}

Task<Outcome> PushGateway::post_unified(const JsonObject& notification, PushMessage message) {
  message.body = unified_body(notification);
  if (message.body.empty()) co_return Outcome::rejected;
  net::http::Headers headers;
  headers.add("Content-Type", "application/json");
  co_return co_await post(std::move(message), std::move(headers));
}

Task<Outcome> PushGateway::post_web(const JsonObject& notification, const JsonObject& device, const JsonObject& data,
                                    PushMessage message) {
  const auto subscription = read_subscription(matrix::find_string(device, "pushkey").value_or(""),
                                              matrix::find_string(data, "auth").value_or(""));
  if (!subscription) co_return Outcome::rejected;
  // A browser shows something for each message; counts alone are nothing to show.
  if (wants(data, "events_only") && !matrix::find(notification, "event_id")) co_return Outcome::delivered;
  message.body = web_body(notification, data);
  auto sealed = message.body.empty() ? std::nullopt : encrypt(*subscription, message.body);
  if (!sealed) co_return Outcome::rejected;
  message.body = *std::move(sealed);
  const auto room = matrix::find_string(notification, "room_id");
  if (room && wants(data, "only_last_per_room"))
    message.topic = base::base64url(base::sha256(*room)).substr(0, kTopicChars);
  CO_TRY(const auto url, net::http::Url::parse(message.endpoint));
  net::http::Headers headers;
  headers.add("Content-Type", "application/octet-stream");
  headers.add("Content-Encoding", "aes128gcm");
  headers.add("Authorization", parts_.vapid.authorization(url.origin(), parts_.clock.unix_ms()));
  co_return co_await post(std::move(message), std::move(headers));
}

Task<Outcome> PushGateway::deliver_to(const JsonObject& notification, const JsonObject& device,
                                      net::client::Trust trust) {
  auto outcome = Outcome::rejected;
  if (may_call(endpoint_of(device), trust)) {
    PushMessage message{.endpoint = std::string(endpoint_of(device)),
                        .body = {},
                        .topic = {},
                        .urgent = !is_low(notification),
                        .trust = trust};
    const auto* data = matrix::find_object(device, "data");
    if (data && matrix::find_string(*data, "endpoint")) {
      CO_TRY(outcome, co_await post_web(notification, device, *data, std::move(message)));
    } else {
      CO_TRY(outcome, co_await post_unified(notification, std::move(message)));
    }
  }
  pushes_.with({std::string(word(outcome))}).add();
  co_return outcome;
}

Result<Unit> PushGateway::admit(std::string_view place, const JsonObject& device) {
  const auto take = [&](std::string who, const net::route::RateClass& rate) {
    return rates_.take(net::route::Rate::write, who, &rate);
  };
  if (const auto wait = take("place " + std::string(place), kOfPlace)) return too_many(*wait);
  const auto url = net::http::Url::parse(endpoint_of(device));
  if (!url) return Unit{};  // it is rejected without a call
  if (const auto wait = take("service " + url->host + " " + std::string(place), kOfPlaceToService))
    return too_many(*wait);
  if (const auto wait = take("all", kOfAll)) return too_many(*wait);
  return Unit{};
}

Task<std::vector<std::string>> PushGateway::deliver_foreign(std::string place, const JsonObject& body) {
  const auto* notification = matrix::find_object(body, "notification");
  const auto* devices = notification ? matrix::find_array(*notification, "devices") : nullptr;
  if (!devices || devices->empty() || devices->size() > kMaxDevices)
    co_return Error(Errc::bad_json, "notification.devices must name one device, and ten at most.");
  for (const auto& device : *devices) {
    const auto* object = device.if_object();
    const auto pushkey = object ? matrix::find_string(*object, "pushkey") : std::nullopt;
    if (!pushkey || pushkey->empty() || pushkey->size() > kMaxPushkeyBytes)
      co_return Error(Errc::bad_json, "Each of notification.devices must have a pushkey.");
    CO_TRY(admit(place, *object));
  }
  const Place under_way(*this, place);
  if (!under_way.taken()) co_return too_many(std::chrono::seconds(1));
  std::vector<std::string> rejected;
  bool failed = false;
  for (const auto& device : *devices) {
    const auto outcome = co_await deliver_to(*notification, device.get_object(), net::client::Trust::stranger);
    failed = failed || !outcome || *outcome == Outcome::failed;
    if (outcome && *outcome == Outcome::rejected)
      rejected.emplace_back(*matrix::find_string(device.get_object(), "pushkey"));
  }
  if (failed) co_return Error(Errc::unavailable, "The push service does not take it now.").with_status(502);
  co_return rejected;
}

}  // namespace troupe::homeserver::gateway
