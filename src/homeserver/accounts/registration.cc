#include "homeserver/accounts/registration.h"

#include <algorithm>

#include "base/crypto.h"
#include "homeserver/accounts/registration_token_store.h"
#include "homeserver/accounts/uia.h"
#include "homeserver/common/settings.h"
#include "matrix/ids.h"

namespace troupe::homeserver::accounts {
namespace {
constexpr std::size_t kNonceBytes = 32;
}

Result<Unit> RegistrationRules::check_open() const {
  if (settings_.of<RegistrationSettings>().mode != Registration::closed) return Unit{};
  return Error(Errc::forbidden, "Registration is closed on this server. Ask an administrator for an account.");
}

Result<Unit> RegistrationRules::check_not_reserved(std::string_view localpart) const {
  const bool taken = services_ && services_->is_taken_user(matrix::make_user_id(localpart, settings_.server_name));
  if (!taken && !is_reserved_localpart(localpart)) return Unit{};
  return Error(Errc::invalid_param, "This user name is reserved. Choose another one.").with_wire_code("M_EXCLUSIVE");
}

std::vector<std::vector<std::string>> RegistrationRules::flows() const {
  const auto& registration = settings_.of<RegistrationSettings>();
  const bool by_token = registration.mode == Registration::token;
  const std::vector<std::string> without{std::string(by_token ? kStageRegistrationToken : kStageDummy)};
  if (!settings_.of<MailSettings>().enabled()) return {without};
  // The mail first: a flow without it must not be complete before.
  std::vector<std::string> with{std::string(kStageMail)};
  if (by_token) with.insert(with.end(), without.begin(), without.end());
  if (registration.require_email) return {std::move(with)};
  return {without, std::move(with)};
}

bool RegistrationRules::is_configured_token(std::string_view token) const {
  return !settings_.of<RegistrationSettings>().token.empty() &&
         base::constant_time_equal(token, settings_.of<RegistrationSettings>().token);
}

Task<bool> RegistrationRules::token_is_valid(std::string token) {
  if (token.empty() || token.size() > kMaxTokenBytes) co_return false;
  if (is_configured_token(token)) co_return true;
  auto look = [&token](store::Connection& connection) -> Result<std::optional<RegistrationToken>> {
    return registration_token_store::find(connection, token);
  };
  CO_TRY(auto found, co_await db_.read(look));
  co_return found && (!found->uses_allowed || found->completed < *found->uses_allowed) &&
      (!found->expires_ms || *found->expires_ms > clock_.unix_ms());
}

std::function<Result<Unit>(store::Tx&)> RegistrationRules::use_of(std::string token) const {
  return [this, token = std::move(token), now = clock_.unix_ms()](store::Tx& tx) -> Result<Unit> {
    if (is_configured_token(token) || registration_token_store::use(tx, token, now)) return Unit{};
    return Error(Errc::forbidden, "This registration token has been used up.");
  };
}

std::string Nonces::make() {
  auto nonce = base::hex(base::as_bytes(base::random_bytes(kNonceBytes)));
  const auto now = clock_.unix_ms();
  const base::Lock lock(mutex_);
  if (made_.size() >= kMaxOpen) {
    std::erase_if(made_, [now](const auto& entry) { return now - entry.second >= kLifeMs; });
    if (made_.size() >= kMaxOpen)
      made_.erase(std::ranges::min_element(made_, {}, [](const auto& e) { return e.second; }));
  }
  made_[nonce] = now;
  return nonce;
}

bool Nonces::use(const std::string& nonce) {
  const base::Lock lock(mutex_);
  const auto found = made_.find(nonce);
  if (found == made_.end()) return false;
  const bool fresh = clock_.unix_ms() - found->second < kLifeMs;
  made_.erase(found);
  return fresh;
}

}  // namespace troupe::homeserver::accounts
