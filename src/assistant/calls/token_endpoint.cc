#include "assistant/calls/token_endpoint.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/json.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::int64_t kMostSeconds = 365 * 86'400;
constexpr std::size_t kMaxAnswerBytes = 64 * 1024, kMaxErrorBytes = 64;

/// Tokens are visible ASCII and spaces (RFC 6749 appendix A.12 and A.17): anything else is none. It would end a header.
std::string token_of(const JsonObject& object, std::string_view name) {
  const auto found = matrix::find_string(object, name).value_or("");
  const bool fits = found.size() <= kMaxTokenBytes && std::ranges::all_of(found, [](char c) {
                      return c >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
                    });
  return fits ? std::string(found) : std::string();
}

/// It is shown to people: a word, whatever the service sent.
std::string error_of(const JsonObject& object) {
  const auto word = matrix::find_string(object, "error").value_or("");
  const bool fits = word.size() <= kMaxErrorBytes &&
                    std::ranges::all_of(word, [](char c) { return c > 0x20 && static_cast<unsigned char>(c) < 0x7f; });
  return fits ? std::string(word) : std::string();
}

std::string basic(const TokenClient& client) {
  auto pair = base::base64(base::as_bytes(basic_pair(client)));
  while (pair.size() % 4 != 0) pair += '=';
  return "Basic " + pair;
}

net::client::ClientRequest plain_request(const std::string& url) {
  net::client::ClientRequest request(net::client::Trust::untrusted);
  request.url = url;
  request.headers.add("Accept", "application/json");
  request.max_redirects = 0;
  request.max_body_bytes = kMaxAnswerBytes;
  request.total_timeout = std::chrono::seconds(30);
  return request;
}

}  // namespace

std::string secret_of(const Service& service, const std::string& name) {
  const auto found = service.secrets.find(name);
  return found == service.secrets.end() ? std::string() : found->second;
}

std::string basic_pair(const TokenClient& client) {
  return base::percent_encode(client.id) + ":" + base::percent_encode(client.secret);
}

net::client::ClientRequest token_request(const std::string& url, const TokenClient& client, const TokenFields& fields) {
  auto request = plain_request(url);
  request.method = "POST";
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const auto add = [&request](std::string_view name, std::string_view value) {
    if (!value.empty())
      request.body += (request.body.empty() ? "" : "&") + std::string(name) + "=" + base::percent_encode(value);
  };
  for (const auto& [name, value] : fields) add(name, value);
  if (client.shows == packs::ClientAuth::basic && !client.secret.empty()) {
    request.headers.add("Authorization", basic(client));
  } else {
    add("client_id", client.id);
    add("client_secret", client.secret);
  }
  request.fresh_connection = true;  // what is good once is not sent twice
  return request;
}

std::optional<packs::ClientAuth> client_auth_of(const JsonObject& metadata, const std::string& token_url) {
  if (matrix::find_string(metadata, "token_endpoint") != token_url) return std::nullopt;
  const auto* methods = matrix::find_array(metadata, "token_endpoint_auth_methods_supported");
  if (methods == nullptr) return packs::ClientAuth::basic;
  const auto takes = [methods](std::string_view method) {
    return std::ranges::any_of(
        *methods, [&](const Json& each) { return each.is_string() && matrix::view(each.get_string()) == method; });
  };
  return takes("client_secret_basic") ? packs::ClientAuth::basic : packs::ClientAuth::post;
}

Task<TokenClient> token_client(net::client::HttpClient& http, Service service) {
  const auto& auth = service.pack->config.auth;
  TokenClient out{
      .id = secret_of(service, "client_id"), .secret = secret_of(service, "client_secret"), .shows = auth.client_auth};
  if (out.shows != packs::ClientAuth::unsaid) co_return out;
  out.shows = packs::ClientAuth::post;
  if (auth.metadata_url.empty() || out.secret.empty()) co_return out;
  CO_TRY(const auto response, co_await http.send(plain_request(auth.metadata_url)));
  const auto parsed = response.status == 200 ? matrix::parse_json(response.body) : Result<Json>(Error(Errc::not_json));
  const auto* metadata = parsed ? parsed->if_object() : nullptr;
  if (metadata == nullptr)
    co_return Error(Errc::unavailable, service.pack->title + " describes itself at auth.metadata_url with status " +
                                           std::to_string(response.status) + " and nothing that can be read");
  if (const auto shown = client_auth_of(*metadata, auth.token_url)) out.shows = *shown;
  co_return out;
}

TokenAnswer read_token_answer(const net::client::ClientResponse& response, base::UnixMs now) {
  TokenAnswer out;
  out.status = response.status;
  const auto answer = matrix::parse_json(response.body);
  const auto* object = answer ? answer->if_object() : nullptr;
  if (!object) return out;
  // Slack says ok:false with status 200.
  out.error = error_of(*object);
  if (response.status != 200) return out;
  out.access_token = token_of(*object, "access_token");
  out.refresh_token = token_of(*object, "refresh_token");
  if (const auto seconds = matrix::find_integer(*object, "expires_in"))
    out.expires_ms = now + std::clamp<std::int64_t>(*seconds, 1, kMostSeconds) * 1'000;
  return out;
}

std::string grant_address(const packs::Auth& auth, const std::string& base_url, const std::string& client_id,
                          const std::string& refresh_token) {
  const auto sign_in = base::sha256(client_id + "\n" + refresh_token);
  return auth.token_url + " " + base_url + " " + base::base64url(sign_in);
}

std::string grant_address(const Service& service) {
  return grant_address(service.pack->config.auth, service.base_url, secret_of(service, "client_id"),
                       secret_of(service, "refresh_token"));
}

}  // namespace troupe::assistant::calls
