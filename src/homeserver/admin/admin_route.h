// What the routes of Synapse's admin API share. Its shapes are those that dashboards and scripts read:
// https://element-hq.github.io/synapse/latest/usage/administration/admin_api/
#pragma once
#include <optional>
#include <string_view>

#include "homeserver/common/client_route.h"

namespace troupe::homeserver::admin {

/// Routes under /_synapse/admin, for administrators of the server, shown in the API document. `rest` begins with the
/// version.
api::Group admin_group(net::route::Router& routes, std::string_view rest);

/// Which rows of a list are asked for: ?from, ?limit and ?dir.
struct AdminPage {
  std::int64_t from = 0;
  std::int64_t limit = 0;
  bool backwards = false;

  /// Where the next page begins when this one shows so many of `total` rows; nothing when it is the last.
  std::optional<std::int64_t> next(std::int64_t total, std::size_t shown) const;
};
/// Error: invalid_param.
Result<AdminPage> admin_page(const net::http::Request& request, bool backwards_when_absent = false);
/// The parameters that admin_page reads, for the API document.
std::vector<net::route::QueryParam> admin_page_params();

}  // namespace troupe::homeserver::admin
