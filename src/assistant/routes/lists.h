// Lists whose whole length nobody counts: a part, and where the rest begins.
#pragma once
#include <boost/json/object.hpp>

#include "api/paging.h"
#include "assistant/tasks/types.h"
#include "net/route/params.h"

namespace troupe::assistant::routes {

/// ?from= and ?limit=, at most `most`. Error: invalid_param.
Result<api::Paging> part_of(const net::http::Request& request, std::int64_t most);
/// ?after= of a list whose items are numbered, and ?limit=. Error: invalid_param.
struct Behind {
  std::int64_t after = 0;
  std::int64_t limit = 0;
};
Result<Behind> behind(const net::http::Request& request, std::int64_t usual, std::int64_t most);
/// ?after= of a list that goes on behind a time and an id: as cursor_of() made it. Error: invalid_param.
struct Cursor {
  base::UnixMs at_ms = 0;
  std::string id;
};
Result<Cursor> cursor(const net::http::Request& request);
std::string cursor_of(base::UnixMs at_ms, std::string_view id);

/// {items, `next`?}
boost::json::object part(boost::json::array items, std::string_view next, std::optional<boost::json::value> rest);

net::route::QueryParam from_parameter();
net::route::QueryParam limit_parameter(std::string_view schema);
net::route::QueryParam after_parameter();
net::route::QueryParam cursor_parameter();

}  // namespace troupe::assistant::routes
