#include "homeserver/accounts/account_service.h"

#include "base/log.h"
#include "base/text.h"
#include "homeserver/accounts/delegated_store.h"
#include "homeserver/accounts/guest_store.h"
#include "homeserver/accounts/mail_pusher_store.h"
#include "homeserver/accounts/password_rule.h"
#include "homeserver/accounts/profile_store.h"
#include "homeserver/common/mail_address.h"
#include "homeserver/common/settings.h"
#include "homeserver/mail/mail_store.h"
#include "identity/oidc/settings.h"
#include "matrix/ids.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::accounts {
namespace {

constexpr std::size_t kMaxDisplayNameBytes = 256;
constexpr std::size_t kMaxBulkAccounts = 10'000;
constexpr std::size_t kAccountsPerCommit = 250;
constexpr std::int64_t kMaxPage = 1000;
constexpr std::int64_t kFinishedAtOnce = 100;

Error no_such_user() { return Error(Errc::not_found, "There is no such user on this server."); }

/// Inside the write that takes somebody's powers: batches of all processes are ordered, so of two administrators who
/// take them from each other one stays. Error: conflict.
Result<Unit> leave_an_admin(store::Tx& tx, const std::string& user_id) {
  if (!account_store::is_last_admin(tx, user_id)) return Unit{};
  return Error(Errc::conflict, user_id + " is the last administrator. Make another one first.");
}

Result<Unit> check_display_name(std::string_view name) {
  if (name.size() > kMaxDisplayNameBytes)
    return Error(Errc::invalid_param, "The display name is longer than 256 bytes.");
  if (name.find('\0') != std::string_view::npos) {
    return Error(Errc::invalid_param, "The display name may not hold a NUL character.");
  }
  return Unit{};
}

/// The change of an account that sets one thing of it.
template <class Taken, class Value>
std::function<Result<Unit>(store::Tx&)> to(void (*set)(store::Tx&, std::string_view, Taken), std::string user_id,
                                           Value value) {
  return [set, user_id = std::move(user_id), value = std::move(value)](store::Tx& tx) -> Result<Unit> {
    set(tx, user_id, value);
    return Unit{};
  };
}

/// Links in mails for a new password end with the next one, however that came.
void end_resets(store::Tx& tx, std::string_view user_id) {
  for (const auto& id : identifier_store::third_party_ids(tx, user_id))
    mail::mail_store::remove_proofs(tx, id.address, mail::Purpose::reset);
}

/// What is written for a new account; the id and the password hash are ready.
struct Draft {
  AccountRow row;
  std::string display_name;
};

bool insert(store::Tx& tx, const Draft& draft) {
  if (!account_store::insert_account(tx, draft.row)) return false;
  profile_store::set_field(tx, draft.row.user_id, kDisplayName, draft.display_name);
  return true;
}

}  // namespace

Error wrong_password() { return Error(Errc::forbidden, "Wrong user name or password."); }

Error account_is_locked() {
  return Error(Errc::unknown_token, "This account is locked. Ask an administrator.")
      .with_wire_code("M_USER_LOCKED")
      .with_member("soft_logout", true);
}

bool is_reserved_localpart(std::string_view localpart) {
  return localpart.starts_with("bot_") || localpart.starts_with('_');
}

Result<bool> remove_device(store::Tx& tx, AccountObserver& observer, std::string_view user_id,
                           std::string_view device_id) {
  if (!account_store::delete_device(tx, user_id, device_id)) return false;
  TRY(observer.device_removed(tx, user_id, device_id));
  return true;
}

AccountService::AccountService(Parts parts) : parts_(parts), failures_(parts.clock, parts.settings.rate_limits) {}

Result<std::string> AccountService::check_new_localpart(std::string_view localpart) const {
  if (!matrix::is_new_localpart(localpart, parts_.settings.server_name)) {
    return Error(Errc::invalid_param, "A user name may hold a-z, 0-9 and . _ = - / + only, and must fit in 255 bytes.")
        .with_wire_code("M_INVALID_USERNAME");
  }
  return matrix::make_user_id(localpart, parts_.settings.server_name);
}

