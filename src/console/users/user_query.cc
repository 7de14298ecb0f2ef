#include "console/users/user_query.h"

#include "api/paging.h"
#include "api/schema.h"
#include "net/route/params.h"

namespace troupe::console::users {
namespace {

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

}  // namespace

Result<people::UserQuery> user_query(const net::http::Request& request) {
  people::UserQuery query;
  TRY(auto at, api::paging(request));
  query.accounts.from = at.from;
  query.accounts.limit = at.limit;
  TRY(query.accounts.search, net::route::query_search(request));
  TRY(auto kind, net::route::query_choice(request, "kind", {"person", "bot", "service"}));
  if (kind == "person") query.accounts.kind = matrix::AccountKind::person;
  if (kind == "bot") query.accounts.kind = matrix::AccountKind::bot;
  if (kind == "service") query.accounts.kind = matrix::AccountKind::service;
  TRY(auto role, net::route::query_choice(request, "role", {"member", "operator", "admin"}));
  if (role) query.role = identity::parse_role(*role);
  TRY(auto state, net::route::query_choice(request, "state", {"active", "locked", "deactivated"}));
  if (state) query.accounts.deactivated = state == "deactivated";
  if (state == "active" || state == "locked") query.accounts.locked = state == "locked";
  TRY(auto sort, net::route::query_choice(
                     request, "sort", {"name", "-name", "created_at", "-created_at", "display_name", "-display_name"}));
  for (const auto& row : kSortings) {
    if (row.name != sort.value_or("name")) continue;
    query.accounts.sort = row.sort;
    query.accounts.descending = row.descending;
  }
  return query;
}

std::vector<net::route::QueryParam> user_query_params() {
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

}  // namespace troupe::console::users
