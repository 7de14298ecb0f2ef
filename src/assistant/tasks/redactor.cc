#include "assistant/tasks/redactor.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

}  // namespace

Redactor::Redactor(const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    if (secret.size() >= kShortestSecret) secrets_.add(secret);
  }
}

std::string Redactor::text(std::string_view text) const {
  return empty() ? storable(text) : storable(secrets_.without(text, kRedacted));
}

std::string Redactor::exact(std::string_view text) const {
  return empty() ? well_formed(text) : well_formed(secrets_.without(text, kRedacted));
}

boost::json::object Redactor::json(const boost::json::object& object) const {
  boost::json::object clean;
  for (const auto& [key, value] : object) clean[exact(key)] = json(value);
  return clean;
}

boost::json::value Redactor::json(const boost::json::value& value) const {
  if (const auto* words = value.if_string()) return boost::json::value(exact({words->data(), words->size()}));
  if (const auto* object = value.if_object()) return json(*object);
  if (const auto* array = value.if_array()) {
    boost::json::array clean;
    clean.reserve(array->size());
    for (const auto& entry : *array) clean.push_back(json(entry));
    return clean;
  }
  if (value.is_number() && !empty()) {
    const auto written = boost::json::serialize(value);
    if (auto clean = text(written); clean != written) return boost::json::value(clean);
  }
  return value;
}

std::string storable(std::string_view text) {
  auto whole = well_formed(text);
  if (!whole.contains('\0')) return whole;
  std::string clean;
  for (const char c : whole) {
    if (c == '\0') {
      clean += kReplacement;
    } else {
      clean += c;
    }
  }
  return clean;
}

std::string well_formed(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    // A character has at most four bytes; that several short ones pass together does no harm.
    auto length = std::min<std::size_t>(text.size(), 4);
    while (length > 0 && !base::is_utf8(text.substr(0, length))) --length;
    clean += length > 0 ? text.substr(0, length) : kReplacement;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return clean;
}

std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  text.resize(bytes);
  while (!text.empty() && !base::is_utf8(text)) text.pop_back();
  return text;
}

}  // namespace troupe::assistant::tasks
