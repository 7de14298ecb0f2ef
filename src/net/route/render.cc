// Errors in the dialects of the API families.
#include <array>
#include <boost/json/serialize.hpp>

#include "net/http/response_writer.h"
#include "net/route/dialect.h"

namespace troupe::net::route {
namespace {

namespace json = boost::json;

constexpr int kUnprocessable = 422;

/// Of a body in the wrong shape: the seeds' clients know lists for nothing else.
const json::array* validation_errors(const Error& error) {
  if (error.code() != Errc::bad_json && error.code() != Errc::not_json) return nullptr;
  const auto* found = error.members().if_contains("errors");
  return found ? found->if_array() : nullptr;
}

json::object matrix_body(const Error& error) {
  const auto code = error.wire_code().empty() ? base::info(error.code()).matrix_code : error.wire_code();
  json::object body{{"errcode", code}, {"error", error.message()}};
  if (error.retry_after().count() > 0) body["retry_after_ms"] = error.retry_after().count();
  for (const auto& [key, value] : error.members()) {
    if (key != "errors") body[key] = value;
  }
  return body;
}

json::object problem_body(const Error& error, int status, std::string_view request_id) {
  const auto code = error.wire_code().empty() ? base::info(error.code()).name : error.wire_code();
  json::object body{{"type", "about:blank"},
                    {"title", http::reason_phrase(status)},
                    {"status", status},
                    {"detail", error.message()},
                    {"code", code},
                    {"errors", json::array{}},
                    {"request_id", request_id}};
  if (error.retry_after().count() > 0) body["retry_after_ms"] = error.retry_after().count();
  for (const auto& [key, value] : error.members()) body[key] = value;
  return body;
}

/// FastAPI's list, which the seeds' clients read.
json::array detail_list(const json::array& errors) {
  json::array list;
  for (const auto& one : errors) {
    const auto& error = one.as_object();
    list.push_back(json::object{{"loc", error.at("loc")}, {"msg", error.at("message")}, {"type", error.at("type")}});
  }
  return list;
}

}  // namespace

http::Response render_error(const Error& error, Dialect dialect, std::string_view request_id) {
  int status = error.http_status();
  json::object body;
  const char* type = "application/json";
  if (dialect == Dialect::matrix) {
    body = matrix_body(error);
  } else if (dialect == Dialect::problem) {
    body = problem_body(error, status, request_id);
    type = "application/problem+json";
  } else if (dialect == Dialect::error) {
    body["error"] = error.message();
  } else if (const auto* errors = validation_errors(error)) {
    status = kUnprocessable;
    body["detail"] = detail_list(*errors);
  } else {
    body["detail"] = error.message();
    for (const auto& [key, value] : error.members()) {
      if (key != "errors") body[key] = value;
    }
  }
  http::Response response = http::Response::json(json::serialize(body), status);
  response.headers.set("Content-Type", type);
  if (error.retry_after().count() > 0) {
    response.headers.add("Retry-After", std::to_string((error.retry_after().count() + 999) / 1000));
  }
  return response;
}

}  // namespace troupe::net::route
