#include "assistant/mcp_client/message.h"

#include <boost/json/serialize.hpp>

#include "assistant/mcp_wire/versions.h"
#include "assistant/schema/exact.h"

namespace troupe::assistant::mcp_client {
namespace {

JsonObject message() { return {{"jsonrpc", "2.0"}}; }

Reply refusal_of(const JsonObject& error) {
  Reply out;
  out.kind = Reply::Kind::refused;
  out.code = matrix::find_integer(error, "code").value_or(0);
  out.message = cut_words(matrix::find_string(error, "message").value_or(""));
  return out;
}

}  // namespace

std::string cut_words(std::string_view words) {
  auto size = std::min(words.size(), kMaxServerWords);
  while (size < words.size() && size > 0 && (static_cast<unsigned char>(words[size]) & 0xc0) == 0x80) --size;
  return std::string(words.substr(0, size));
}

Reply Reply::of_error(Error error, bool sent) {
  Reply out;
  out.error = std::move(error);
  out.sent = sent;
  return out;
}

std::string request_text(std::int64_t id, std::string_view method, const JsonObject& params) {
  auto out = message();
  out["id"] = id;
  out["method"] = method;
  out["params"] = params;
  return boost::json::serialize(out);
}

std::string notification_text(std::string_view method, const JsonObject& params) {
  auto out = message();
  out["method"] = method;
  if (!params.empty()) out["params"] = params;
  return boost::json::serialize(out);
}

std::string cancelled_text(std::int64_t id) {
  return notification_text("notifications/cancelled",
                           {{"requestId", id}, {"reason", "it was not waited for any longer"}});
}

std::string answer_text(const Json& id, std::string_view method) {
  auto out = message();
  out["id"] = id;
  if (method == "ping") {
    out["result"] = JsonObject{};
  } else {
    out["error"] = JsonObject{{"code", static_cast<int>(mcp_wire::Code::method_not_found)},
                              {"message", "This client offers nothing of the kind."}};
  }
  return boost::json::serialize(out);
}

Incoming read_incoming(std::string_view text) {
  Incoming out;
  auto parsed = schema::parse_exact(text);
  auto* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr || matrix::find_string(*object, "jsonrpc") != "2.0") return out;
  const auto* id = matrix::find(*object, "id");
  if (const auto method = matrix::find_string(*object, "method")) {
    out.method = *method;
    out.kind = id != nullptr ? Incoming::Kind::request : Incoming::Kind::notification;
    if (id != nullptr) out.raw_id = *id;
    return out;
  }
  const auto* error = matrix::find_object(*object, "error");
  auto* result = object->if_contains("result");
  if (error == nullptr && (result == nullptr || !result->is_object())) return out;
  out.kind = Incoming::Kind::answer;
  out.id = matrix::find_integer(*object, "id");
  // Whose it is cannot be said of a refusal alone.
  const bool nobodys = id == nullptr || id->is_null();
  if (!out.id && (error == nullptr || !nobodys)) {
    out.kind = Incoming::Kind::noise;
    return out;
  }
  if (error != nullptr) {
    out.reply = refusal_of(*error);
  } else {
    out.reply.kind = Reply::Kind::result;
    out.reply.result = std::move(result->get_object());
  }
  return out;
}

}  // namespace troupe::assistant::mcp_client
