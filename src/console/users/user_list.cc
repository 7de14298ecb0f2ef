#include "console/users/user_list.h"

#include "api/paging.h"
#include "api/schema.h"
#include "net/route/params.h"

namespace troupe::console {
namespace {

constexpr std::int64_t kChunk = 1'000;
constexpr std::int64_t kMostGathered = 100'000;

struct Sorting {
  std::string_view name;
  matrix::AccountSort sort;
  bool descending;
};
constexpr Sorting kSortings[] = {
    {"name", matrix::AccountSort::name, false},
    {"-name", matrix::AccountSort::name, true},
    {"created_at", matrix::AccountSort::created, false},
    {"-created_at", matrix::AccountSort::created, true},
    {"display_name", matrix::AccountSort::display_name, false},
    {"-display_name", matrix::AccountSort::display_name, true},
};

/// A page of the homeserver with the principals of its accounts.
Task<UserPage> homeserver_page(const People& people, matrix::AccountQuery query) {
  CO_TRY(auto found, co_await people.homeserver.accounts(std::move(query)));
  CO_TRY(auto principals, co_await people.principals.for_accounts(found.accounts));
  UserPage page{.items = {}, .total = found.total};
  for (auto& account : found.accounts) {
    auto principal = principals.at(account.user_id);
    page.items.push_back({.account = std::move(account), .principal = std::move(principal)});
  }
  co_return page;
}

Task<UserPage> gather(const People& people, UserQuery query) {
  const auto from = query.accounts.from, limit = query.accounts.limit;
  UserPage page;
  query.accounts.limit = kChunk;
  for (query.accounts.from = 0;; query.accounts.from += kChunk) {
    if (query.accounts.from >= kMostGathered) {
      co_return Error(Errc::unavailable, "There are too many accounts for this filter. Search for a part of the name.");
    }
    CO_TRY(auto chunk, co_await homeserver_page(people, query.accounts));
    const auto read = std::ssize(chunk.items);
    for (auto& entry : chunk.items) {
      if (query.role && entry.principal.role != *query.role) continue;
      if (query.tenant_id && entry.principal.tenant_id != *query.tenant_id) continue;
      if (page.total++ >= from && std::ssize(page.items) < limit) page.items.push_back(std::move(entry));
    }
    if (read < kChunk) co_return page;
  }
}

}  // namespace

Result<UserQuery> user_query(const net::Request& request) {
  UserQuery query;
  TRY(auto at, api::paging(request));
  query.accounts.from = at.from;
  query.accounts.limit = at.limit;
  TRY(query.accounts.search, net::query_search(request));
  TRY(auto kind, net::query_choice(request, "kind", {"person", "bot", "service"}));
  if (kind == "person") query.accounts.kind = matrix::AccountKind::person;
  if (kind == "bot") query.accounts.kind = matrix::AccountKind::bot;
  if (kind == "service") query.accounts.kind = matrix::AccountKind::service;
  TRY(auto role, net::query_choice(request, "role", {"member", "operator", "admin"}));
  if (role) query.role = identity::parse_role(*role);
  TRY(auto state, net::query_choice(request, "state", {"active", "locked", "deactivated"}));
  if (state) query.accounts.deactivated = state == "deactivated";
  if (state == "active" || state == "locked") query.accounts.locked = state == "locked";
  TRY(auto sort, net::query_choice(request, "sort",
                                   {"name", "-name", "created_at", "-created_at", "display_name", "-display_name"}));
  for (const auto& row : kSortings) {
    if (row.name != sort.value_or("name")) continue;
    query.accounts.sort = row.sort;
    query.accounts.descending = row.descending;
  }
  return query;
}

std::vector<net::QueryParam> user_query_params() {
  return {
      {.name = "search",
       .description = "Part of the name or display name",
       .schema = R"({"type":"string","maxLength":200})"},
      {.name = "kind", .description = "", .schema = R"({"type":"string","enum":["person","bot","service"]})"},
      {.name = "role", .description = "", .schema = TROUPE_REF("Role")},
      {.name = "state", .description = "", .schema = R"({"type":"string","enum":["active","locked","deactivated"]})"},
      {.name = "sort",
       .description = "With - downwards",
       .schema =
           R"({"type":"string","enum":["name","-name","created_at","-created_at","display_name","-display_name"]})"},
  };
}

Task<UserPage> list_users(const People& people, UserQuery query) {
  if (query.tenant_id) {
    // Where there is one house only, everybody lives in it.
    CO_TRY(auto tenants, co_await people.tenants.list());
    if (tenants.size() == 1) query.tenant_id.reset();
  }
  if (query.role || query.tenant_id) co_return co_await gather(people, std::move(query));
  co_return co_await homeserver_page(people, std::move(query.accounts));
}

}  // namespace troupe::console
