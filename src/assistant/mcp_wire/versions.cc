#include "assistant/mcp_wire/versions.h"

#include <algorithm>

#include "base/encoding.h"

namespace troupe::assistant::mcp_wire {
namespace {

constexpr std::string_view kBegin = "=?base64?", kEnd = "?=";

bool is_wrapped(std::string_view value) {
  return value.starts_with(kBegin) && value.ends_with(kEnd) && value.size() >= kBegin.size() + kEnd.size();
}

}  // namespace

std::optional<std::string> header_text(std::string_view value) {
  if (!is_wrapped(value)) return std::string(value);
  return base::base64_decode(value.substr(kBegin.size(), value.size() - kBegin.size() - kEnd.size()));
}

std::string header_value(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }) &&
                     !text.starts_with(' ') && !text.ends_with(' ') && !is_wrapped(text);
  if (plain) return std::string(text);
  auto encoded = base::base64(base::as_bytes(text));
  while (encoded.size() % 4 != 0) encoded += '=';
  return std::string(kBegin) + encoded + std::string(kEnd);
}

}  // namespace troupe::assistant::mcp_wire
