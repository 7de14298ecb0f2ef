// An engine's HTTP API: its address, credentials and errors.
#pragma once
#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/client/client.h"

namespace troupe::runtime::cluster {

/// One call. The URL's path and query are escaped already.
struct Call {
  std::string method = "GET";
  std::string target{};
  std::optional<boost::json::value> body{};
  std::string content_type = "application/json";
  std::chrono::milliseconds patience{15'000};  ///< for the answer; what the engine may wait by order is on top
  std::size_t max_body_bytes = 64 * 1024 * 1024;
};

/// Kept by whoever calls until a call ends; one executor of one thread.
class ApiClient {
 public:
  struct Options {
    std::string title;     ///< of the engine, for messages
    std::string base_url;  ///< without a slash at its end
    /// Name and value of the header that carries the credential; an empty value: none.
    std::function<std::pair<std::string, std::string>()> credential;
  };
  ApiClient(std::shared_ptr<net::client::HttpClient> http, Options options)
      : http_(std::move(http)), options_(std::move(options)) {}

  /// An answer of 200 to 299. Other statuses are errors: not_found (404), conflict (409), forbidden (401, 403),
  /// invalid_param (400, 413, 422), unavailable (408, 429, 5xx, no answer); internal for the rest.
  Task<net::client::ClientResponse> send(Call call);
  /// The same, and its body read as JSON. Error: internal (it is none).
  Task<boost::json::value> ask(Call call);
  /// Hands the pieces of an answer over as they come; false stops.
  Task<Unit> stream(Call call, std::function<bool(std::string_view)> receive);

 private:
  net::client::ClientRequest request_of(const Call& call) const;
  Error refusal(int status, std::string_view body) const;

  std::shared_ptr<net::client::HttpClient> http_;
  Options options_;
};

}  // namespace troupe::runtime::cluster
