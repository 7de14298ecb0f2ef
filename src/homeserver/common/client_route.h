// What the routes of the Matrix listener share: their groups, reading a call, answering JSON.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/group.h"
#include "host/listeners.h"
#include "matrix/json.h"
#include "net/route/params.h"

namespace troupe::homeserver {

/// Where clients' calls begin; the listener serves the older prefixes from it.
inline constexpr std::string_view kClientV3 = "/_matrix/client/v3";
inline constexpr std::string_view kClientV1 = "/_matrix/client/v1";

/// Routes of the Matrix listener, with its dialect of errors. The table must outlive the group.
api::Group matrix_group(net::route::Router& routes, api::Shared shared);

/// A parameter of the path that not every pattern of a handler has.
std::optional<std::string> find_param(const net::route::Call& call, std::string_view name);

net::http::Response json_response(const matrix::JsonObject& body, int status = 200);
/// For JSON that is text already.
Result<net::http::Response> json_answer(Result<std::string>&& body);
/// Error forbidden unless the caller is this user.
Result<Unit> require_self(const net::route::Call& call, std::string_view user_id);

}  // namespace troupe::homeserver