std::optional<std::string> AccountService::resolve_user(std::string_view user) const {
  if (user.size() > matrix::kMaxIdBytes) return std::nullopt;
  if (!user.starts_with('@')) return matrix::make_user_id(base::ascii_lower(user), parts_.settings.server_name);
  const auto parts = matrix::parse_user_id(user);
  if (!parts || parts->server != parts_.settings.server_name) return std::nullopt;
  return matrix::make_user_id(base::ascii_lower(parts->localpart), parts->server);
}

Result<Unit> AccountService::check_password_rule(std::string_view password) const {
  return check_new_password(password, parts_.settings.of<RegistrationSettings>());
}

std::int64_t AccountService::least_password() const {
  return parts_.settings.of<RegistrationSettings>().password_min_length;
}

Task<std::string> AccountService::hash_new(std::string password) {
  CO_TRY(check_password_rule(password));
  co_return co_await parts_.passwords.hash(std::move(password));
}

Task<Unit> AccountService::check_none_owned(std::vector<std::string> localparts) {
  auto look = [&](store::Connection& connection) -> Result<Unit> {
    for (const auto& localpart : localparts) {
      TRY(const auto user_id, check_new_localpart(localpart));
      auto free = check_not_owned(user_id, nullptr);
      if (!free && !account_store::find_account(connection, user_id)) return free;
    }
    return Unit{};
  };
  co_return co_await parts_.db.read(look);
}

Task<matrix::Account> AccountService::create(matrix::NewAccount account, std::function<Result<Unit>(store::Tx&)> also,
                                             const appservice::Service* by) {
  CO_TRY(auto user_id, id_of_new(account.localpart, by));
  CO_TRY(check_display_name(account.display_name));
  // Asked before the costly hash; the insert below decides.
  CO_TRY(co_await check_available(account.localpart, by));
  std::optional<std::string> hash;
  if (account.password) {
    CO_TRY(hash, co_await hash_new(*account.password));
  }
  Draft draft{.row = {.user_id = user_id,
                      .localpart = account.localpart,
                      .kind = account.kind,
                      .password_hash = std::move(hash),
                      .admin = account.admin,
                      .created_ms = parts_.clock.unix_ms()},
              .display_name = account.display_name.empty() ? account.localpart : account.display_name};
  auto write = [&draft, &also](store::Tx& tx) -> Result<Unit> {
    if (!insert(tx, draft)) return Error(Errc::user_in_use);
    return also ? also(tx) : Result<Unit>(Unit{});
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = also != nullptr}));
  parts_.bus.ring(bus::Topic::users, parts_.db.head());
  co_return matrix::Account{.user_id = std::move(user_id),
                            .kind = account.kind,
                            .admin = account.admin,
                            .display_name = std::move(draft.display_name),
                            .avatar_url = {},
                            .created_ms = draft.row.created_ms};
}

std::function<Result<Unit>(store::Tx&)> AccountService::on_record(std::string user_id, Joined how,
                                                                  std::function<Result<Unit>(store::Tx&)> also) const {
  return [&observer = parts_.observer, user_id = std::move(user_id), how = std::move(how), also = std::move(also),
          now = parts_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    if (also) {
      TRY(also(tx));
    }
    observer.joined(tx, user_id, how, now);
    return Unit{};
  };
}

Task<std::vector<bool>> AccountService::create_many(std::vector<matrix::NewAccount> accounts,
                                                    std::function<void(std::size_t)> done) {
  if (accounts.size() > kMaxBulkAccounts) {
    co_return Error(Errc::invalid_param, "At most 10,000 accounts can be made in one call.");
  }
  std::vector<std::string> names;
  names.reserve(accounts.size());
  for (const auto& account : accounts) names.push_back(account.localpart);
  CO_TRY(co_await check_none_owned(std::move(names)));
  const auto now = parts_.clock.unix_ms();
  std::vector<Draft> drafts;
  drafts.reserve(accounts.size());
  for (auto& account : accounts) {
    CO_TRY(auto user_id, check_new_localpart(account.localpart));
    CO_TRY(check_display_name(account.display_name));
    std::optional<std::string> hash;
    if (account.password) {
      CO_TRY(hash, co_await hash_new(std::move(*account.password)));
    }
    auto name = account.display_name.empty() ? account.localpart : std::move(account.display_name);
    drafts.push_back({.row = {.user_id = std::move(user_id),
                              .localpart = std::move(account.localpart),
                              .kind = account.kind,
                              .password_hash = std::move(hash),
                              .admin = account.admin,
                              .created_ms = now},
                      .display_name = std::move(name)});
  }
  std::vector<bool> created;
  for (std::size_t from = 0; from < drafts.size(); from += kAccountsPerCommit) {
    const auto part = std::span(drafts).subspan(from, std::min(kAccountsPerCommit, drafts.size() - from));
    auto write = [part](store::Tx& tx) -> Result<std::vector<bool>> {
      std::vector<bool> made;
      for (const auto& draft : part) made.push_back(insert(tx, draft));  // false: it exists already and is left alone
      return made;
    };
    CO_TRY(auto made, co_await parts_.db.write(write, {.lane = store::Lane::bulk}));
    created.insert(created.end(), made.begin(), made.end());
    parts_.bus.ring(bus::Topic::users, parts_.db.head());
    if (done) done(from + part.size());
  }
  co_return created;
}

