#include "assistant/schema/exact.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace troupe::assistant::schema {
namespace {

constexpr std::size_t kFewestDigits = 19;  ///< of the smallest whole number that 64 bits do not hold
constexpr double kBeyond = 18446744073709551616.0;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class Number>
bool holds(std::string_view text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

/// The end of the string that begins at `at`.
std::size_t behind_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// A number as JSON writes whole ones, and too large: anything else is the parser's.
bool is_wide(std::string_view token) {
  const auto digits = token.substr(token.starts_with('-') ? 1 : 0);
  if (digits.size() < kFewestDigits || digits.front() == '0' || !std::ranges::all_of(digits, is_digit)) return false;
  return !holds<std::int64_t>(token) && !holds<std::uint64_t>(token);
}

/// Nothing where no number is too large, as in nearly all texts.
std::optional<std::string> with_wide_as_texts(std::string_view text) {
  std::optional<std::string> out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = behind_string(text, at);
      continue;
    }
    if (text[at] != '-' && !is_digit(text[at])) {
      ++at;
      continue;
    }
    const auto end = std::min(text.find_first_not_of("+-.0123456789Ee", at), text.size());
    if (is_wide(text.substr(at, end - at))) {
      if (!out) out.emplace();
      out->append(text, copied, at - copied).append("\"").append(text, at, end - at).append("\"");
      copied = end;
    }
    at = end;
  }
  if (out) out->append(text, copied);
  return out;
}

}  // namespace

Result<matrix::Json> parse_exact(std::string_view text) {
  const auto rewritten = with_wide_as_texts(text);
  return matrix::parse_json(rewritten ? std::string_view(*rewritten) : text);
}

bool has_lost_digits(const matrix::Json& value) {
  if (const auto* number = value.if_double()) return *number <= -kBeyond / 2 || *number >= kBeyond;
  if (const auto* list = value.if_array()) return std::ranges::any_of(*list, has_lost_digits);
  const auto* object = value.if_object();
  return object != nullptr &&
         std::ranges::any_of(*object, [](const auto& member) { return has_lost_digits(member.value()); });
}

}  // namespace troupe::assistant::schema
