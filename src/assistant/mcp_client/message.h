// Messages of JSON-RPC 2.0 as a client of MCP writes and reads them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "matrix/json.h"
#include "net/client/client.h"

namespace troupe::assistant::mcp_client {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

/// How a request ended.
struct Reply {
  enum class Kind : std::uint8_t {
    result,
    refused,  ///< the server's JSON-RPC error: `code`, `message`
    http,     ///< an answer of HTTP that is no message: `response`
    broken,   ///< no answer: `error`
  };
  Kind kind = Kind::broken;
  JsonObject result;
  std::int64_t code = 0;
  std::string message;
  net::client::ClientResponse response;
  std::optional<Error> error;
  bool sent = true;  ///< broken: something of the request may have reached the server

  static Reply of_error(Error error, bool sent);
  bool is_result() const { return kind == Kind::result; }
};

std::string request_text(std::int64_t id, std::string_view method, const JsonObject& params);
std::string notification_text(std::string_view method, const JsonObject& params);
/// That a request is not waited for any longer.
std::string cancelled_text(std::int64_t id);
/// The answer to what a server asks of its client: an empty result to `ping`, a refusal to all else, for nothing else
/// is offered.
std::string answer_text(const Json& id, std::string_view method);

/// What a server sent.
struct Incoming {
  enum class Kind : std::uint8_t { answer, request, notification, noise };
  Kind kind = Kind::noise;
  std::optional<std::int64_t> id;  ///< of an answer; nothing: the server could not read whose it is
  Json raw_id;                     ///< of a request
  std::string method;
  Reply reply;
};
Incoming read_incoming(std::string_view text);

inline constexpr std::size_t kMaxServerWords = 500;  ///< bytes of its messages
/// No more than that, in whole characters.
std::string cut_words(std::string_view words);

}  // namespace troupe::assistant::mcp_client