Task<Unit> AccountService::check_available(std::string localpart, const appservice::Service* by) {
  CO_TRY(auto user_id, id_of_new(localpart, by));
  auto look = [&user_id](store::Connection& connection) -> Result<bool> {
    return account_store::find_account(connection, user_id).has_value();
  };
  CO_TRY(const bool taken, co_await parts_.db.read(look));
  if (taken) co_return Error(Errc::user_in_use);
  co_return check_not_owned(user_id, by);
}

Task<matrix::Account> AccountService::find(std::string user_id) {
  auto look = [&user_id](store::Connection& connection) -> Result<std::optional<matrix::Account>> {
    return account_store::find_public(connection, user_id);
  };
  CO_TRY(auto account, co_await parts_.db.read(look));
  if (!account) co_return no_such_user();
  co_return *std::move(account);
}

Task<WaysToProve> AccountService::ways_to_prove(std::string user_id) {
  const auto& configured = parts_.settings.of<identity::oidc::OidcSettings>().providers;
  if (configured.empty()) co_return WaysToProve{.password = true, .providers = {}};
  auto look = [&](store::Connection& connection) -> Result<WaysToProve> {
    const auto account = account_store::find_account(connection, user_id);
    WaysToProve ways{.password = account && account->password_hash, .providers = {}};
    for (const auto& id : identifier_store::external_ids(connection, user_id)) {
      using identity::oidc::ProviderSettings;
      if (std::ranges::find(configured, id.provider, &ProviderSettings::id) != configured.end() &&
          std::ranges::find(ways.providers, id.provider) == ways.providers.end())
        ways.providers.push_back(id.provider);
    }
    return ways;
  };
  co_return co_await parts_.db.read(look);
}

Task<matrix::AccountPage> AccountService::list(matrix::AccountQuery query) {
  if (query.limit < 1 || query.limit > kMaxPage || query.from < 0) {
    co_return Error(Errc::invalid_param, "limit must be 1 to 1000 and from not negative.");
  }
  auto look = [&query](store::Connection& connection) -> Result<matrix::AccountPage> {
    return account_store::list_accounts(connection, query);
  };
  co_return co_await parts_.db.read(look);
}

Task<Unit> AccountService::check_failures(const std::string& counted, const std::string& user_id,
                                          const std::string& address) {
  CO_TRY(failures_.check_address(counted, address));
  auto crowd = failures_.check_account(counted);
  if (crowd) co_return Unit{};
  // Many addresses guess together. Where the account's own devices were last seen the owner may be.
  auto look = [&](store::Connection& connection) -> Result<bool> {
    const auto devices = account_store::devices(connection, user_id);
    return !address.empty() && std::ranges::any_of(devices, [&](const auto& device) {
      return net::route::rate_key_of_address(device.last_seen_ip.value_or("")) ==
             net::route::rate_key_of_address(address);
    });
  };
  CO_TRY(const bool known, co_await parts_.db.read(look));
  if (known) co_return Unit{};
  co_return std::unexpected(std::move(crowd).error());
}

Task<matrix::Account> AccountService::check_password(std::string user, std::string password, std::string address) {
  CO_TRY(auto proven, co_await prove(std::move(user), std::move(password), std::move(address)));
  co_return std::move(proven.account);
}

