#include "assistant/sign_in/flow.h"

#include <initializer_list>

#include "base/encoding.h"
#include "net/http/http.h"
#include "net/http/url.h"

namespace troupe::assistant::sign_in {
namespace {

constexpr std::size_t kMaxState = 128, kMaxCode = 4'096, kMaxIssuer = 2'048, kMaxError = 64, kMaxDescription = 500;

std::string pairs(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) out += (out.empty() ? "" : "&") + std::string(name) + "=" + base::percent_encode(value);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

Result<std::string> checked_origin(std::string_view address) {
  const auto url = net::http::Url::parse(address);
  if (!url || url->target != "/" || address.contains('#'))
    return Error(Errc::invalid_param, "This is no address of a server: https://troupe.example.org");
  return url->origin();
}

std::string arrival_path(std::string_view service) {
  return "/api/v1/packs/" + std::string(service) + "/sign-in/arrival";
}

std::string departure(const packs::Auth& auth, const Begun& begun, std::string_view state) {
  const auto challenge = base::base64url(base::sha256(begun.verifier));
  return auth.authorize_url + (auth.authorize_url.contains('?') ? "&" : "?") +
         pairs({{"response_type", "code"},
                {"client_id", begun.client_id},
                {"redirect_uri", begun.redirect_uri},
                {"scope", joined(auth.scopes)},
                {"resource", auth.resource},
                {"state", state},
                {"code_challenge", challenge},
                {"code_challenge_method", "S256"}});
}

Result<Return> read_return(std::string_view address) {
  const auto url = net::http::Url::parse(address);
  net::http::Request request;
  if (!url || !request.set_target(url->target))
    return Error(Errc::invalid_param, "This is no address. Copy the whole line of the browser's address bar.");
  const auto value = [&request](std::string_view name) { return std::string(request.query_value(name).value_or("")); };
  Return out{.state = value("state"), .code = value("code"), .issuer = {}, .error = value("error"), .description = {}};
  if (const auto issuer = request.query_value("iss")) out.issuer = std::string(*issuer);
  out.description = value("error_description");
  if (out.state.empty() || (out.code.empty() && out.error.empty()))
    return Error(Errc::invalid_param,
                 "The address has no code. Copy it when the service has sent the browser back to this server.");
  TRY(check(out));
  return out;
}

Result<Unit> check(const Return& back) {
  if (back.state.size() > kMaxState || back.code.size() > kMaxCode || back.error.size() > kMaxError ||
      back.description.size() > kMaxDescription || (back.issuer && back.issuer->size() > kMaxIssuer))
    return Error(Errc::invalid_param, "The service's answer is longer than any that is known.");
  return Unit{};
}

Result<Unit> check_issuer(const packs::Auth& auth, const Return& back) {
  if (!back.issuer) {
    if (auth.issuer.empty() || auth.issuer_may_lack) return Unit{};
    return Error(
        Errc::forbidden,
        "The answer does not say which service it came from (iss), as the pack says it does by auth.issuer, so "
        "its code was not used.");
  }
  const auto wrong = [] {
    return Error(Errc::forbidden,
                 "The answer came from another service than the one that was asked, so its code was not used. If the "
                 "service calls itself so, say it as auth.issuer in the pack's config.json.");
  };
  if (!auth.issuer.empty()) {
    if (*back.issuer != auth.issuer) return wrong();
    return Unit{};
  }
  const auto named = net::http::Url::parse(*back.issuer), asked = net::http::Url::parse(auth.authorize_url);
  if (!named || !asked || !named->same_origin(*asked)) return wrong();
  return Unit{};
}

}  // namespace troupe::assistant::sign_in
