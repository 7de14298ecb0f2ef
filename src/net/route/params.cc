#include "net/route/params.h"

#include <algorithm>
#include <charconv>

namespace troupe::net::route {
namespace {

constexpr std::size_t kMaxSearchBytes = 200;

const boost::json::value* find(const boost::json::object& body, std::string_view key) {
  const auto* value = body.if_contains(key);
  return value && !value->is_null() ? value : nullptr;
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<std::int64_t> query_number(const http::Request& request, std::string_view name, const NumberRange& range) {
  const auto given = request.query_value(name);
  if (!given || given->empty()) return range.otherwise;
  const auto number = whole_number(*given);
  const bool cut = range.above == NumberRange::Above::cut;
  if (number && *number >= range.least && (cut || *number <= range.most)) return std::min(*number, range.most);
  auto least = std::to_string(range.least);
  if (cut) return Error(Errc::invalid_param, std::string(name) + " must be a whole number from " + least + ".");
  return Error(Errc::invalid_param,
               std::string(name) + " must be a number from " + least + " to " + std::to_string(range.most) + ".");
}

Result<bool> query_flag(const http::Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return Error(Errc::invalid_param, std::string(name) + " must be true or false.");
}

Result<bool> query_switch(const http::Request& request, std::string_view name) {
  const auto given = request.query_value(name).value_or("");
  if (given == "true" || given == "1" || given == "yes" || given == "on") return true;
  if (given.empty() || given == "false" || given == "0" || given == "no" || given == "off") return false;
  return Error(Errc::invalid_param, std::string(name) + " must be true or false.");
}

Result<std::optional<std::string>> query_choice(const http::Request& request, std::string_view name,
                                                std::initializer_list<std::string_view> words) {
  const auto given = request.query_value(name);
  if (!given || given->empty()) return std::nullopt;
  if (std::ranges::find(words, *given) != words.end()) return std::string(*given);
  std::string list;
  for (auto word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return Error(Errc::invalid_param, std::string(name) + " must be one of: " + list + ".");
}

Result<std::string> query_search(const http::Request& request, std::string_view name) {
  const auto given = request.query_value(name).value_or("");
  if (given.size() > kMaxSearchBytes) {
    return Error(Errc::invalid_param, std::string(name) + " may have at most 200 bytes.");
  }
  return std::string(given);
}

const boost::json::object& body_object(const Call& call) {
  static const boost::json::object empty;
  const auto* object = call.body.if_object();
  return object ? *object : empty;
}

Result<std::optional<std::string>> optional_string(const boost::json::object& body, std::string_view key,
                                                   std::size_t max_bytes) {
  const auto* value = find(body, key);
  if (!value) return std::optional<std::string>();
  const auto* text = value->if_string();
  if (!text) return Error(Errc::bad_json, std::string(key) + " must be a string.");
  if (text->size() > max_bytes) {
    return Error(Errc::invalid_param, std::string(key) + " is longer than " + std::to_string(max_bytes) + " bytes.");
  }
  if (text->find('\0') != boost::json::string::npos) {
    return Error(Errc::invalid_param, std::string(key) + " may not hold a NUL character.");
  }
  return std::optional(std::string(*text));
}

Result<std::string> required_string(const boost::json::object& body, std::string_view key, std::size_t max_bytes) {
  TRY(auto value, optional_string(body, key, max_bytes));
  if (!value) return Error(Errc::missing_param, std::string(key) + " is missing.");
  return *std::move(value);
}

Result<bool> optional_bool(const boost::json::object& body, std::string_view key, bool when_absent) {
  const auto* value = find(body, key);
  if (!value) return when_absent;
  if (!value->is_bool()) return Error(Errc::bad_json, std::string(key) + " must be true or false.");
  return value->get_bool();
}

Result<std::optional<std::int64_t>> optional_integer(const boost::json::object& body, std::string_view key) {
  const auto* value = find(body, key);
  if (!value) return std::optional<std::int64_t>();
  if (!value->is_int64()) return Error(Errc::bad_json, std::string(key) + " must be a whole number.");
  return std::optional(value->get_int64());
}

}  // namespace troupe::net::route