Task<ProvenAccount> AccountService::prove(std::string user, std::string password, std::string address,
                                          std::string counted_as) {
  const auto user_id = resolve_user(user);
  if (!user_id) {
    // The same work as for a name that we could have.
    CO_TRY(co_await parts_.passwords.verify(std::nullopt, std::move(password)));
    co_return wrong_password();
  }
  const auto& counted = counted_as.empty() ? *user_id : counted_as;
  CO_TRY(co_await check_failures(counted, *user_id, address));
  // By its mail addresses, an account is guessed no oftener than by one. That it was must not show, neither here (the
  // answer is the one to a wrong password) nor where its name is given (the counts are two): it would tell whose
  // address that is.
  const auto in_all = counted_as.empty() ? std::string() : "by mail " + *user_id;
  const bool closed = !in_all.empty() && (!co_await check_failures(in_all, *user_id, address) ||
                                          !co_await check_failures(*user_id, *user_id, address));
  auto look = [&user_id](store::Connection& connection) -> Result<std::optional<AccountRow>> {
    return account_store::find_account(connection, *user_id);
  };
  CO_TRY(auto row, co_await parts_.db.read(look));
  CO_TRY(const bool fits,
         co_await parts_.passwords.verify(row ? row->password_hash : std::nullopt, std::move(password)));
  if (!fits || closed) {
    failures_.failed(counted, address);
    if (!in_all.empty() && !fits) failures_.failed(in_all, address);
    co_return wrong_password();
  }
  failures_.succeeded(counted, address);
  if (!in_all.empty()) failures_.succeeded(in_all, address);
  if (row->deactivated) {
    co_return Error(Errc::forbidden, "This account has been deactivated.").with_wire_code("M_USER_DEACTIVATED");
  }
  if (row->locked) co_return account_is_locked();
  CO_TRY(auto account, co_await find(*user_id));
  co_return ProvenAccount{.account = std::move(account), .password_hash = std::move(row->password_hash)};
}

Task<Unit> AccountService::change_account(std::string user_id, std::function<Result<Unit>(store::Tx&)> change) {
  const auto now = parts_.clock.unix_ms();
  auto write = [this, &user_id, &change, now](store::Tx& tx) -> Result<Unit> {
    if (!account_store::find_account(tx, user_id)) return no_such_user();
    TRY(change(tx));
    parts_.sessions.forget_after(tx, user_id);
    parts_.observer.account_changed(tx, *account_store::find_public(tx, user_id), now);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = true}));
  parts_.bus.ring(bus::Topic::users, parts_.db.head());
  co_return Unit{};
}

