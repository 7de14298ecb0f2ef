// The Model Context Protocol as it goes over HTTP: one JSON-RPC message a request, in both eras of the protocol.
// Sources: modelcontextprotocol.io, specifications 2025-03-26 to 2025-11-25 (with a handshake) and 2026-07-28 (without
// state).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "matrix/json.h"
#include "net/http/http.h"

namespace troupe::assistant::mcp {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

/// Since this version there is no handshake: each request says what it speaks.
inline constexpr std::string_view kModern = "2026-07-28";
/// The newest first.
inline constexpr std::string_view kVersions[] = {"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"};
/// What is offered to whoever asks for a version that we do not have.
inline constexpr std::string_view kNewestWithHandshake = "2025-11-25";

enum class Code : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  header_mismatch = -32020,
  unsupported_version = -32022,
};

/// Why a message is not answered with a result.
struct Refusal {
  Code code = Code::internal_error;
  std::string message;
  std::optional<JsonObject> data = {};
};

struct Message {
  std::optional<Json> id;  ///< text or integer; not set: a notification, which nobody answers
  std::string method;
  JsonObject params;
  bool modern = false;
};

/// Reads one message. Refused: what is no JSON, no JSON-RPC 2.0 request or notification, a batch, an id that is neither
/// text nor integer.
std::expected<Message, Refusal> read_message(std::string_view body);

/// Whether headers and body of a request agree with each other and with the protocol: a version that is not spoken
/// here, and in the modern era a method or name that differs. Sets Message::modern.
std::optional<Refusal> check_headers(Message& message, const net::http::Headers& headers);

/// Header values that are not ASCII come as `=?base64?…?=`. Nothing: broken.
std::optional<std::string> header_text(std::string_view value);

net::http::Response result_of(const Message& message, JsonObject result);
/// 200 with a handshake, and the status that the modern era has for the code. `message` may be nullptr: it could not be
/// read.
net::http::Response refusal_of(const Message* message, const Refusal& refusal);

}  // namespace troupe::assistant::mcp
