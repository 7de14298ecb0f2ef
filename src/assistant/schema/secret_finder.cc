#include "assistant/schema/secret_finder.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstring>

#include "base/encoding.h"
#include "base/text.h"

namespace troupe::assistant::schema {
namespace {

/// A shorter piece of base64 stands in other words by chance.
constexpr std::size_t kShortestPiece = 8;

constexpr std::size_t kBits = 64;

/// Of 65,536: of each place of every text that is looked through.
std::size_t bucket_of(const char* at) {
  std::uint32_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return (word * 2'654'435'761U) >> 16U;
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

std::string html_escaped(std::string text) {
  text = replaced(std::move(text), "&", "&amp;");
  text = replaced(std::move(text), "<", "&lt;");
  text = replaced(std::move(text), ">", "&gt;");
  return replaced(std::move(text), "\"", "&quot;");
}

/// Each byte, whether it has to be or not: "%61%62".
std::string all_percent(std::string_view hex) {
  std::string out;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) (out += '%').append(hex, at, 2);
  return out;
}

std::vector<std::string> forms_of(const std::string& secret) {
  const auto escaped = json_escaped(secret);
  const auto percent = base::percent_encode(secret);
  const auto hex = base::hex(base::as_bytes(secret));
  std::string upper_hex = hex;
  for (char& c : upper_hex) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  std::vector<std::string> forms{secret,
                                 escaped,
                                 json_escaped(escaped),
                                 replaced(escaped, "/", "\\/"),
                                 {secret.rbegin(), secret.rend()},
                                 html_escaped(secret),
                                 hex,
                                 upper_hex,
                                 all_percent(hex),
                                 all_percent(upper_hex)};
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

void SecretFinder::add(const std::string& secret) {
  if (secret.size() < kPrefix) return;
  for (auto& form : forms_of(secret)) add_word(std::move(form));
}

void SecretFinder::add_word(std::string word) {
  begins_.resize(kBuckets / kBits);
  const auto bucket = bucket_of(word.data());
  begins_[bucket / kBits] |= std::uint64_t{1} << bucket % kBits;
  auto& words = words_[word.substr(0, kPrefix)];
  const auto longer_first = [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  };
  const auto at = std::ranges::lower_bound(words, word, longer_first);
  if (at == words.end() || *at != word) words.insert(at, std::move(word));
}

bool SecretFinder::may_begin(const char* at) const {
  const auto bucket = bucket_of(at);
  return (begins_[bucket / kBits] >> bucket % kBits & 1) != 0;
}

std::string SecretFinder::without(std::string_view text, std::string_view in_its_place) const {
  const auto word_at = [this](std::string_view rest) -> const std::string* {
    const auto found = words_.find(std::string(rest.substr(0, kPrefix)));
    if (found == words_.end()) return nullptr;
    const auto word = std::ranges::find_if(found->second, [&](const auto& one) { return rest.starts_with(one); });
    return word == found->second.end() ? nullptr : &*word;
  };
  std::string clean;
  std::size_t kept = 0;  // so much of the text is in it
  for (std::size_t at = 0; !empty() && at + kPrefix <= text.size();) {
    const auto* word = may_begin(text.data() + at) ? word_at(text.substr(at)) : nullptr;
    if (word == nullptr) {
      ++at;
      continue;
    }
    clean.append(text, kept, at - kept) += in_its_place;
    at += word->size();
    kept = at;
  }
  return clean.append(text, kept);
}

}  // namespace troupe::assistant::schema
