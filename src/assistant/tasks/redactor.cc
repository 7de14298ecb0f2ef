#include "assistant/tasks/redactor.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/text.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
/// A shorter piece of base64 stands in other words by chance.
constexpr std::size_t kShortestPiece = 8;

std::size_t bucket_of(const char* at) {
  std::uint32_t hash = 2'166'136'261U;
  for (int i = 0; i < 4; ++i) hash = (hash ^ static_cast<std::uint8_t>(at[i])) * 16'777'619U;
  return (hash >> 16U) ^ (hash & 0xffffU);
}

std::string json_escaped(const std::string& text) {
  const auto json = boost::json::serialize(boost::json::value(text));
  return json.substr(1, json.size() - 2);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string lower_escapes(std::string text) {
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    if (text[at] == '%')
      std::ranges::copy(base::ascii_lower(text.substr(at + 1, 2)), text.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  return text;
}

/// What of the base64 of something that holds the secret, `before` bytes behind a multiple of three, is the secret's
/// alone.
std::string inner_base64(const std::string& secret, std::size_t before) {
  const auto whole = base::base64(base::as_bytes(std::string(before, '\0') + secret));
  const auto first = (before * 8 + 5) / 6;
  const auto end = (before + secret.size()) * 8 / 6;
  return end > first ? whole.substr(first, end - first) : std::string();
}

std::string url_alphabet(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::vector<std::string> forms_of(const std::string& secret) {
  const auto escaped = json_escaped(secret);
  const auto percent = base::percent_encode(secret);
  std::vector<std::string> forms{secret, escaped, json_escaped(escaped), replaced(escaped, "/", "\\/")};
  for (const auto& one : {percent, replaced(percent, "%20", "+")}) {
    forms.push_back(one);
    forms.push_back(lower_escapes(one));
  }
  std::vector<std::string> encoded{base::base64(base::as_bytes(secret))};
  for (std::size_t before = 0; before < 3; ++before) {
    if (auto piece = inner_base64(secret, before); piece.size() >= kShortestPiece) encoded.push_back(std::move(piece));
  }
  for (const auto& one : encoded) {
    forms.push_back(one);
    forms.push_back(url_alphabet(one));
    forms.push_back(base::percent_encode(one));
  }
  return forms;
}

}  // namespace

Redactor::Redactor(const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    for (auto& form : forms_of(secret)) add(std::move(form));
  }
  for (auto& [prefix, words] : words_) {
    std::ranges::sort(words,
                      [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
    const auto twice = std::ranges::unique(words);
    words.erase(twice.begin(), twice.end());
  }
}

void Redactor::add(std::string word) {
  begins_.set(bucket_of(word.data()));
  words_[word.substr(0, kShortestSecret)].push_back(std::move(word));
}

std::string Redactor::text(std::string_view text) const {
  if (empty()) return storable(text);
  const auto word_at = [this](std::string_view rest) -> const std::string* {
    const auto found = words_.find(std::string(rest.substr(0, kShortestSecret)));
    if (found == words_.end()) return nullptr;
    const auto word = std::ranges::find_if(found->second, [&](const auto& one) { return rest.starts_with(one); });
    return word == found->second.end() ? nullptr : &*word;
  };
  std::string clean;
  std::size_t kept = 0;  // so much of the text is in it
  for (std::size_t at = 0; at + kShortestSecret <= text.size();) {
    const auto* word = begins_.test(bucket_of(text.data() + at)) ? word_at(text.substr(at)) : nullptr;
    if (word == nullptr) {
      ++at;
      continue;
    }
    clean.append(text, kept, at - kept) += kRedacted;
    at += word->size();
    kept = at;
  }
  if (kept == 0) return storable(text);
  return storable(clean.append(text, kept));
}

boost::json::object Redactor::json(const boost::json::object& object) const {
  boost::json::object clean;
  for (const auto& [key, value] : object) clean[text(key)] = json(value);
  return clean;
}

boost::json::value Redactor::json(const boost::json::value& value) const {
  if (const auto* words = value.if_string()) return boost::json::value(text({words->data(), words->size()}));
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
  if (base::is_utf8(text) && text.find('\0') == text.npos) return std::string(text);
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    // A character has at most four bytes; that several short ones pass together does no harm.
    auto length = std::min<std::size_t>(text.size(), 4);
    const auto is_good = [&] {
      return base::is_utf8(text.substr(0, length)) && !text.substr(0, length).contains('\0');
    };
    while (length > 0 && !is_good()) --length;
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
