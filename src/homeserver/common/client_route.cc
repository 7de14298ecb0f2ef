#include "homeserver/common/client_route.h"

namespace troupe::homeserver {

api::Group matrix_group(net::route::Router& routes, api::Shared shared) {
  shared.listener = host::kMatrixListener;
  shared.dialect = net::route::Dialect::matrix;
  return {routes, std::move(shared)};
}

std::optional<std::string> find_param(const net::route::Call& call, std::string_view name) {
  for (const auto& [key, value] : call.params) {
    if (key == name) return value;
  }
  return std::nullopt;
}

net::http::Response json_response(const matrix::JsonObject& body, int status) {
  return net::http::Response::json(boost::json::serialize(body), status);
}

Result<net::http::Response> json_answer(Result<std::string>&& body) {
  TRY(auto text, std::move(body));
  return net::http::Response::json(std::move(text));
}

Result<Unit> require_self(const net::route::Call& call, std::string_view user_id) {
  if (call.caller && call.caller->user_id == user_id) return Unit{};
  return Error(Errc::forbidden, "You may do this only for your own account.");
}

}  // namespace troupe::homeserver
