#include "kit/fake_homeserver/fake_accounts.h"
#include <algorithm>

#include "matrix/ids.h"

namespace troupe::kit {
namespace {

std::string order_of(const matrix::Account& account, matrix::AccountSort sort) {
  switch (sort) {
    case matrix::AccountSort::name:
      return account.user_id;
    case matrix::AccountSort::display_name:
      return account.display_name;
    case matrix::AccountSort::created:
      break;
  }
  auto created = std::to_string(account.created_ms);
  return std::string(20 - created.size(), '0') + created;
}

bool fits(const matrix::Account& account, const matrix::AccountQuery& query) {
  const auto same = [](const auto& wanted, const auto& value) { return !wanted || *wanted == value; };
  const bool found = account.user_id.find(query.search) != std::string::npos ||
                     account.display_name.find(query.search) != std::string::npos;
  return found && same(query.kind, account.kind) && same(query.admin, account.admin) &&
         same(query.locked, account.locked) && same(query.deactivated, account.deactivated);
}

}  // namespace

void FakeAccounts::add_person(const std::string& localpart, std::string password, bool admin) {
  const base::Lock lock(mutex_);
  auto id = matrix::make_user_id(localpart, kServerName);
  auto& account = accounts_[id];
  account.user_id = id;
  account.admin = admin;
  account.created_ms = clock_.unix_ms();
  passwords_[id] = std::move(password);
}

void FakeAccounts::set_flags(const std::string& user_id, bool deactivated, bool locked) {
  const base::Lock lock(mutex_);
  accounts_.at(user_id).deactivated = deactivated;
  accounts_.at(user_id).locked = locked;
}

void FakeAccounts::set_suspended(const std::string& user_id, bool suspended) {
  const base::Lock lock(mutex_);
  accounts_.at(user_id).suspended = suspended;
}

void FakeAccounts::set_admin_flag(const std::string& user_id, bool admin) {
  const base::Lock lock(mutex_);
  accounts_.at(user_id).admin = admin;
}

void FakeAccounts::add_device(const std::string& user_id, std::string device_id) {
  const base::Lock lock(mutex_);
  devices_[user_id].insert(std::move(device_id));
}

void FakeAccounts::fail_accounts(int count) {
  const base::Lock lock(mutex_);
  failing_ = count;
}

std::map<std::pair<std::string, std::string>, std::string> FakeAccounts::tokens() const {
  const base::Lock lock(mutex_);
  return tokens_;
}

std::string FakeAccounts::password_asked_from() const {
  const base::Lock lock(mutex_);
  return password_asked_from_;
}

Result<matrix::Account*> FakeAccounts::find(const std::string& user_id) {
  auto found = accounts_.find(user_id);
  if (found == accounts_.end()) return Error(Errc::not_found, "No such account.");
  return &found->second;
}

Result<Unit> FakeAccounts::may_lose(const std::string& user_id) const {
  const auto can = [](const matrix::Account& account) {
    return account.admin && !account.locked && !account.deactivated;
  };
  const auto found = accounts_.find(user_id);
  if (found == accounts_.end() || !can(found->second) ||
      std::ranges::count_if(accounts_, [&](const auto& entry) { return can(entry.second); }) > 1) {
    return Unit{};
  }
  return Error(Errc::conflict, user_id + " is the last administrator. Make another one first.");
}

void FakeAccounts::sign_out(const std::string& user_id) {
  devices_.erase(user_id);
  std::erase_if(tokens_, [&](const auto& token) { return token.first.first == user_id; });
}

const std::string& FakeAccounts::server_name() const { return kServerName; }

Task<matrix::Account> FakeAccounts::create_account(matrix::NewAccount wanted) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  if (!matrix::is_new_localpart(wanted.localpart, kServerName)) {
    co_return Error(Errc::invalid_param, "Not a user name.");
  }
  auto id = matrix::make_user_id(wanted.localpart, kServerName);
  if (accounts_.contains(id)) co_return Error(Errc::user_in_use);
  if (wanted.password) CO_TRY(check_new_password(*wanted.password));
  matrix::Account account;
  account.user_id = id;
  account.kind = wanted.kind;
  account.admin = wanted.admin;
  account.display_name = wanted.display_name;
  account.created_ms = clock_.unix_ms();
  accounts_[id] = account;
  if (wanted.password) passwords_[id] = *wanted.password;
  co_return account;
}

Task<matrix::Account> FakeAccounts::account(std::string user_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  if (failing_ > 0) {
    --failing_;
    co_return Error(Errc::unavailable, "The homeserver is busy.");
  }
  CO_TRY(auto* found, find(user_id));
  co_return *found;
}

void FakeAccounts::set_ways_in(const std::string& user_id, matrix::WaysIn ways) {
  const base::Lock lock(mutex_);
  ways_in_[user_id] = std::move(ways);
}

void FakeAccounts::set_least_password(std::size_t bytes) {
  const base::Lock lock(mutex_);
  least_password_ = bytes;
}

Result<Unit> FakeAccounts::check_new_password(std::string_view password) const {
  if (password.size() >= least_password_) return Unit{};
  return Error(Errc::invalid_param, "The password is too short.").with_wire_code("M_PASSWORD_TOO_SHORT");
}

