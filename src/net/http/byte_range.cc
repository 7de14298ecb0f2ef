#include "net/http/byte_range.h"

#include <algorithm>
#include <limits>

namespace troupe::net::http {
namespace {

constexpr std::string_view kUnit = "bytes=";

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits only; a number too great for 64 bits is the greatest of them, which lies beyond every whole.
std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return value;
}

AskedRange part(std::uint64_t first, std::uint64_t last) {
  return {.kind = AskedRange::Kind::part, .first = first, .last = last};
}

}  // namespace

AskedRange parse_range(std::string_view field, std::uint64_t whole_bytes) {
  constexpr AskedRange kBeyond{.kind = AskedRange::Kind::beyond, .first = 0, .last = 0};
  field = without_blanks(field);
  if (whole_bytes == 0 || !equals_ignoring_case(field.substr(0, kUnit.size()), kUnit)) return {};
  const auto spec = without_blanks(field.substr(kUnit.size()));
  const auto dash = spec.find('-');
  if (dash == spec.npos) return {};
  const auto from = spec.substr(0, dash);
  const auto to = spec.substr(dash + 1);
  const auto end = number(to);
  if (!end && !to.empty()) return {};
  if (from.empty()) {  // the last so many
    if (!end) return {};
    if (*end == 0) return kBeyond;
    return part(whole_bytes - std::min(*end, whole_bytes), whole_bytes - 1);
  }
  const auto first = number(from);
  if (!first || (end && *end < *first)) return {};
  if (*first >= whole_bytes) return kBeyond;
  return part(*first, std::min(end.value_or(whole_bytes - 1), whole_bytes - 1));
}

AskedRange asked_range(const Request& request, std::string_view entity_tag, std::uint64_t whole_bytes) {
  if (request.method != "GET" || request.headers.count("Range") != 1) return {};
  if (request.headers.has("If-Range") && request.headers.get("If-Range") != entity_tag) return {};
  return parse_range(request.headers.get("Range"), whole_bytes);
}

}  // namespace troupe::net::http
