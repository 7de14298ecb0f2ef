#include "homeserver/admin/admin_route.h"

#include <limits>

namespace troupe::homeserver::admin {
namespace {

constexpr std::int64_t kUsualRows = 100;
constexpr std::int64_t kMostRows = 1000;

constexpr net::route::Tag kTag{
    "Synapse admin API",
    "On the Matrix listener, with the access token of a server administrator: as Synapse has it, for "
    "programs that manage a homeserver."};

}  // namespace

api::Group admin_group(net::route::Router& routes, std::string_view rest) {
  std::string prefix = "/_synapse/admin";
  prefix += rest;
  return matrix_group(routes, {.prefix = std::move(prefix), .needs = net::route::Access::admin, .tag = kTag});
}

std::optional<std::int64_t> AdminPage::next(std::int64_t total, std::size_t shown) const {
  const auto end = from + static_cast<std::int64_t>(shown);
  if (shown == 0 || end >= total) return std::nullopt;
  return end;
}

Result<AdminPage> admin_page(const net::http::Request& request, bool backwards_when_absent) {
  AdminPage page;
  TRY(page.from, net::route::query_number(
                     request, "from", {.otherwise = 0, .least = 0, .most = std::numeric_limits<std::int32_t>::max()}));
  TRY(page.limit,
      net::route::query_number(
          request, "limit",
          {.otherwise = kUsualRows, .least = 0, .most = kMostRows, .above = net::route::NumberRange::Above::cut}));
  TRY(const auto direction, net::route::query_choice(request, "dir", {"f", "b"}));
  page.backwards = direction ? *direction == "b" : backwards_when_absent;
  return page;
}

std::vector<net::route::QueryParam> admin_page_params() {
  return {{"from", "how many rows to leave out", R"({"type":"integer","minimum":0,"default":0})"},
          {"limit", "how many rows at most", R"({"type":"integer","minimum":0,"maximum":1000,"default":100})"},
          {"dir", "f: forwards, b: backwards", R"({"type":"string","enum":["f","b"]})"}};
}

}  // namespace troupe::homeserver::admin
