#include "homeserver/admin/user_change.h"

#include "base/text.h"
#include "homeserver/admin/admin_user.h"
#include "matrix/ids.h"

namespace troupe::homeserver::admin {
namespace {

using accounts::UserType;

UserType type_of(std::string_view word) { return word == "bot" ? UserType::bot : UserType::support; }

std::vector<accounts::ThirdPartyId> third_party_ids(const std::vector<ThirdPartyIdBody>& given, base::UnixMs now) {
  std::vector<accounts::ThirdPartyId> ids;
  ids.reserve(given.size());
  // The case of a mail address tells no people apart.
  for (const auto& id : given) {
    ids.push_back({.medium = id.medium,
                   .address = id.medium == "email" ? base::ascii_lower(id.address) : id.address,
                   .added_ms = now});
  }
  return ids;
}

std::vector<accounts::ExternalId> external_ids(const std::vector<ExternalIdBody>& given) {
  std::vector<accounts::ExternalId> ids;
  ids.reserve(given.size());
  for (const auto& id : given) ids.push_back({.provider = id.auth_provider, .external_id = id.external_id});
  return ids;
}

Result<Unit> check_state(const UserBody& wanted) {
  if (!wanted.deactivated.value_or(false) || !wanted.locked.value_or(false)) return Unit{};
  return refused("An account is deactivated or locked, not both.");
}

/// Whether the account is used again, and with what. Error: invalid_param.
Result<bool> comes_back(const UserBody& wanted, const matrix::Account& account) {
  if (!account.deactivated || wanted.deactivated.value_or(true)) return false;
  if (wanted.password) return true;
  return refused("A deactivated account needs a password to be used again.");
}

/// Error: invalid_param, when a closed account would get a name.
Result<Unit> check_names(const UserBody& wanted) {
  if (wanted.display_name.value_or("").empty() && wanted.avatar_url.value_or("").empty()) return Unit{};
  return refused("A deactivated account has no profile.");
}

}  // namespace

Task<bool> UserChanges::put(UserChange change) {
  CO_TRY(check_state(change.body));
  auto account = co_await accounts_.find(change.user_id);
  if (!account && account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
  if (!account) {
    CO_TRY(co_await create(std::move(change)));
    co_return true;
  }
  CO_TRY(co_await modify(std::move(change), *std::move(account)));
  co_return false;
}

Task<Unit> UserChanges::create(UserChange change) {
  const auto& wanted = change.body;
  const auto type = wanted.user_type ? type_of(*wanted.user_type) : UserType::none;
  matrix::NewAccount account;
  account.localpart = std::string(matrix::parse_user_id(change.user_id)->localpart);
  account.password = wanted.password;
  account.admin = wanted.admin.value_or(false);
  account.display_name = wanted.display_name.value_or("");
  if (type == UserType::bot) account.kind = matrix::AccountKind::bot;
  auto third_party = third_party_ids(wanted.threepids.value_or(std::vector<ThirdPartyIdBody>()), clock_.unix_ms());
  auto external = external_ids(wanted.external_ids.value_or(std::vector<ExternalIdBody>()));
  auto also = [&, user_id = change.user_id, locked = wanted.locked.value_or(false)](store::Tx& tx) -> Result<Unit> {
    accounts::account_store::set_type(tx, user_id, type);
    accounts::account_store::set_locked(tx, user_id, locked);
    accounts::identifier_store::set_third_party_ids(tx, user_id, third_party);
    return accounts::identifier_store::set_external_ids(tx, user_id, external);
  };
  CO_TRY(co_await accounts_.create(std::move(account), also));
  if (!wanted.avatar_url.value_or("").empty()) {
    CO_TRY(co_await profiles_.set_field(change.user_id, std::string(accounts::kAvatarUrl),
                                        matrix::Json(*wanted.avatar_url)));
  }
  if (wanted.deactivated.value_or(false)) {
    CO_TRY(co_await accounts_.deactivate(change.user_id));
  }
  co_return Unit{};
}

Task<Unit> UserChanges::modify(UserChange change, matrix::Account account) {
  const auto& wanted = change.body;
  CO_TRY(const bool returns, comes_back(wanted, account));
  if (account.deactivated && !returns) {
    CO_TRY(check_names(wanted));
  }
  if (wanted.admin && *wanted.admin != account.admin) {
    CO_TRY(co_await check_admin(change.by, change.user_id, *wanted.admin));
  }
  // First, so that what follows finds an account that can be changed.
  if (returns) {
    CO_TRY(co_await accounts_.reactivate(change.user_id, *wanted.password));
  }
  if (!account.deactivated || returns) {
    CO_TRY(co_await modify_names(change));
  }
  if (wanted.threepids) {
    CO_TRY(
        co_await accounts_.set_third_party_ids(change.user_id, third_party_ids(*wanted.threepids, clock_.unix_ms())));
  }
  if (wanted.external_ids) {
    CO_TRY(co_await accounts_.set_external_ids(change.user_id, external_ids(*wanted.external_ids)));
  }
  if (wanted.user_type || change.clears_type) {
    CO_TRY(co_await accounts_.set_type(change.user_id, wanted.user_type ? type_of(*wanted.user_type) : UserType::none));
  }
  co_return co_await modify_access(change, account);
}

Task<Unit> UserChanges::modify_names(const UserChange& change) {
  const auto& wanted = change.body;
  if (wanted.display_name) {
    CO_TRY(co_await accounts_.set_display_name(change.user_id, *wanted.display_name));
  }
  if (wanted.avatar_url) {
    CO_TRY(co_await profiles_.set_field(change.user_id, std::string(accounts::kAvatarUrl),
                                        matrix::Json(*wanted.avatar_url)));
  }
  co_return Unit{};
}

Task<Unit> UserChanges::modify_access(const UserChange& change, const matrix::Account& account) {
  const auto& wanted = change.body;
  if (wanted.admin && *wanted.admin != account.admin) {
    CO_TRY(co_await accounts_.set_admin(change.user_id, *wanted.admin));
  }
  if (wanted.password && !account.deactivated) {
    auto keep = change.by == change.user_id ? change.by_device : std::string();
    CO_TRY(co_await accounts_.set_password(change.user_id, *wanted.password, wanted.logout_devices, std::move(keep)));
  }
  if (wanted.deactivated.value_or(false) && !account.deactivated) {
    CO_TRY(co_await accounts_.deactivate(change.user_id));
  }
  if (wanted.locked && *wanted.locked != account.locked) {
    CO_TRY(co_await accounts_.set_locked(change.user_id, *wanted.locked));
  }
  co_return Unit{};
}

Task<Unit> UserChanges::check_admin(std::string by, std::string user_id, bool admin) {
  if (!admin && by == user_id) co_return refused("You may not take the right from yourself.");
  if (!admin) co_return Unit{};
  CO_TRY(const auto account, co_await accounts_.find(user_id));
  if (account.kind != matrix::AccountKind::person) co_return refused("Only people administer the server.");
  if (account.suspended) co_return refused("The account is suspended: lift that first.");
  if (!principals_) co_return Unit{};
  CO_TRY(const auto tenant, co_await principals_->tenant_of(user_id));
  if (tenant == identity::kDefaultTenant) co_return Unit{};
  co_return Error(Errc::forbidden, user_id +
                                       " belongs to a tenant: only accounts of the default one administer the "
                                       "server.");
}

Task<Unit> UserChanges::set_admin(std::string by, std::string user_id, bool admin) {
  CO_TRY(co_await check_admin(std::move(by), user_id, admin));
  co_return co_await accounts_.set_admin(std::move(user_id), admin);
}

}  // namespace troupe::homeserver::admin
