// The Model Context Protocol as it goes over HTTP: one JSON-RPC message a request, in both eras of the protocol.
// Sources: modelcontextprotocol.io, specifications 2025-03-26 to 2025-11-25 (with a handshake) and 2026-07-28 (without
// state).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "assistant/mcp_wire/versions.h"
#include "base/result.h"
#include "matrix/json.h"
#include "net/http/http.h"

namespace troupe::assistant::mcp {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

using mcp_wire::Code;
using mcp_wire::kModern;
using mcp_wire::kNewestWithHandshake;
/// The newest first.
inline constexpr std::string_view kVersions[] = {"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"};
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

net::http::Response result_of(const Message& message, JsonObject result);
/// 200 with a handshake, and the status that the modern era has for the code. `message` may be nullptr: it could not be
/// read.
net::http::Response refusal_of(const Message* message, const Refusal& refusal);
/// What broke on our side: an error of JSON-RPC, with the HTTP status and Retry-After of ours, so that clients of both
/// kinds try again.
net::http::Response failure_of(const Message& message, const Error& error);

}  // namespace troupe::assistant::mcp
