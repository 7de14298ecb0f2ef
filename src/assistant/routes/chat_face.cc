#include "assistant/routes/chat_face.h"

#include <boost/json/serialize.hpp>

#include "api/caller.h"
#include "base/log.h"
#include "identity/sessions.h"
#include "net/route/permission.h"
#include "net/route/rate_limit.h"

namespace troupe::assistant::routes {
namespace {

using net::http::Response;
using net::route::Call;

constexpr std::string_view kNoHeader = "Authorization header required";
constexpr std::string_view kWrongFormat = "Invalid authorization format. Use 'Bearer <token>'";
constexpr std::string_view kWrongToken = "Invalid token";

bool is_bearer(std::string_view header) {
  constexpr std::string_view kBearer = "bearer ";
  return header.size() > kBearer.size() && net::http::equals_ignoring_case(header.substr(0, kBearer.size()), kBearer);
}

/// Nobody whom the scheme knows: in the words that clients look for. Two that differ
/// are no good one; overload is no wrong token.
asio::awaitable<Response> refuse_stranger(const ChatFace& face, const Call& call) {
  const auto header = call.request.headers.get("Authorization");
  if (!header.empty() && !is_bearer(header)) co_return plain_refusal(401, kWrongFormat);
  if (header.empty() && !call.request.headers.has("X-API-Key")) co_return plain_refusal(401, kNoHeader);
  const auto again = co_await face.api.kit.authenticator.admit(call.request);
  const bool is_wrong =
      !again && (again.error().code() == Errc::unknown_token || again.error().code() == Errc::invalid_param);
  if (!again && !is_wrong) co_return chat_failure(again.error());
  co_return plain_refusal(401, kWrongToken);
}

/// Whose minute it is.
std::string window_of(const Call& call) {
  if (call.caller) return "principal " + std::to_string(call.caller->principal_id);
  return "address " + std::string(net::route::rate_key_of_address(call.request.remote_address));
}

void say_window(Response& response, const MinuteWindow::Taken& taken) {
  response.headers.set("x-ratelimit-limit", std::to_string(MinuteWindow::kRequests));
  response.headers.set("x-ratelimit-remaining", std::to_string(taken.remaining));
  response.headers.set("x-ratelimit-reset", std::to_string(taken.reset_s));
  if (taken.refused) response.headers.set("retry-after", std::to_string(taken.reset_s));
}

Response failure(int status, std::string_view error) {
  return Response::json(boost::json::serialize(boost::json::object{{"error", error}, {"statusCode", status}}), status);
}

asio::awaitable<Response> handled(ChatFace& face, Call& call, ChatHandler handler) {
  if (!call.caller) co_return co_await refuse_stranger(face, call);
  auto answer = co_await handler(face, call);
  if (!answer) co_return chat_failure(answer.error());
  co_return *std::move(answer);
}

}  // namespace

Response plain_refusal(int status, std::string_view error) {
  return Response::json(boost::json::serialize(boost::json::object{{"error", error}}), status);
}

Response validation_refusal(const Error& error) {
  std::string message;
  const auto* errors = error.members().if_contains("errors");
  if (errors && errors->is_array()) {
    for (const auto& one : errors->get_array()) {
      const auto& pointer = one.at("pointer").as_string();
      if (!message.empty()) message += "; ";
      if (!pointer.empty()) message += std::string(pointer.begin() + 1, pointer.end()) + ": ";
      message += one.at("message").as_string();
    }
  }
  if (message.empty()) message = error.message();
  const boost::json::object body{{"error", "Validation Error"}, {"message", message}, {"statusCode", 400}};
  return Response::json(boost::json::serialize(body), 400);
}

Response chat_failure(const Error& error) {
  const int status = error.http_status();
  if (error.code() == Errc::not_found) return plain_refusal(status, "Task not found");
  // What cannot be done with a task as it stands is foreseen there: "Task is in done status and cannot be executed".
  if (error.code() == Errc::conflict && status == 400) return plain_refusal(status, error.message());
  if (error.code() == Errc::internal) {
    base::log_error("assistant", "a request failed", {{"error", error.message()}, {"detail", error.detail()}});
    return failure(status, "Internal Server Error");
  }
  auto response = failure(status, error.message());
  if (const auto wait = std::chrono::ceil<std::chrono::seconds>(error.retry_after()); wait.count() > 0) {
    response.headers.set("retry-after", std::to_string(wait.count()));
  }
  return response;
}

Task<Response> guarded(ChatFace& face, Call& call, ChatHandler handler) {
  const bool limited = face.limited && !call.request.local &&
                       !(call.caller && net::route::has_scope(*call.caller, net::route::kUnlimitedScope));
  if (!limited) co_return co_await handled(face, call, handler);
  const auto taken = face.window.take(window_of(call));
  auto response =
      taken.refused ? failure(429, "Rate limit exceeded, retry in 1 minute") : co_await handled(face, call, handler);
  say_window(response, taken);
  co_return response;
}

}  // namespace troupe::assistant::routes
