#include "homeserver/accounts/registration_tokens.h"

#include <algorithm>

#include "base/crypto.h"

namespace troupe::homeserver::accounts {
namespace {

namespace stored = registration_token_store;

Error no_such_token() { return {Errc::not_found, "There is no such registration token."}; }

Result<Unit> check_letters(std::string_view token) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-';
  };
  if (std::ranges::all_of(token, fits)) return Unit{};
  return Error(Errc::invalid_param, "A registration token may hold A-Z, a-z, 0-9 and . _ ~ - only.");
}

Result<Unit> check_expiry(std::optional<std::int64_t> expires_ms, base::UnixMs now) {
  if (!expires_ms || *expires_ms >= now) return Unit{};
  return Error(Errc::invalid_param, "expiry_time lies in the past.");
}

}  // namespace

Task<std::vector<RegistrationToken>> RegistrationTokens::list(std::optional<bool> valid) {
  auto look = [valid, now = clock_.unix_ms()](store::Connection& connection) -> Result<std::vector<RegistrationToken>> {
    return stored::list(connection, valid, now);
  };
  co_return co_await db_.read(look);
}

Task<RegistrationToken> RegistrationTokens::find(std::string token) {
  auto look = [&token](store::Connection& connection) -> Result<RegistrationToken> {
    auto found = stored::find(connection, token);
    if (!found) return no_such_token();
    return *std::move(found);
  };
  co_return co_await db_.read(look);
}

Task<RegistrationToken> RegistrationTokens::create(NewRegistrationToken wanted) {
  const auto now = clock_.unix_ms();
  if (!wanted.token) wanted.token = base::random_alphanumeric(static_cast<std::size_t>(wanted.length));
  CO_TRY(check_letters(*wanted.token));
  CO_TRY(check_expiry(wanted.expires_ms, now));
  const RegistrationToken made{.token = *std::move(wanted.token),
                               .uses_allowed = wanted.uses_allowed,
                               .completed = 0,
                               .expires_ms = wanted.expires_ms,
                               .made_ms = now};
  auto write = [&made](store::Tx& tx) -> Result<Unit> {
    if (stored::count(tx) >= kMaxTokens) {
      return Error(Errc::invalid_param, "There are 10,000 registration tokens already: delete some.");
    }
    if (stored::insert(tx, made)) return Unit{};
    return Error(Errc::invalid_param, "This registration token is there already.");
  };
  CO_TRY(co_await db_.write(write));
  co_return made;
}

Task<RegistrationToken> RegistrationTokens::change(std::string token, RegistrationTokenChange change) {
  if (change.expires_ms) CO_TRY(check_expiry(*change.expires_ms, clock_.unix_ms()));
  auto write = [&](store::Tx& tx) -> Result<RegistrationToken> {
    auto found = stored::find(tx, token);
    if (!found) return no_such_token();
    if (change.uses_allowed) found->uses_allowed = *change.uses_allowed;
    if (change.expires_ms) found->expires_ms = *change.expires_ms;
    stored::change(tx, *found);
    return *std::move(found);
  };
  co_return co_await db_.write(write);
}

Task<Unit> RegistrationTokens::remove(std::string token) {
  auto write = [&token](store::Tx& tx) -> Result<Unit> {
    if (stored::remove(tx, token)) return Unit{};
    return no_such_token();
  };
  co_return co_await db_.write(write);
}

bool RegistrationTokens::is_valid(const RegistrationToken& token) const {
  return (!token.uses_allowed || token.completed < *token.uses_allowed) &&
         (!token.expires_ms || *token.expires_ms > clock_.unix_ms());
}

std::string RegistrationTokens::audit_name(std::string_view token) {
  return "token " + std::string(token.substr(0, 4)) + "…";
}

}  // namespace troupe::homeserver::accounts
