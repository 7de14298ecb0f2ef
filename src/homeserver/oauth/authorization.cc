#include "homeserver/oauth/authorization.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "homeserver/oauth/grants.h"

namespace troupe::homeserver::oauth {
namespace {

constexpr std::string_view kCarried[] = {"response_type", "client_id",      "redirect_uri",          "scope", "state",
                                         "response_mode", "code_challenge", "code_challenge_method", "nonce"};
constexpr std::size_t kMaxValueBytes = 2048;
constexpr std::size_t kChallengeChars = 43;

bool is_challenge(std::string_view text) {
  return text.size() == kChallengeChars && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace

std::string WayBack::with(Fields answer) const {
  if (!state.empty()) answer.emplace_back("state", state);
  answer.emplace_back("iss", issuer);
  const char joint = in_fragment ? '#' : redirect_uri.contains('?') ? '&' : '?';
  return redirect_uri + joint + encoded(answer);
}

std::string WayBack::with_error(const Error& error) const {
  const auto code = error.wire_code().empty() ? std::string_view("server_error") : error.wire_code();
  return with({{"error", std::string(code)}, {"error_description", error.message()}});
}

Fields carried(const Fields& request) {
  Fields kept;
  for (const auto name : kCarried)
    if (const auto value = value_of(request, name); !value.empty()) kept.emplace_back(name, value);
  return kept;
}

Result<Unit> check_fields(const Fields& request) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : request) {
    if (!seen.insert(name).second)
      return Error(Errc::invalid_param, "The address holds " + name.substr(0, 50) + " twice.");
    if (value.size() > kMaxValueBytes)
      return Error(Errc::invalid_param, "In the address " + name.substr(0, 50) + " is too long.");
  }
  return Unit{};
}

Task<WayBack> find_way_back(Clients& clients, const Fields& request, std::string issuer) {
  auto found = co_await clients.find(std::string(value_of(request, "client_id")));
  if (!found && found.error().wire_code() == "invalid_client")
    co_return Error(Errc::invalid_param, "The app is not registered here (any more). Begin again in the app.");
  if (!found) co_return std::unexpected(std::move(found).error());
  auto client = *std::move(found);
  const std::string uri(value_of(request, "redirect_uri"));
  if (uri.empty()) co_return Error(Errc::invalid_param, "The app did not say where it wants you sent back to.");
  if (!is_registered(client.metadata, uri))
    co_return Error(Errc::invalid_param, "The app wants you sent to an address that it has not registered.");
  co_return WayBack{.client = std::move(client),
                    .redirect_uri = uri,
                    .state = std::string(value_of(request, "state")),
                    .in_fragment = value_of(request, "response_mode") == "fragment",
                    .issuer = std::move(issuer)};
}

Result<Authorization> read_authorization(const Fields& request, const WayBack& way) {
  const auto get = [&request](std::string_view name) { return value_of(request, name); };
  if (!get("request").empty() || !get("request_uri").empty())
    return refusal("request_not_supported", "Requests as objects are not taken here.");
  if (way.state.empty()) return refusal("invalid_request", "state is missing.");
  if (get("response_type").empty()) return refusal("invalid_request", "response_type is missing.");
  if (get("response_type") != "code") return refusal("unsupported_response_type", "response_type must be code.");
  if (!way.client.may(kCodeGrant)) return refusal("unauthorized_client", "The client did not register for codes.");
  const auto mode = get("response_mode");
  if (!mode.empty() && mode != "query" && mode != "fragment")
    return refusal("invalid_request", "response_mode must be query or fragment.");
  if (get("code_challenge_method") != "S256") return refusal("invalid_request", "code_challenge_method must be S256.");
  if (!is_challenge(get("code_challenge")))
    return refusal("invalid_request", "code_challenge must be 43 characters of base64url.");
  Authorization asked;
  TRY(asked.scope, read_scope(get("scope")));
  asked.challenge = get("code_challenge");
  if (const auto nonce = get("nonce"); !nonce.empty()) asked.nonce = nonce;
  for (const auto word : std::views::split(get("prompt"), ' ')) {
    const std::string_view prompt(word.begin(), word.end());
    asked.sign_in_again |= prompt == "login";
    asked.sign_up |= prompt == "create";
    asked.silent |= prompt == "none";
  }
  asked.login_hint = get("login_hint");
  if (asked.login_hint.starts_with("mxid:")) asked.login_hint.erase(0, 5);
  return asked;
}

}  // namespace troupe::homeserver::oauth