Task<Unit> AccountService::set_password(std::string user_id, std::string password, bool logout_devices,
                                        std::string keep_device, std::function<Result<Unit>(store::Tx&)> also) {
  CO_TRY(auto hash, co_await hash_new(std::move(password)));
  auto change = [this, user_id, hash = std::optional(std::move(hash)), logout_devices,
                 keep_device = std::move(keep_device), also = std::move(also),
                 now = parts_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    if (also) {
      TRY(also(tx));
    }
    account_store::set_password(tx, user_id, hash);
    delegated_store::end_grants(tx, user_id, now);
    end_resets(tx, user_id);
    if (!logout_devices) return Unit{};
    parts_.observer.signed_out(tx, user_id);
    for (const auto& device : account_store::devices(tx, user_id)) {
      if (device.device_id == keep_device) continue;
      TRY(remove_device(tx, parts_.observer, user_id, device.device_id));
    }
    account_store::delete_tokens_without_device(tx, user_id);
    return Unit{};
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<Unit> AccountService::set_admin(std::string user_id, bool admin) {
  auto change = [user_id, admin](store::Tx& tx) -> Result<Unit> {
    if (!admin) {
      TRY(leave_an_admin(tx, user_id));
    } else if (guest_store::is_guest(tx, user_id)) {
      return Error(Errc::forbidden, "A guest administers nothing.");
    }
    account_store::set_admin(tx, user_id, admin);
    return Unit{};
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<Unit> AccountService::set_locked(std::string user_id, bool locked) {
  auto change = [user_id, locked](store::Tx& tx) -> Result<Unit> {
    if (locked) {
      TRY(leave_an_admin(tx, user_id));
    }
    account_store::set_locked(tx, user_id, locked);
    return Unit{};
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<Unit> AccountService::set_message_rate(std::string user_id, std::optional<MessageRate> rate) {
  co_return co_await change_account(user_id, to(account_store::set_message_rate, user_id, rate));
}

Task<Unit> AccountService::set_suspended(std::string user_id, bool suspended) {
  co_return co_await change_account(user_id, to(account_store::set_suspended, user_id, suspended));
}

Task<Unit> AccountService::set_shadow_banned(std::string user_id, bool banned) {
  shadow_bans_ = ShadowBans::possible;  // before it holds: a look that found nobody comes too late then
  co_return co_await change_account(user_id, to(account_store::set_shadow_banned, user_id, banned));
}

Task<bool> AccountService::is_shadow_banned(std::string user_id) {
  if (shadow_bans_ == ShadowBans::none && !parts_.db.shared()) co_return false;
  struct Found {
    bool anybody = false;
    bool user = false;
  };
  auto look = [&user_id](store::Connection& connection) -> Result<Found> {
    if (!account_store::anybody_shadow_banned(connection)) return Found{};
    return Found{.anybody = true, .user = account_store::is_shadow_banned(connection, user_id)};
  };
  CO_TRY(const auto found, co_await parts_.db.read(look));
  auto unknown = ShadowBans::unknown;
  shadow_bans_.compare_exchange_strong(unknown, found.anybody ? ShadowBans::possible : ShadowBans::none);
  co_return found.user;
}

Task<Unit> AccountService::set_display_name(std::string user_id, std::string name) {
  CO_TRY(check_display_name(name));
  auto change = [user_id, name = std::move(name)](store::Tx& tx) -> Result<Unit> {
    if (name.empty()) {
      profile_store::delete_field(tx, user_id, kDisplayName);
    } else {
      profile_store::set_field(tx, user_id, kDisplayName, name);
    }
    return Unit{};
  };
  CO_TRY(co_await change_account(user_id, std::move(change)));
  co_return co_await parts_.observer.profile_changed(user_id);
}

Task<Unit> AccountService::deactivate(std::string user_id, bool erase, std::function<Result<Unit>(store::Tx&)> when) {
  auto change = [this, user_id, erase, when = std::move(when),
                 now = parts_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    if (when) {
      TRY(when(tx));
    }
    TRY(leave_an_admin(tx, user_id));
    account_store::set_deactivated(tx, user_id, erase);
    delegated_store::end_grants(tx, user_id, now);
    for (const auto& device : account_store::devices(tx, user_id)) {
      TRY(remove_device(tx, parts_.observer, user_id, device.device_id));
    }
    account_store::delete_tokens_without_device(tx, user_id);
    profile_store::delete_all(tx, user_id);
    end_resets(tx, user_id);
    identifier_store::delete_third_party_ids(tx, user_id);
    return Unit{};
  };
  CO_TRY(co_await change_account(user_id, std::move(change)));
  if (auto left = co_await parts_.observer.deactivated(user_id); !left) {
    // The account is gone, whoever asked cannot ask again: finish_deactivations() will.
    base::log_warning("homeserver", "a deactivated account is still in rooms",
                      {{"user_id", user_id}, {"error", left.error().message()}});
  }
  co_return Unit{};
}

Task<Unit> AccountService::reactivate(std::string user_id, std::string password) {
  CO_TRY(auto hash, co_await hash_new(std::move(password)));
  auto change = [user_id, hash = std::optional(std::move(hash)),
                 now = parts_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    account_store::set_password(tx, user_id, hash);
    delegated_store::end_grants(tx, user_id, now);
    const auto account = account_store::find_account(tx, user_id);
    if (!account->deactivated) return Unit{};
    account_store::set_active(tx, user_id);
    profile_store::set_field(tx, user_id, kDisplayName, account->localpart);
    return Unit{};
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<Unit> AccountService::set_type(std::string user_id, UserType type) {
  co_return co_await change_account(user_id, to(account_store::set_type, user_id, type));
}

Task<Unit> AccountService::finish_deactivations() {
  auto look = [](store::Connection& connection) -> Result<std::vector<std::string>> {
    return account_store::deactivated_in_rooms(connection, kFinishedAtOnce);
  };
  CO_TRY(const auto users, co_await parts_.db.read(look));
  for (const auto& user_id : users) {
    CO_TRY(co_await parts_.observer.deactivated(user_id));
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::accounts
