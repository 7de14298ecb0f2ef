#include "matrix/level_values.h"

#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace troupe::matrix {
namespace {

/// " +0100 ": spaces around, one sign, digits.
std::optional<std::int64_t> level_in_text(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\r\f\v";
  const auto first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t level = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, level);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return level;
}

std::optional<std::int64_t> level_in_fraction(double number) {
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63
  const double whole = std::trunc(number);
  if (!(whole >= -kBeyond && whole < kBeyond)) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

void make_integers(const RoomVersion& version, JsonObject& levels) {
  std::vector<std::string> unreadable;
  for (auto& entry : levels) {
    if (const auto level = level_of(version, entry.value())) {
      entry.value() = *level;
    } else {
      unreadable.emplace_back(entry.key());
    }
  }
  for (const auto& key : unreadable) levels.erase(key);
}

}  // namespace

std::optional<std::int64_t> level_of(const RoomVersion& version, const Json& value) {
  if (const auto* number = value.if_int64()) return *number;
  if (const auto* number = value.if_uint64()) {
    return std::in_range<std::int64_t>(*number) ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
  }
  if (version.levels == LevelForms::integers) return std::nullopt;
  if (const auto* text = value.if_string()) return level_in_text(view(*text));
  if (const auto* number = value.if_double(); number && version.levels == LevelForms::fractions) {
    return level_in_fraction(*number);
  }
  return std::nullopt;
}

std::optional<std::int64_t> find_level(const RoomVersion& version, const JsonObject& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? level_of(version, *value) : std::nullopt;
}

JsonObject integer_levels(const RoomVersion& written_for, JsonObject content) {
  JsonObject defaults;
  for (const auto key : kLevelKeys) {
    if (const auto level = find_level(written_for, content, key)) defaults[key] = *level;
    content.erase(key);
  }
  for (const auto map : kLevelMaps) {
    auto* levels = content.if_contains(map);
    if (!levels) continue;
    if (levels->is_object()) {
      make_integers(written_for, levels->get_object());
    } else {
      content.erase(map);
    }
  }
  for (auto& level : defaults) content.insert_or_assign(level.key(), level.value());
  return content;
}

}  // namespace troupe::matrix
