#include "assistant/mcp_client/results.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>

#include "assistant/calls/answer_files.h"
#include "assistant/mcp_wire/versions.h"
#include "assistant/schema/exact.h"
#include "base/encoding.h"

namespace troupe::assistant::mcp_client {
namespace {

using matrix::view;
using mcp_wire::Code;

constexpr std::size_t kMaxBlocks = 10'000;
constexpr int kToolFailed = 422;

/// Base64 holds three bytes in four characters.
std::size_t bytes_of(std::string_view base64) { return base64.size() / 4 * 3; }

void keep_text(const JsonObject& from, JsonObject& out, std::string_view key) {
  if (const auto found = matrix::find_string(from, key)) out[key] = *found;
}

void keep_bytes(const JsonObject& from, JsonObject& out, std::string_view key) {
  if (const auto found = matrix::find_string(from, key)) out["bytes"] = bytes_of(*found);
}

/// One entry of `content` without the bytes of files.
Json block_of(const JsonObject& block) {
  const auto type = matrix::find_string(block, "type").value_or("");
  JsonObject out{{"type", type}};
  for (const std::string_view key : {"text", "mimeType", "uri", "name", "title", "description"})
    keep_text(block, out, key);
  keep_bytes(block, out, "data");
  if (const auto* resource = matrix::find_object(block, "resource")) {
    for (const std::string_view key : {"uri", "mimeType", "text"}) keep_text(*resource, out, key);
    keep_bytes(*resource, out, "blob");
  }
  return out;
}

std::string text_in(const JsonObject& from, std::string_view key) {
  return std::string(matrix::find_string(from, key).value_or(""));
}

/// The file that an entry of `content` holds: a picture, a sound, a resource that is no text.
std::optional<calls::Blob> file_in(const JsonObject& block) {
  const auto* resource = matrix::find_object(block, "resource");
  const auto coded = resource != nullptr ? matrix::find_string(*resource, "blob") : matrix::find_string(block, "data");
  auto bytes = coded ? base::base64_decode(*coded) : std::nullopt;
  if (!bytes || bytes->empty()) return std::nullopt;
  const auto& named = resource != nullptr ? *resource : block;
  auto name = text_in(named, "name");
  if (name.empty()) name = text_in(named, "uri");
  auto type = calls::type_of(*bytes, text_in(named, "mimeType"));
  name = calls::file_name(name, type);
  return calls::Blob{.name = std::move(name), .content_type = std::move(type), .bytes = *std::move(bytes)};
}

std::string_view text_of(const Json& block) {
  const auto* object = block.if_object();
  if (object == nullptr || matrix::find_string(*object, "type") != "text") return {};
  return matrix::find_string(*object, "text").value_or("");
}

bool is_text(const Json& block) {
  const auto* object = block.if_object();
  return object != nullptr && matrix::find_string(*object, "type") == "text";
}

/// All its texts, for what it says of a failure.
std::string words_of(const JsonObject& result) {
  std::string out;
  if (const auto* content = matrix::find_array(result, "content")) {
    for (const auto& each : *content) {
      const auto words = text_of(each);
      if (words.empty() || out.size() > kMaxServerWords) continue;
      out += (out.empty() ? "" : " ") + cut_words(words);
    }
  }
  return out.empty() ? "the tool failed and does not say why" : out;
}

calls::Arrived answer(int status, const Json& body) {
  calls::Arrived out;
  out.response.status = status;
  out.response.headers.add("Content-Type", "application/json");
  out.response.body = boost::json::serialize(body);
  return out;
}

calls::Arrived refusal(int status, std::string_view message, std::int64_t code = 0) {
  JsonObject error{{"message", message}};
  if (code != 0) error["code"] = std::to_string(code);
  return answer(status, JsonObject{{"error", std::move(error)}});
}

/// Of a JSON-RPC error: what was not understood was not done; of all else nobody knows.
int status_of(std::int64_t code) {
  switch (static_cast<Code>(code)) {
    case Code::method_not_found:
      return 404;
    case Code::parse_error:
    case Code::invalid_request:
    case Code::invalid_params:
    case Code::header_mismatch:
    case Code::missing_capability:
    case Code::unsupported_version:
      return 400;
    case Code::internal_error:
      break;
  }
  return 500;
}

}  // namespace

Json value_of(const JsonObject& result) {
  const auto* content = matrix::find_array(result, "content");
  if (const auto* structured = matrix::find(result, "structuredContent"); structured != nullptr) {
    const bool texts = content == nullptr || std::ranges::all_of(*content, is_text);
    if (texts) return *structured;
  }
  if (content == nullptr) return JsonObject{};
  if (content->size() == 1 && is_text(content->front())) {
    const auto text = text_of(content->front());
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) {
      if (auto parsed = schema::parse_exact(text)) return *std::move(parsed);
    }
    return boost::json::string(text);
  }
  JsonObject out;
  JsonArray blocks;
  for (const auto& each : *content) {
    if (blocks.size() >= kMaxBlocks) break;
    if (each.is_object()) blocks.push_back(block_of(each.get_object()));
  }
  out["content"] = std::move(blocks);
  if (const auto* structured = matrix::find(result, "structuredContent")) out["structuredContent"] = *structured;
  return out;
}

std::vector<calls::Blob> files_of(const JsonObject& result) {
  std::vector<calls::Blob> files;
  const auto* content = matrix::find_array(result, "content");
  if (content == nullptr) return files;
  for (const auto& block : *content) {
    if (files.size() == calls::kMaxFilesOfAnswer) break;
    if (!block.is_object()) continue;
    if (auto file = file_in(block.get_object())) files.push_back(*std::move(file));
  }
  return files;
}

calls::Arrived arrived_of(Reply reply) {
  switch (reply.kind) {
    case Reply::Kind::broken:
      return {.broken = reply.error ? *std::move(reply.error) : Error(Errc::unavailable),
              .sent = reply.sent,
              .response = {}};
    case Reply::Kind::http:
      return {.broken = {}, .sent = true, .response = std::move(reply.response)};
    case Reply::Kind::refused:
      return refusal(status_of(reply.code), reply.message.empty() ? "the server refuses it" : reply.message,
                     reply.code);
    case Reply::Kind::result:
      break;
  }
  if (matrix::find_bool(reply.result, "isError").value_or(false)) return refusal(kToolFailed, words_of(reply.result));
  if (const auto type = matrix::find_string(reply.result, "resultType"); type && *type != "complete")
    return refusal(kToolFailed, "the tool wants more from a person than its arguments, which cannot be asked here");
  auto arrived = answer(200, value_of(reply.result));
  arrived.files = files_of(reply.result);
  return arrived;
}

}  // namespace troupe::assistant::mcp_client
