// What this server asks application services (Application Service API #homeserver---application-service-api).
#pragma once
#include <string>
#include <string_view>

#include "base/task.h"
#include "homeserver/appservice/services.h"
#include "net/client/client.h"

namespace troupe::homeserver::appservice {

/// One per server; callable from any I/O thread. The operator wrote the addresses into a file that nobody else may
/// change, and bridges run beside the server: so the addresses count as configured ones and may be private. A redirect
/// is not followed. Errors: those of the HTTP client; whatever status comes is an answer.
class ServiceClient {
 public:
  static constexpr std::size_t kMaxAnswerBytes = 1 << 20;
  static constexpr std::chrono::seconds kTransactionPatience{60};
  static constexpr std::chrono::seconds kQueryPatience{15};
  static constexpr std::chrono::seconds kPingPatience{20};

  explicit ServiceClient(net::client::HttpClient& http) : http_(http) {}

  /// PUT transactions/{txn}.
  Task<net::client::ClientResponse> send(const Service& service, std::string txn, std::string body);
  /// GET users/{id} and rooms/{alias}: 200 when the service has made it now.
  Task<net::client::ClientResponse> query_user(const Service& service, std::string user_id);
  Task<net::client::ClientResponse> query_alias(const Service& service, std::string alias);
  /// GET thirdparty/…; `path` begins behind that, and holds the query.
  Task<net::client::ClientResponse> third_party(const Service& service, std::string path);
  /// POST ping, at the specified path only.
  Task<net::client::ClientResponse> ping(const Service& service, std::string body);

 private:
  struct Asked {
    std::string method;
    std::string path;    ///< behind /_matrix/app/v1
    std::string before;  ///< the whole path that services of before the specification have; empty: none
    std::string body;
    std::chrono::milliseconds patience;
  };
  /// Where the specified path is not there, the old one is tried, with the token in the query as well.
  Task<net::client::ClientResponse> ask(const Service& service, Asked asked);
  net::client::ClientRequest request(const Service& service, const Asked& asked, bool old) const;
  net::client::HttpClient& http_;
};

}  // namespace troupe::homeserver::appservice
