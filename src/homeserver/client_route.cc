#include "homeserver/client_route.h"

namespace troupe::homeserver {

void add_client_route(net::Router& router, net::Route route) {
  route.path.insert(0, "/_matrix/client/v3");
  router.add(std::move(route));
}

net::Response json_response(const matrix::JsonObject& body, int status) {
  return net::Response::json(boost::json::serialize(body), status);
}

const matrix::JsonObject& body_object(const net::Call& call) {
  static const matrix::JsonObject empty;
  const auto* object = call.body.if_object();
  return object ? *object : empty;
}

Result<std::optional<std::string>> optional_string(const matrix::JsonObject& body, std::string_view key,
                                                   std::size_t max_bytes) {
  const auto* value = matrix::find(body, key);
  if (!value || value->is_null()) return std::optional<std::string>();
  const auto* text = value->if_string();
  if (!text) return Error(Errc::bad_json, std::string(key) + " must be a string.");
  if (text->size() > max_bytes) {
    return Error(Errc::invalid_param, std::string(key) + " is longer than " + std::to_string(max_bytes) + " bytes.");
  }
  if (text->find('\0') != boost::json::string::npos) {
    return Error(Errc::invalid_param, std::string(key) + " may not hold a NUL character.");
  }
  return std::optional(std::string(matrix::view(*text)));
}

Result<std::string> required_string(const matrix::JsonObject& body, std::string_view key, std::size_t max_bytes) {
  TRY(auto value, optional_string(body, key, max_bytes));
  if (!value) return Error(Errc::missing_param, std::string(key) + " is missing.");
  return *std::move(value);
}

Result<bool> optional_bool(const matrix::JsonObject& body, std::string_view key, bool when_absent) {
  const auto* value = matrix::find(body, key);
  if (!value || value->is_null()) return when_absent;
  if (!value->is_bool()) return Error(Errc::bad_json, std::string(key) + " must be true or false.");
  return value->get_bool();
}

Result<std::optional<std::int64_t>> optional_integer(const matrix::JsonObject& body, std::string_view key) {
  const auto* value = matrix::find(body, key);
  if (!value || value->is_null()) return std::optional<std::int64_t>();
  if (!value->is_int64()) return Error(Errc::bad_json, std::string(key) + " must be a whole number.");
  return std::optional(value->get_int64());
}

Result<Unit> require_self(const net::Call& call, std::string_view user_id) {
  if (call.caller && call.caller->user_id == user_id) return Unit{};
  return Error(Errc::forbidden, "You may do this only for your own account.");
}

}  // namespace troupe::homeserver
