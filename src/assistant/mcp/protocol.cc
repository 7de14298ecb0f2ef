#include "assistant/mcp/protocol.h"

#include <algorithm>

namespace troupe::assistant::mcp {
namespace {

using mcp_wire::header_text;
using mcp_wire::kVersionHeader;
using mcp_wire::kVersionMember;

Refusal refused(Code code, std::string_view words) { return {.code = code, .message = std::string(words)}; }

Refusal unsupported(std::string_view requested) {
  JsonArray supported;
  for (const auto each : kVersions) supported.emplace_back(each);
  return {.code = Code::unsupported_version,
          .message = "This version of the protocol is not spoken here.",
          .data = JsonObject{{"supported", std::move(supported)}, {"requested", requested}}};
}

/// What the body says of its version; empty: nothing.
std::string_view version_of(const Message& message) {
  const auto* meta = matrix::find_object(message.params, "_meta");
  return meta != nullptr ? matrix::find_string(*meta, kVersionMember).value_or("") : std::string_view();
}

/// What a message is about, where the protocol has it in a header, too.
std::string_view name_of(const Message& message) {
  const auto* member = message.method == "resources/read" ? "uri" : "name";
  const bool named =
      message.method == "tools/call" || message.method == "resources/read" || message.method == "prompts/get";
  return named ? matrix::find_string(message.params, member).value_or("") : std::string_view();
}

int status_of(const Refusal& refusal) {
  switch (refusal.code) {
    case Code::method_not_found:
      return 404;
    case Code::internal_error:
      return 500;
    default:
      return 400;
  }
}

net::http::Response message_response(const Message* message, JsonObject content, int status) {
  JsonObject out{{"jsonrpc", "2.0"}};
  out["id"] = message != nullptr && message->id ? *message->id : Json(nullptr);
  for (auto& each : content) out[each.key()] = std::move(each.value());
  auto made = net::http::Response::json(boost::json::serialize(out), status);
  made.headers.add("Cache-Control", "no-store");
  return made;
}

}  // namespace

std::expected<Message, Refusal> read_message(std::string_view body) {
  auto parsed = matrix::parse_json(body);
  if (!parsed) return std::unexpected(refused(Code::parse_error, "The body is not JSON."));
  if (parsed->is_array()) {
    return std::unexpected(refused(Code::invalid_request, "Send one message a request: batches are not taken."));
  }
  if (!parsed->is_object() || matrix::find_string(parsed->get_object(), "jsonrpc") != "2.0") {
    return std::unexpected(refused(Code::invalid_request, "This is no message of JSON-RPC 2.0."));
  }
  const auto& object = parsed->get_object();
  const auto method = matrix::find_string(object, "method");
  if (!method)
    return std::unexpected(refused(Code::invalid_request, "The message has no method: nothing is asked here."));
  Message out{.id = {}, .method = std::string(*method), .params = {}};
  if (const auto* id = matrix::find(object, "id")) {
    if (!id->is_string() && !id->is_int64() && !id->is_uint64()) {
      return std::unexpected(refused(Code::invalid_request, "An id is a text or a whole number."));
    }
    out.id = *id;
  }
  if (const auto* params = matrix::find(object, "params")) {
    if (!params->is_object()) return std::unexpected(refused(Code::invalid_params, "params must be an object."));
    out.params = params->get_object();
  }
  return out;
}

std::optional<Refusal> check_headers(Message& message, const net::http::Headers& headers) {
  const auto said = version_of(message);
  const auto header = headers.get(kVersionHeader);
  message.modern = said == kModern || header == kModern || message.method == "server/discover";
  const auto version = header.empty() ? said : header;
  if (!version.empty() && std::ranges::find(kVersions, version) == std::end(kVersions)) return unsupported(version);
  if (!message.modern) return std::nullopt;
  if (said.empty() || (!header.empty() && header != said)) {
    return refused(Code::header_mismatch, "The version in the header and in params._meta must be there and agree.");
  }
  const auto method = headers.get("Mcp-Method");
  if (!method.empty() && method != message.method) {
    return refused(Code::header_mismatch, "Mcp-Method and the body's method differ.");
  }
  const auto name = headers.get("Mcp-Name");
  if (!name.empty() && header_text(name) != name_of(message)) {
    return refused(Code::header_mismatch, "Mcp-Name and the body's name differ.");
  }
  return std::nullopt;
}

net::http::Response result_of(const Message& message, JsonObject result) {
  if (message.modern) result.emplace("resultType", "complete");
  return message_response(&message, {{"result", std::move(result)}}, 200);
}

net::http::Response refusal_of(const Message* message, const Refusal& refusal) {
  JsonObject error{{"code", static_cast<int>(refusal.code)}, {"message", refusal.message}};
  if (refusal.data) error["data"] = *refusal.data;
  const bool unread = message == nullptr || refusal.code == Code::unsupported_version;
  const int status = unread || message->modern ? status_of(refusal) : 200;
  return message_response(message, {{"error", std::move(error)}}, status);
}

net::http::Response failure_of(const Message& message, const Error& error) {
  JsonObject told{{"code", static_cast<int>(Code::internal_error)}, {"message", error.message()}};
  const auto wait = error.retry_after();
  if (wait.count() > 0) told["data"] = JsonObject{{"retry_after_ms", wait.count()}};
  auto made = message_response(&message, {{"error", std::move(told)}}, error.http_status());
  if (wait.count() > 0) {
    made.headers.add("Retry-After", std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()));
  }
  return made;
}

}  // namespace troupe::assistant::mcp
