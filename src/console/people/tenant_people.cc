#include "console/people/tenant_people.h"

#include "console/people/all_tenants.h"

namespace troupe::console::people {
namespace {

constexpr std::int64_t kChunk = 1'000;
constexpr std::int64_t kMostGathered = 100'000;

/// Accounts with their principals.
Task<std::vector<UserEntry>> entries_of(const PeopleParts& parts, std::vector<matrix::Account> accounts) {
  CO_TRY(auto principals, co_await parts.principals.for_accounts(accounts));
  std::vector<UserEntry> entries;
  for (auto& account : accounts) {
    auto principal = principals.at(account.user_id);
    entries.push_back({.account = std::move(account), .principal = std::move(principal)});
  }
  co_return entries;
}

/// A page of the homeserver with the principals of its accounts.
Task<UserPage> homeserver_page(const PeopleParts& parts, matrix::AccountQuery query) {
  CO_TRY(auto found, co_await parts.accounts.accounts(std::move(query)));
  CO_TRY(auto items, co_await entries_of(parts, std::move(found.accounts)));
  co_return UserPage{.items = std::move(items), .total = found.total};
}

/// The only tenant whose accounts there are; nothing where there is one tenant only: everybody belongs to it.
Task<std::optional<std::int64_t>> filtering(const PeopleParts& parts, Reach reach) {
  if (!reach.within) co_return reach.within;
  CO_TRY(auto tenants, co_await parts.tenants.list());
  co_return tenants.size() == 1 ? std::nullopt : reach.within;
}

/// Those whom identity knows as the tenant's; who is gone from the homeserver is passed over.
Task<std::vector<UserEntry>> first_known(const PeopleParts& parts, std::int64_t tenant, std::size_t most) {
  CO_TRY(auto user_ids, co_await parts.principals.in_tenant(tenant, static_cast<std::int64_t>(most)));
  std::vector<matrix::Account> accounts;
  for (auto& user_id : user_ids) {
    auto account = co_await parts.accounts.account(std::move(user_id));
    if (!account && account.error().code() == Errc::not_found) continue;
    if (!account) co_return std::unexpected(std::move(account).error());
    accounts.push_back(*std::move(account));
  }
  CO_TRY(auto entries, co_await entries_of(parts, std::move(accounts)));
  std::erase_if(entries,
                [&](const UserEntry& entry) { return entry.principal.tenant_id != tenant; });  // moved meanwhile
  co_return entries;
}

Task<UserPage> gather(const PeopleParts& parts, std::optional<std::int64_t> tenant, UserQuery query) {
  const auto from = query.accounts.from, limit = query.accounts.limit;
  UserPage page;
  query.accounts.limit = kChunk;
  for (query.accounts.from = 0;; query.accounts.from += kChunk) {
    if (query.accounts.from >= kMostGathered) {
      co_return Error(Errc::unavailable, "There are too many accounts for this filter. Search for a part of the name.");
    }
    CO_TRY(auto chunk, co_await homeserver_page(parts, query.accounts));
    const auto read = std::ssize(chunk.items);
    for (auto& entry : chunk.items) {
      if (query.role && entry.principal.role != *query.role) continue;
      if (tenant && entry.principal.tenant_id != *tenant) continue;
      if (page.total++ >= from && std::ssize(page.items) < limit) page.items.push_back(std::move(entry));
    }
    if (read < kChunk) co_return page;
  }
}

/// The principal of an account that the caller has just made: it belongs to the caller's tenant.
Task<identity::Principal> adopt(const PeopleParts& parts, std::int64_t tenant, matrix::Account account) {
  auto user_id = account.user_id;
  CO_TRY(auto principal, co_await parts.principals.for_account(std::move(account), tenant));
  if (principal.tenant_id == tenant) co_return principal;
  co_return co_await parts.tenants.move(std::move(user_id), tenant);  // somebody saw it first
}

}  // namespace

Task<ReachedUser> TenantPeople::find_in(const PeopleParts& parts, Reach reach, std::string user_id) {
  auto unknown = [] { return Error(Errc::not_found, "There is no such user on this server."); };
  auto account = co_await parts.accounts.account(std::move(user_id));
  if (!account && reach.within && account.error().code() == Errc::not_found) co_return unknown();
  if (!account) co_return std::unexpected(std::move(account).error());
  CO_TRY(auto principal, co_await parts.principals.for_account(*account));
  if (reach.within && principal.tenant_id != *reach.within) co_return unknown();
  co_return ReachedUser(parts, reach, {.account = *std::move(account), .principal = std::move(principal)});
}

Task<UserPage> TenantPeople::list_in(const PeopleParts& parts, Reach reach, UserQuery query) {
  CO_TRY(const auto tenant, co_await filtering(parts, reach));
  if (query.role || tenant) co_return co_await gather(parts, tenant, std::move(query));
  co_return co_await homeserver_page(parts, std::move(query.accounts));
}

Task<std::vector<UserEntry>> TenantPeople::first_in(const PeopleParts& parts, Reach reach, std::size_t most) {
  CO_TRY(const auto tenant, co_await filtering(parts, reach));
  if (tenant && *tenant != identity::kDefaultTenant) co_return co_await first_known(parts, *tenant, most);
  std::vector<UserEntry> found;
  for (std::int64_t from = 0;; from += kChunk) {
    CO_TRY(auto page, co_await homeserver_page(parts, {.from = from, .limit = kChunk}));
    const auto read = std::ssize(page.items);
    for (auto& entry : page.items) {
      if (found.size() == most) co_return found;
      if (!tenant || entry.principal.tenant_id == *tenant) found.push_back(std::move(entry));
    }
    if (read < kChunk) co_return found;
  }
}

Task<ReachedUser> TenantPeople::create_in(const PeopleParts& parts, Reach reach, matrix::NewAccount wanted,
                                          net::route::Role role) {
  CO_TRY(check_may_give(reach, role));
  // The flag comes last: until then it is nobody's account but a member's.
  wanted.admin = false;
  CO_TRY(auto account, co_await parts.accounts.create_account(std::move(wanted)));
  CO_TRY(auto principal, co_await adopt(parts, reach.tenant, account));
  ReachedUser made(parts, reach, {.account = std::move(account), .principal = std::move(principal)});
  if (role == net::route::Role::member) co_return made;
  CO_TRY(co_await made.give_role(role));
  co_return co_await find_in(parts, reach, made.user_id());
}

Task<std::int64_t> TenantPeople::count_in(const PeopleParts& parts, std::int64_t tenant) {
  CO_TRY(const auto all, co_await counted_tenants(parts));
  const auto own = std::ranges::find(all, tenant, &identity::Tenant::id);
  co_return own == all.end() ? 0 : own->principals;
}

}  // namespace troupe::console::people
