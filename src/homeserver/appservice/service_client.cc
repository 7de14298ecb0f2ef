#include "homeserver/appservice/service_client.h"

#include "base/encoding.h"

namespace troupe::homeserver::appservice {
namespace {

using net::client::ClientRequest;
using net::client::ClientResponse;

constexpr std::string_view kPrefix = "/_matrix/app/v1";
constexpr std::string_view kOldThirdParty = "/_matrix/app/unstable/thirdparty";

}  // namespace

ClientRequest ServiceClient::request(const Service& service, const Asked& asked, bool old) const {
  const auto& registration = service.registration();
  ClientRequest request(net::client::Trust::configured);
  request.method = asked.method;
  request.url = registration.url;
  if (old) {
    request.url += asked.before;
    request.url += asked.before.contains('?') ? '&' : '?';
    request.url += "access_token=" + base::percent_encode(registration.hs_token);
  } else {
    request.url += kPrefix;
    request.url += asked.path;
  }
  request.headers.add("Authorization", "Bearer " + registration.hs_token);
  if (!asked.body.empty()) request.headers.add("Content-Type", "application/json");
  request.body = asked.body;
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = asked.patience;
  request.max_body_bytes = kMaxAnswerBytes;
  request.max_redirects = 0;
  return request;
}

Task<ClientResponse> ServiceClient::ask(const Service& service, Asked asked) {
  CO_TRY(auto answer, co_await http_.send(request(service, asked, false)));
  // "No such path" says the same as "no such user": the old path decides.
  const bool not_there = answer.status == 404 || answer.status == 405 || answer.status == 501;
  if (!not_there || asked.before.empty()) co_return answer;
  co_return co_await http_.send(request(service, asked, true));
}

Task<ClientResponse> ServiceClient::send(const Service& service, std::string txn, std::string body) {
  const auto path = "/transactions/" + base::percent_encode(txn);
  co_return co_await ask(service, {"PUT", path, path, std::move(body), kTransactionPatience});
}

Task<ClientResponse> ServiceClient::query_user(const Service& service, std::string user_id) {
  const auto path = "/users/" + base::percent_encode(user_id);
  co_return co_await ask(service, {"GET", path, path, {}, kQueryPatience});
}

Task<ClientResponse> ServiceClient::query_alias(const Service& service, std::string alias) {
  const auto path = "/rooms/" + base::percent_encode(alias);
  co_return co_await ask(service, {"GET", path, path, {}, kQueryPatience});
}

Task<ClientResponse> ServiceClient::third_party(const Service& service, std::string path) {
  co_return co_await ask(service,
                         {"GET", "/thirdparty" + path, std::string(kOldThirdParty) + path, {}, kQueryPatience});
}

Task<ClientResponse> ServiceClient::ping(const Service& service, std::string body) {
  co_return co_await ask(service, {"POST", "/ping", {}, std::move(body), kPingPatience});
}

}  // namespace troupe::homeserver::appservice
