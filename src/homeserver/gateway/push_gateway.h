// A push gateway (Push Gateway API): takes notifications and hands them to the push services that people chose, over
// UnifiedPush (the pushkey is an address) or Web Push (the pushkey is a key, data has `endpoint` and `auth`, as
// sygnal has it). docs/guide/push.md.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/mutex.h"
#include "homeserver/gateway/vapid.h"
#include "host/settings.h"
#include "matrix/json.h"
#include "net/client/client.h"
#include "net/http/address_rules.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::gateway {

inline constexpr std::string_view kNotifyPath = "/_matrix/push/v1/notify";

enum class Outcome {
  delivered,  ///< or not meant to be: counts alone, where only events are wanted
  rejected,   ///< the pushkey is of no use any more
  failed,     ///< for now
};

/// What goes to a push service, without its encryption.
struct PushMessage {
  std::string endpoint;  ///< where it is posted to
  std::string body;
  std::string topic;  ///< what is still undelivered of it is replaced; empty: nothing
  bool urgent = false;
  net::client::Trust trust = net::client::Trust::stranger;
};

/// One per server; callable from any I/O thread.
class PushGateway {
 public:
  static constexpr std::size_t kMaxDevices = 10;            ///< of one notification
  static constexpr std::size_t kMaxForeign = 64;            ///< of other servers, under way at once
  static constexpr std::size_t kMaxForeignOfPlace = 16;     ///< of one of them
  static constexpr std::size_t kMaxAnswerBytes = 4 * 1024;  ///< of a push service
  static constexpr std::size_t kMaxUrlBytes = 2048;
  static constexpr std::chrono::seconds kPatience{10};
  /// So long a push service keeps what it cannot deliver.
  static constexpr std::chrono::hours kKept{24};

  struct Parts {
    net::client::HttpClient& http;
    const host::Settings& settings;
    const base::Clock& clock;
    const Vapid& vapid;
    base::MetricRegistry& metrics;
  };
  explicit PushGateway(Parts parts);

  /// Hands a notification of this server to one of its devices, a member of `devices`. Outgoing requests go by the
  /// rules for untrusted addresses, over https; over http only to an address that is listed as an allowed private one.
  /// No redirect is followed.
  Task<Outcome> deliver(const matrix::JsonObject& notification, const matrix::JsonObject& device) {
    return deliver_to(notification, device, net::client::Trust::untrusted);
  }
  /// The same for another server, whoever it is, to public addresses alone: the pushkeys that are rejected. Errors:
  /// limit_exceeded (its place, the push service, or all), unavailable 502 (some could not be delivered now), bad_json.
  Task<std::vector<std::string>> deliver_foreign(std::string place, const matrix::JsonObject& body);

  /// Whether this is the address of this very gateway, as the settings have it.
  bool is_own(std::string_view url) const;

 private:
  Result<Unit> admit(std::string_view place, const matrix::JsonObject& device);
  bool may_call(std::string_view endpoint, net::client::Trust trust) const;
  Task<Outcome> deliver_to(const matrix::JsonObject& notification, const matrix::JsonObject& device,
                           net::client::Trust trust);
  Task<Outcome> post(PushMessage message, net::http::Headers headers);
  Task<Outcome> post_unified(const matrix::JsonObject& notification, PushMessage message);
  Task<Outcome> post_web(const matrix::JsonObject& notification, const matrix::JsonObject& device,
                         const matrix::JsonObject& data, PushMessage message);

  Parts parts_;
  net::http::AddressRules rules_;
  net::route::RateLimiter rates_;
  base::Family<base::Counter>& pushes_;
  class Place;
  base::Mutex mutex_;
  std::size_t foreign_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::size_t, std::less<>> of_place_ GUARDED_BY(mutex_);
};

/// What is said over UnifiedPush: the notification without its devices, as short as services take it. Empty: it does
/// not fit.
std::string unified_body(matrix::JsonObject notification);
/// What a browser is told: members of the notification and the counts on one level, over the client's
/// `default_payload` (sygnal's format). Empty: it does not fit.
std::string web_body(const matrix::JsonObject& notification, const matrix::JsonObject& data);

}  // namespace troupe::homeserver::gateway
