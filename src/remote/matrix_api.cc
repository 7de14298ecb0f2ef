#include "remote/matrix_api.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "base/encoding.h"

namespace troupe::remote {
namespace {

using namespace std::chrono_literals;

constexpr int kMaxTries = 6;
constexpr std::chrono::milliseconds kFirstRetryPause = 300ms;
constexpr std::size_t kShownErrorBytes = 300;

struct Known {
  std::string_view errcode;
  Errc code;
};
/// Client-Server API #standard-error-response. The order does not matter.
constexpr Known kKnown[] = {
    {"M_FORBIDDEN", Errc::forbidden},
    {"M_NOT_FOUND", Errc::not_found},
    {"M_USER_IN_USE", Errc::user_in_use},
    {"M_ROOM_IN_USE", Errc::conflict},
    {"M_INVALID_USERNAME", Errc::invalid_param},
    {"M_INVALID_PARAM", Errc::invalid_param},
    {"M_MISSING_PARAM", Errc::invalid_param},
    {"M_BAD_JSON", Errc::invalid_param},
    {"M_NOT_JSON", Errc::invalid_param},
    {"M_EXCLUSIVE", Errc::forbidden},
    {"M_USER_DEACTIVATED", Errc::forbidden},
    {"M_USER_LOCKED", Errc::forbidden},
    {"M_WEAK_PASSWORD", Errc::invalid_param},
    {"M_LIMIT_EXCEEDED", Errc::limit_exceeded},
    {"M_TOO_LARGE", Errc::too_large},
    {"M_UNRECOGNIZED", Errc::unrecognized},
    {"M_UNSUPPORTED_ROOM_VERSION", Errc::unsupported},
    {"M_INCOMPATIBLE_ROOM_VERSION", Errc::unsupported},
    {"M_GUEST_ACCESS_FORBIDDEN", Errc::forbidden},
};

Errc code_for(int status) {
  switch (status) {
    case 401:
      return Errc::unavailable;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 405:
      return Errc::unrecognized;
    case 413:
      return Errc::too_large;
    case 429:
      return Errc::limit_exceeded;
    default:
      return status >= 500 ? Errc::unavailable : Errc::invalid_param;
  }
}

std::chrono::milliseconds wait_asked_for(const matrix::JsonObject& body, std::string_view retry_after) {
  if (auto ms = matrix::find_integer(body, "retry_after_ms"); ms && *ms > 0) return std::chrono::milliseconds(*ms);
  std::int64_t seconds = 0;
  auto [end, failed] = std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  if (failed == std::errc{} && seconds > 0 && seconds < 3'600) return std::chrono::seconds(seconds);
  return 0ms;
}

bool worth_repeating(const Error& error) {
  return error.code() == Errc::unavailable || error.code() == Errc::timed_out || error.code() == Errc::limit_exceeded;
}

}  // namespace

std::string segments(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (auto part : parts) {
    out += '/';
    out += base::percent_encode(part);
  }
  return out;
}

Error to_error(int status, std::string_view body, std::string_view retry_after) {
  matrix::JsonObject members;
  if (auto parsed = matrix::parse_json(body); parsed && parsed->is_object()) members = std::move(parsed->get_object());
  const auto errcode = matrix::find_string(members, "errcode").value_or("");
  const auto said = std::string(matrix::find_string(members, "error").value_or("")).substr(0, kShownErrorBytes);
  const auto detail = "HTTP " + std::to_string(status) + " " + std::string(errcode.substr(0, 64));
  if (status == 401) {
    return Error(Errc::unavailable, "The homeserver does not accept our token any more: " + said, detail);
  }
  // A proxy in between, or a server of another kind: what it refuses or does not know says nothing of the homeserver.
  if (errcode.empty() && (status == 403 || status == 404)) {
    return Error(Errc::unavailable,
                 "What answers at the homeserver's address gives status " + std::to_string(status) +
                     " without a Matrix error. Is the address right?",
                 detail);
  }
  const auto* known = std::ranges::find(kKnown, errcode, &Known::errcode);
  const bool is_known = known != std::end(kKnown);
  return Error(is_known ? known->code : code_for(status),
               said.empty() ? "The homeserver answered with status " + std::to_string(status) + "." : said, detail)
      .with_wire_code(is_known ? known->errcode : std::string_view())
      .with_retry_after(wait_asked_for(members, retry_after));
}

Task<matrix::JsonObject> MatrixApi::call(ApiCall call) {
  const auto end = std::chrono::steady_clock::now() + call.patience;
  const bool repeatable = call.repeatable || call.method != "POST";
  auto pause = kFirstRetryPause;
  for (int tries = 1;; ++tries) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    auto answer = co_await call_once(call, std::max(left, 1ms));
    if (answer || !repeatable || !worth_repeating(answer.error()) || tries == kMaxTries) co_return answer;
    const auto wait = std::max(pause, answer.error().retry_after());
    if (std::chrono::steady_clock::now() + wait >= end) co_return answer;
    asio::steady_timer timer(co_await asio::this_coro::executor, wait);
    auto [stopped] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (stopped) co_return answer;
    pause *= 2;
  }
}

Task<matrix::JsonObject> MatrixApi::call_once(const ApiCall& call, std::chrono::milliseconds patience) {
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = call.method;
  request.url = base_url_ + call.path;
  char separator = '?';
  for (const auto& [name, value] : call.query) {
    request.url += std::exchange(separator, '&') + name + '=' + base::percent_encode(value);
  }
  if (!call.token.empty()) request.headers.set("Authorization", "Bearer " + call.token);
  if (call.body) {
    request.headers.set("Content-Type", "application/json");
    request.body = boost::json::serialize(*call.body);
  }
  request.first_byte_timeout = patience;
  request.total_timeout = patience;
  request.max_body_bytes = call.max_body_bytes;
  request.max_redirects = 0;
  CO_TRY(auto response, co_await http_.send(std::move(request)));
  if (response.status / 100 != 2) {
    co_return to_error(response.status, response.body, response.headers.get("Retry-After"));
  }
  if (response.body.empty()) co_return matrix::JsonObject{};
  auto parsed = matrix::parse_json(response.body);
  if (!parsed || !parsed->is_object()) {
    co_return Error(Errc::unavailable, "The homeserver's answer is not a JSON object. Is the address right?",
                    call.path.substr(0, kShownErrorBytes));
  }
  co_return std::move(parsed->get_object());
}

Task<net::client::ClientResponse> MatrixApi::transfer(std::string method, std::string path, std::string token,
                                                      std::string content_type, std::string bytes,
                                                      std::size_t max_body_bytes) {
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = std::move(method);
  request.url = base_url_ + path;
  request.headers.set("Authorization", "Bearer " + token);
  if (!content_type.empty()) request.headers.set("Content-Type", content_type);
  request.body = std::move(bytes);
  request.first_byte_timeout = 60s;
  request.total_timeout = 120s;
  request.max_body_bytes = max_body_bytes;
  CO_TRY(auto response, co_await http_.send(std::move(request)));
  if (response.status / 100 != 2) {
    co_return to_error(response.status, response.body, response.headers.get("Retry-After"));
  }
  co_return response;
}

}  // namespace troupe::remote
