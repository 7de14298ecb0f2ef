// Lists: which part is asked for, and how it is answered.
#pragma once
#include <boost/json/object.hpp>
#include <vector>

#include "net/route/router.h"

namespace troupe::api {

/// ?from=&limit= of a list. Errors: invalid_param.
struct Paging {
  std::int64_t from = 0;
  std::int64_t limit = 100;  ///< 1…1000
};
Result<Paging> paging(const net::http::Request& request);
/// The parameters that paging() reads, for the document.
std::vector<net::route::QueryParam> paging_params(std::vector<net::route::QueryParam> others = {});

/// {items, total, next_from?}
boost::json::object page(boost::json::array items, std::int64_t total, const Paging& paging);
/// {items, total} of a list that is always answered whole.
boost::json::object whole_list(boost::json::array items);

}  // namespace troupe::api
