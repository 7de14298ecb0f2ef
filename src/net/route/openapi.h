// The API document, made from the route table.
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/route/router.h"

namespace troupe::net::route {

/// OpenAPI 3.1 of all routes that have a tag. `schemas` are the named ones. Its member `x-routes` is the whole route
/// table: {listener, method, path, needs, scope?} of every route of both listeners.
boost::json::object openapi_document(const std::vector<Route>& routes, const std::vector<Tag>& tags,
                                     const std::map<std::string, boost::json::value>& schemas,
                                     std::string_view server_version);

}  // namespace troupe::net::route
