// Takes secrets out of what is stored and shown, by their value: whatever they are called and however they are written.
#pragma once
#include <bitset>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::assistant::tasks {

/// Shorter ones are no secrets: they would stand in every other word.
inline constexpr std::size_t kShortestSecret = 4;
inline constexpr std::string_view kRedacted = "[REDACTED]";

/// Replaces each known value, and what it looks like in base64 (both alphabets, also in the middle of more, as in an
/// Authorization header), percent-encoded (as a form, too) and inside JSON (also twice over). One pass over the text,
/// however many secrets there are. Immutable; callable from any thread.
class Redactor {
 public:
  Redactor() = default;
  explicit Redactor(const std::vector<std::string>& secrets);

  bool empty() const { return words_.empty(); }
  /// As UTF-8 that both databases take: what is malformed, and NUL, becomes U+FFFD. Cut texts afterwards, not before:
  /// the beginning of a secret is none that is known.
  std::string text(std::string_view text) const;
  /// In names of members as well; a number that holds one becomes a text. Members whose names fall together are one.
  boost::json::value json(const boost::json::value& value) const;
  boost::json::object json(const boost::json::object& object) const;

 private:
  static constexpr std::size_t kBuckets = 1U << 16U;
  void add(std::string word);

  std::unordered_map<std::string, std::vector<std::string>> words_;  ///< first four bytes → words, the longest first
  std::bitset<kBuckets> begins_;                                     ///< by a hash of the first four bytes
};

/// The text with U+FFFD in place of NUL and of what is no UTF-8.
std::string storable(std::string_view text);
/// The first `bytes` of it at most, without half a character.
std::string cut(std::string text, std::size_t bytes);

}  // namespace troupe::assistant::tasks