Task<std::optional<matrix::WaysIn>> FakeAccounts::ways_in(std::string user_id) {
  const base::Lock lock(mutex_);
  const auto found = ways_in_.find(user_id);
  co_return found == ways_in_.end() ? std::nullopt : std::optional(found->second);
}

Task<matrix::AccountPage> FakeAccounts::accounts(matrix::AccountQuery query) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  std::vector<matrix::Account> found;
  for (const auto& [id, account] : accounts_) {
    if (fits(account, query)) found.push_back(account);
  }
  std::ranges::sort(found, [&](const auto& a, const auto& b) {
    const auto left = order_of(a, query.sort), right = order_of(b, query.sort);
    if (left != right) return query.descending ? right < left : left < right;
    return a.user_id < b.user_id;
  });
  matrix::AccountPage page;
  for (const auto& account : found) {
    if (page.total++ < query.from || std::ssize(page.accounts) >= query.limit) continue;
    page.accounts.push_back(account);
  }
  co_return page;
}

Task<matrix::Account> FakeAccounts::check_password(std::string user, std::string password, std::string address) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  password_asked_from_ = std::move(address);
  auto id = user.starts_with('@') ? user : matrix::make_user_id(user, kServerName);
  auto stored = passwords_.find(id);
  if (stored == passwords_.end() || stored->second != password) {
    co_return Error(Errc::forbidden, "Wrong name or password.");
  }
  co_return accounts_.at(id);
}

Task<Unit> FakeAccounts::set_password(std::string user_id, std::string password, bool logout_devices) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(find(user_id));
  CO_TRY(check_new_password(password));
  passwords_[user_id] = std::move(password);
  if (logout_devices) sign_out(user_id);
  co_return Unit{};
}

Task<Unit> FakeAccounts::set_admin(std::string user_id, bool admin) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(auto* found, find(user_id));
  if (!admin) {
    CO_TRY(may_lose(user_id));
  }
  found->admin = admin;
  co_return Unit{};
}

Task<Unit> FakeAccounts::set_display_name(std::string user_id, std::string display_name) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(auto* found, find(user_id));
  found->display_name = std::move(display_name);
  co_return Unit{};
}

Task<Unit> FakeAccounts::deactivate(std::string user_id) {
  co_await elsewhere();
  {
    const base::Lock lock(mutex_);
    CO_TRY(auto* found, find(user_id));
    CO_TRY(may_lose(user_id));
    found->deactivated = true;
    passwords_.erase(user_id);
    sign_out(user_id);
  }
  rooms_.leave_all(user_id);
  co_return Unit{};
}

Task<matrix::IssuedToken> FakeAccounts::issue_token(std::string user_id, std::string device_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(auto* found, find(user_id));
  if (found->deactivated) co_return Error(Errc::forbidden, "The account is closed.");
  if (device_id.empty()) device_id = "DEVICE" + std::to_string(tokens_.size() + 1);
  auto token = "token" + std::to_string(++issued_);
  tokens_[{user_id, device_id}] = token;
  co_return matrix::IssuedToken{.device_id = std::move(device_id), .access_token = std::move(token)};
}

Task<Unit> FakeAccounts::revoke_token(std::string user_id, std::string device_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  tokens_.erase({user_id, device_id});
  co_return Unit{};
}

Task<std::vector<matrix::BulkAccount>> FakeAccounts::create_accounts(std::vector<matrix::NewAccount> wanted,
                                                                     std::optional<std::string> join_room,
                                                                     std::function<void(std::size_t)> done) {
  for (const auto& one : wanted) {
    if (!matrix::is_new_localpart(one.localpart, kServerName)) {
      co_return Error(Errc::invalid_param, "Not a user name.");
    }
  }
  std::string room_id;
  if (join_room) {
    CO_TRY(room_id, co_await rooms_.resolve_alias(*std::move(join_room)));
  }
  std::vector<matrix::BulkAccount> result;
  for (auto& one : wanted) {
    auto user_id = matrix::make_user_id(one.localpart, kServerName);
    auto made = co_await create_account(std::move(one));
    if (!made && made.error().code() != Errc::user_in_use) co_return std::unexpected(std::move(made).error());
    matrix::BulkAccount became{.created = made.has_value(), .joined = false};
    if (!room_id.empty()) {
      CO_TRY(rooms_.add_member(room_id, user_id));
      became.joined = true;
    }
    result.push_back(became);
    if (done) done(result.size());
  }
  co_return result;
}

Task<Unit> FakeAccounts::set_locked(std::string user_id, bool locked) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(auto* found, find(user_id));
  if (locked) {
    CO_TRY(may_lose(user_id));
  }
  found->locked = locked;
  co_return Unit{};
}

Task<std::vector<matrix::AccountSession>> FakeAccounts::sessions(std::string user_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(find(user_id));
  std::vector<matrix::AccountSession> found;
  for (const auto& device : devices_[user_id]) {
    found.push_back({.device_id = device, .display_name = {}, .last_seen_ms = std::nullopt, .last_seen_ip = {}});
  }
  co_return found;
}

Task<Unit> FakeAccounts::end_session(std::string user_id, std::string device_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  if (devices_[user_id].erase(device_id) == 0) co_return Error(Errc::not_found, "No such device.");
  co_return Unit{};
}

Task<Unit> FakeAccounts::end_all_sessions(std::string user_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(find(user_id));
  devices_.erase(user_id);
  co_return Unit{};
}

}  // namespace troupe::kit
