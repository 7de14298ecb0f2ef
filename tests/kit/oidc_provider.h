// A provider of OpenID Connect in place of a real one: it answers on kit::FakeHttp, signs with Ed25519, and does what
// the test says.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "base/crypto.h"
#include "base/ed25519.h"
#include "base/encoding.h"
#include "kit/fake_http.h"
#include "matrix/json.h"

namespace troupe::kit {

class OidcProvider {
 public:
  using Object = matrix::JsonObject;

  std::string issuer = "https://idp.example.org/realms/main";
  std::string client_id = "troupe";
  std::int64_t now_s = 1'700'000'000;
  Object person{{"sub", "f:1:anna"}, {"sid", "session-1"}, {"preferred_username", "anna"}, {"name", "Anna A."}};
  Object more_claims;                               ///< stand in the next ID tokens in place of what would
  Object more_header;                               ///< the same of its header
  std::function<void(Object&)> document = nullptr;  ///< changes what discovery says
  std::optional<Object> userinfo;                   ///< none: the person
  bool claims_in_token = true;                      ///< else only the userinfo has those of the person but sub and sid
  bool is_down = false;
  std::string seed = std::string(base::kEd25519SeedBytes, 's');
  std::string key_id = "key-1";
  std::map<std::string, int> asked;  ///< by path

  /// Where a browser is sent back to, by the address that it was sent to: the query of the callback.
  std::string sign_in(std::string_view departure) {
    sent_ = query_of(departure);
    code_ = "code-" + std::to_string(++codes_);
    return "code=" + code_ + "&state=" + base::percent_encode(sent_["state"]) + "&iss=" + base::percent_encode(issuer);
  }
  /// What the last browser came with.
  const std::map<std::string, std::string>& sent() const { return sent_; }

  std::string token(Object claims, Object header = {}) const {
    Object whole{{"alg", "EdDSA"}, {"typ", "JWT"}, {"kid", key_id}};
    for (const auto& [name, value] : header) whole[name] = value;
    const auto part = [](const Object& object) {
      return base::base64url(base::as_bytes(boost::json::serialize(object)));
    };
    const auto text = part(whole) + "." + part(claims);
    return text + "." + base::base64url(base::as_bytes(base::sign_ed25519(seed, text)));
  }
  /// Claims that a logout token needs; `more` in place of what would stand there.
  Object logout(Object more = {}) const {
    Object claims{{"iss", issuer},
                  {"aud", client_id},
                  {"iat", now_s},
                  {"exp", now_s + 120},
                  {"jti", "logout-1"},
                  {"sid", "session-1"},
                  {"events", {{"http://schemas.openid.net/event/backchannel-logout", Object()}}}};
    return changed(std::move(claims), more);
  }

  Result<net::client::ClientResponse> answer(const net::client::ClientRequest& request) {
    auto path = request.url.substr(std::min(request.url.find('/', 8), request.url.size()));
    path.resize(std::min(path.find('?'), path.size()));
    ++asked[path];
    if (is_down) return Error(Errc::unavailable, "nobody listens");
    if (path.ends_with("/.well-known/openid-configuration")) return json(discovery());
    if (path.ends_with("/certs")) return json({{"keys", matrix::JsonArray{key()}}});
    if (path.ends_with("/token")) return redeem(request);
    if (path.ends_with("/userinfo")) return json(userinfo.value_or(person));
    return json({}, 404);
  }

 private:
  static Object changed(Object object, const Object& more) {
    for (const auto& [name, value] : more) {
      if (value.is_null()) {
        object.erase(name);
      } else {
        object[name] = value;
      }
    }
    return object;
  }
  static std::map<std::string, std::string> query_of(std::string_view address) {
    std::map<std::string, std::string> query;
    auto rest = address.substr(std::min(address.find('?') + 1, address.size()));
    while (!rest.empty()) {
      const auto end = std::min(rest.find('&'), rest.size());
      const auto pair = rest.substr(0, end);
      const auto is = std::min(pair.find('='), pair.size());
      query[std::string(pair.substr(0, is))] =
          base::percent_decode(pair.substr(std::min(is + 1, pair.size())), true).value_or("?");
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return query;
  }
  static net::client::ClientResponse json(const Object& body, int status = 200) {
    return {.status = status, .headers = {}, .body = boost::json::serialize(body)};
  }
  Object discovery() const {
    Object says{{"issuer", issuer},
                {"authorization_endpoint", issuer + "/auth"},
                {"token_endpoint", issuer + "/token"},
                {"userinfo_endpoint", issuer + "/userinfo"},
                {"jwks_uri", issuer + "/certs"},
                {"authorization_response_iss_parameter_supported", true}};
    if (document) document(says);
    return says;
  }
  Object key() const {
    return {{"kty", "OKP"},
            {"crv", "Ed25519"},
            {"use", "sig"},
            {"kid", key_id},
            {"x", base::base64url(base::as_bytes(base::ed25519_public_key(seed)))}};
  }
  /// A code is good once, for whoever can show what its challenge was made of.
  net::client::ClientResponse redeem(const net::client::ClientRequest& request) {
    auto form = query_of("?" + request.body);
    const bool fits = !code_.empty() && form["code"] == code_ && form["redirect_uri"] == sent_["redirect_uri"] &&
                      base::base64url(base::sha256(form["code_verifier"])) == sent_["code_challenge"];
    code_.clear();
    if (!fits) return json({{"error", "invalid_grant"}}, 400);
    Object claims{{"iss", issuer}, {"aud", client_id}, {"iat", now_s}, {"exp", now_s + 300}, {"nonce", sent_["nonce"]}};
    if (sent_.contains("max_age")) claims["auth_time"] = now_s;
    for (const auto& [name, value] : person)
      if (claims_in_token || name == "sub" || name == "sid") claims[name] = value;
    return json({{"access_token", "an-access-token"},
                 {"token_type", "Bearer"},
                 {"id_token", token(changed(std::move(claims), more_claims), more_header)}});
  }

  std::map<std::string, std::string> sent_;
  std::string code_;
  int codes_ = 0;
};

}  // namespace troupe::kit
