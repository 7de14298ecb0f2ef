// One call of another homeserver's client-server or admin API: the request, the answer as JSON, the error in our terms.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "matrix/json.h"
#include "net/client/client.h"

namespace troupe::remote {

struct ApiCall {
  std::string method = "GET";
  std::string path;  ///< from "/_matrix" or "/_synapse" on, segments already escaped (see segments())
  net::http::QueryParams query{};
  std::optional<matrix::JsonObject> body{};
  std::string token{};  ///< access token or as_token; never logged
  /// How long the answer may take to begin, and the whole exchange with its repetitions.
  std::chrono::milliseconds patience{30'000};
  /// Whether to try again when the server is away or asks for patience. GET, PUT and DELETE may always be repeated.
  bool repeatable = false;
  std::size_t max_body_bytes = 32 * 1024 * 1024;
};

/// "/a/b" with each part escaped.
std::string segments(std::initializer_list<std::string_view> parts);

/// Callable from any I/O thread. Outlives its calls.
class MatrixApi {
 public:
  /// `base_url`: "https://matrix.example.org", without a slash at the end.
  MatrixApi(net::client::HttpClient& http, std::string base_url) : http_(http), base_url_(std::move(base_url)) {}

  /// The body of a 2xx answer ({} when it is empty). Errors carry the server's errcode where it is one of the
  /// specification's: forbidden, not_found, user_in_use, invalid_param, limit_exceeded, too_large, unrecognized (no
  /// such endpoint). A refused token becomes `unavailable`, never our own 401: whoever asked us would log out.
  Task<matrix::JsonObject> call(ApiCall call);
  /// The same for bytes (media): sends `bytes` as they are, or yields the answer as it came.
  Task<net::client::ClientResponse> transfer(std::string method, std::string path, std::string token,
                                             std::string content_type, std::string bytes, std::size_t max_body_bytes);
  const std::string& base_url() const { return base_url_; }

 private:
  Task<matrix::JsonObject> call_once(const ApiCall& call, std::chrono::milliseconds patience);
  net::client::HttpClient& http_;
  std::string base_url_;
};

/// What an answer other than 2xx means. Pure.
Error to_error(int status, std::string_view body, std::string_view retry_after);

}  // namespace troupe::remote
