#include "identity/authenticator.h"

#include "base/crypto.h"
#include "base/log.h"
#include "identity/settings.h"
#include "identity/suspension.h"
#include "identity/token_hash.h"

namespace troupe::identity {
namespace {

constexpr base::UnixMs kTouchEveryMs = 60'000;

/// Empty for a token that is not set: it matches nothing.
std::string hash_if_set(std::string_view token) { return token.empty() ? std::string() : hash_of_token(token); }

net::route::CallerKind kind_of(const Principal& principal) {
  if (principal.user_id.empty()) return net::route::CallerKind::service_key;
  switch (principal.kind) {
    case PrincipalKind::person:
      return net::route::CallerKind::user;
    case PrincipalKind::bot:
      return net::route::CallerKind::bot;
    case PrincipalKind::service:
      return net::route::CallerKind::service;
  }
  return net::route::CallerKind::user;
}

net::route::Caller make_caller(Credential credential, net::route::Role role, std::vector<std::string> scopes) {
  net::route::Caller caller;
  caller.kind = kind_of(credential.principal);
  caller.user_id = credential.principal.user_id;
  caller.principal_id = credential.principal.id;
  caller.tenant_id = credential.principal.tenant_id;
  caller.role = role;
  caller.scopes = std::move(scopes);
  caller.by_cookie = credential.kind == Credential::Kind::cookie;
  caller.session = std::make_shared<const Credential>(std::move(credential));
  return caller;
}

Error unknown_key() {
  return Error(Errc::unknown_token, "This API key is not known. It may be revoked or expired; make a new one.");
}

/// Whoever the credential is of, unless the account is suspended and the request changes something.
Result<std::optional<net::route::Caller>> unless_suspended(Result<std::optional<net::route::Caller>> found,
                                                           const net::http::Request& request) {
  if (!found || !*found || !credential_of(**found).principal.suspended) return found;
  if (suspended_may(request.method, request.path, (*found)->role)) return found;
  return Error(Errc::forbidden, "This account is suspended: it may read, but change nothing. Ask an administrator.");
}

}  // namespace

const Credential& credential_of(const net::route::Caller& caller) {
  return *static_cast<const Credential*>(caller.session.get());
}

PlatformAuthenticator::PlatformAuthenticator(Services services, const host::Settings& settings, Principal local,
                                             Principal api_token, Principal dev_token)
    : services_(std::move(services)),
      local_token_hash_(hash_if_set(settings.local_token)),
      api_token_hash_(hash_if_set(settings.of<IdentitySettings>().api_token)),
      dev_token_hash_(hash_if_set(settings.of<IdentitySettings>().dev_token)),
      local_(std::move(local)),
      api_token_(std::move(api_token)),
      dev_token_(std::move(dev_token)) {}

Task<std::optional<net::route::Caller>> PlatformAuthenticator::admit(const net::http::Request& request) {
  std::string key;
  auto take = [&](std::string_view candidate) {
    if (!key.empty() && key != candidate) return false;
    key = candidate;
    return true;
  };
  bool clash = request.headers.count("Authorization") > 1 || request.headers.count("X-API-Key") > 1;
  if (auto header = request.headers.get("Authorization"); !header.empty()) {
    constexpr std::string_view kBearer = "bearer ";
    bool bearer = header.size() > kBearer.size() &&
                  std::ranges::equal(header.substr(0, kBearer.size()), kBearer,
                                     [](char a, char b) { return (a >= 'A' && a <= 'Z' ? char(a | 0x20) : a) == b; });
    if (!bearer) co_return Error(Errc::unknown_token, "Authorization must be 'Bearer <key>'.");
    clash = !take(header.substr(kBearer.size())) || clash;
  }
  if (auto header = request.headers.get("X-API-Key"); !header.empty()) clash = !take(header) || clash;
  auto cookie = session_token(request);
  if (clash || (!key.empty() && !cookie.empty())) {
    co_return Error(Errc::invalid_param, "Two different credentials came with this request. Send one.");
  }
  if (key.empty() && cookie.empty()) co_return std::nullopt;
  if (request.inside) co_return unless_suspended(co_await by_acting_key(std::move(key)), request);
  const auto hash = hash_of_token(key.empty() ? cookie : key);
  if (!key.empty()) {
    if (auto caller = configured(hash)) co_return caller;
  }
  CO_TRY(services_.guard.admit(hash, request.remote_address));
  auto found = key.empty() ? co_await by_cookie(std::move(cookie)) : co_await by_key(std::move(key));
  if (found) services_.guard.good(hash);
  if (!found && found.error().code() == Errc::unknown_token) services_.guard.bad(hash, request.remote_address);
  co_return unless_suspended(std::move(found), request);
}

Task<std::optional<net::route::Caller>> PlatformAuthenticator::by_cookie(std::string token) {
  CO_TRY(auto found, co_await services_.sessions.find(token));
  if (!found) co_return Error(Errc::unknown_token, "Your session is over. Sign in again.");
  auto principal = std::move(found->principal);
  if (services_.clock.unix_ms() - found->last_seen_ms >= kTouchEveryMs) {
    CO_TRY(auto fresh, co_await refresh(std::move(principal)));
    if (!fresh) co_return Error(Errc::unknown_token, "This account is closed or locked.");
    principal = *std::move(fresh);
    CO_TRY(co_await services_.sessions.touch(found->id));
  }
  auto role = principal.role;
  Credential credential{.kind = Credential::Kind::cookie,
                        .principal = std::move(principal),
                        .expires_ms = found->expires_ms,
                        .number = found->id};
  co_return make_caller(std::move(credential), role, {});
}

std::optional<net::route::Caller> PlatformAuthenticator::configured(std::string_view hash) const {
  // Compared by hash, so the time says nothing about the configured keys.
  auto is = [&](const std::string& of) { return !of.empty() && base::constant_time_equal(hash, of); };
  if (is(local_token_hash_)) {
    return make_caller({.kind = Credential::Kind::local, .principal = local_}, net::route::Role::admin, {"unlimited"});
  }
  if (is(api_token_hash_)) {
    return make_caller({.kind = Credential::Kind::key, .principal = api_token_}, net::route::Role::admin, {});
  }
  if (is(dev_token_hash_)) {
    return make_caller({.kind = Credential::Kind::key, .principal = dev_token_}, net::route::Role::admin,
                       {"assistant"});
  }
  return std::nullopt;
}

Task<std::optional<net::route::Caller>> PlatformAuthenticator::by_key(std::string token) {
  CO_TRY(auto found, co_await services_.api_keys.find(std::move(token)));
  if (!found) co_return unknown_key();
  auto principal = std::move(found->owner);
  auto role = found->role;
  if (services_.clock.unix_ms() - found->key.last_used_ms.value_or(0) >= kTouchEveryMs) {
    CO_TRY(auto fresh, co_await refresh(std::move(principal)));
    if (!fresh) co_return unknown_key();
    principal = *std::move(fresh);
    role = std::min(found->key.role, principal.role);
    CO_TRY(co_await services_.api_keys.touch(found->key.id));
  }
  Credential credential{.kind = Credential::Kind::key,
                        .principal = std::move(principal),
                        .expires_ms = found->key.expires_ms.value_or(0),
                        .number = found->key.id};
  co_return make_caller(std::move(credential), role, std::move(found->key.scopes));
}

Task<std::optional<net::route::Caller>> PlatformAuthenticator::by_acting_key(std::string token) {
  auto found = services_.acting != nullptr ? services_.acting->find(token) : std::nullopt;
  if (!found) co_return unknown_key();
  const auto tenant = found->principal.tenant_id;
  CO_TRY(auto principal, co_await refresh(std::move(found->principal)));
  if (!principal || principal->disabled_ms || principal->tenant_id != tenant)
    co_return Error(Errc::unknown_token, "This account is closed or locked.");
  const auto role = std::min(found->most, principal->role);
  co_return make_caller({.kind = Credential::Kind::key, .principal = *std::move(principal)}, role, {});
}

Task<bool> PlatformAuthenticator::still_good(net::route::Caller caller) {
  const auto& credential = credential_of(caller);
  if (credential.number == 0) co_return true;
  std::optional<std::pair<std::int64_t, net::route::Role>> now;
  if (credential.kind == Credential::Kind::cookie) {
    CO_TRY(auto session, co_await services_.sessions.find_by_id(credential.number));
    if (session) now.emplace(session->principal.tenant_id, session->principal.role);
  } else {
    CO_TRY(auto key, co_await services_.api_keys.find_by_id(credential.number));
    if (key) now.emplace(key->owner.tenant_id, key->role);
  }
  co_return now == std::pair(caller.tenant_id, caller.role);
}

Task<std::optional<Principal>> PlatformAuthenticator::refresh(Principal principal) {
  auto* accounts = services_.accounts ? services_.accounts() : nullptr;
  if (accounts == nullptr || principal.user_id.empty()) co_return principal;
  auto account = co_await accounts->account(principal.user_id);
  if (!account) {
    if (account.error().code() == Errc::not_found) co_return std::nullopt;
    co_return std::unexpected(std::move(account).error());
  }
  CO_TRY(auto fresh, co_await services_.principals.for_account(*std::move(account)));
  if (fresh.disabled_ms) co_return std::nullopt;
  co_return fresh;
}

}  // namespace troupe::identity
