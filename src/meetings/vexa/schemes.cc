#include "meetings/vexa/schemes.h"

#include <algorithm>

#include "base/crypto.h"

namespace troupe::meetings::vexa {
namespace {

using net::route::Caller;

constexpr std::string_view kOwnScope = "bots";
constexpr std::string_view kTokenPrefix = "vxa_";
constexpr std::size_t kMostOfKey = 512;

Error no_scope() { return Error(Errc::forbidden, "Insufficient scope for this endpoint"); }

Error missing_key(const Refusals& refusals) {
  return Error(Errc::missing_token, std::string(refusals.missing)).with_status(refusals.missing_status);
}
Error wrong_key(const Refusals& refusals) {
  return Error(Errc::unknown_token, std::string(refusals.wrong)).with_status(refusals.wrong_status);
}

bool changes(const net::http::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

/// Somebody with a principal, who proved it by a token.
Caller caller_of(identity::Principal principal) {
  Caller caller;
  caller.kind = principal.user_id.empty()                        ? net::route::CallerKind::service_key
                : principal.kind == identity::PrincipalKind::bot ? net::route::CallerKind::bot
                                                                 : net::route::CallerKind::user;
  caller.user_id = principal.user_id;
  caller.principal_id = principal.id;
  caller.tenant_id = principal.tenant_id;
  caller.role = net::route::Role::member;
  caller.scopes = {std::string(kOwnScope)};
  caller.session = std::make_shared<const identity::Credential>(
      identity::Credential{.kind = identity::Credential::Kind::key, .principal = std::move(principal)});
  return caller;
}

}  // namespace

Task<std::optional<Caller>> KeyScheme::admit(const net::http::Request& request) {
  if (request.headers.count("X-API-Key") > 1) co_return wrong_key(refusals_);
  std::string key(request.headers.get("X-API-Key"));
  if (key.size() > kMostOfKey) co_return wrong_key(refusals_);
  const bool only_key = !request.headers.has("Authorization");
  if (!key.empty() && only_key && !request.inside) {
    const bool is_own = key.starts_with(kTokenPrefix);
    CO_TRY(auto found, co_await by_token(key, request.remote_address, changes(request)));
    if (found) co_return found;
    if (is_own) co_return wrong_key(refusals_);
  }
  auto found = co_await uses_.authenticator.admit(request);
  if (!found && found.error().code() == Errc::unknown_token) {
    if (!key.empty()) uses_.guard.bad(hash_of_token(key), request.remote_address);
    co_return wrong_key(refusals_);
  }
  CO_TRY(auto caller, std::move(found));
  if (!caller) co_return missing_key(refusals_);
  const auto& scopes = caller->scopes;
  const auto is = [&](std::string_view scope) { return std::ranges::find(scopes, scope) != scopes.end(); };
  if (!scopes.empty() && !is(kOwnScope) && !(scopes.size() == 1 && is("unlimited"))) co_return no_scope();
  co_return caller;
}

Task<std::optional<Caller>> KeyScheme::by_token(std::string key, std::string remote_address, bool changes) {
  const auto hash = hash_of_token(key);
  const bool is_own = key.starts_with(kTokenPrefix);
  CO_TRY(uses_.guard.admit(hash, remote_address));
  CO_TRY(const auto token, co_await uses_.users.find_token(std::move(key)));
  if (!token) {
    if (is_own) uses_.guard.bad(hash, remote_address);
    co_return std::nullopt;
  }
  uses_.guard.good(hash);
  const bool fits = token->scopes.empty() || std::ranges::any_of(token->scopes, [&](const std::string& scope) {
                      return std::ranges::find(scopes_, scope) != scopes_.end();
                    });
  if (!fits) co_return no_scope();
  auto principal = co_await uses_.principals.by_id(token->tenant_id, token->user_id);
  if (!principal && principal.error().code() == Errc::not_found) co_return wrong_key(refusals_);
  CO_TRY(auto who, std::move(principal));
  if (who.disabled_ms) co_return wrong_key(refusals_);
  if (who.suspended && changes) {
    co_return Error(Errc::forbidden, "This account is suspended: it may read, but change nothing.");
  }
  co_return caller_of(std::move(who));
}

AdminScheme::AdminScheme(std::string_view secret, identity::Principal who, net::route::CredentialGuard& guard)
    : secret_hash_(secret.empty() ? std::string() : hash_of_token(secret)), who_(std::move(who)), guard_(guard) {}

Task<std::optional<Caller>> AdminScheme::admit(const net::http::Request& request) {
  if (secret_hash_.empty()) {
    co_return Error(Errc::internal, "Admin authentication is not configured on this server: set ADMIN_API_TOKEN.")
        .with_status(500);
  }
  const auto given = request.headers.get("X-Admin-API-Key");
  const auto hash = hash_of_token(given);
  CO_TRY(guard_.admit(hash, request.remote_address));
  if (given.empty() || request.headers.count("X-Admin-API-Key") > 1 || !base::constant_time_equal(hash, secret_hash_)) {
    if (!given.empty()) guard_.bad(hash, request.remote_address);
    co_return Error(Errc::forbidden, "Invalid or missing admin token.");
  }
  guard_.good(hash);
  auto caller = caller_of(who_);
  caller.role = net::route::Role::admin;
  caller.scopes.clear();
  co_return caller;
}

}  // namespace troupe::meetings::vexa
