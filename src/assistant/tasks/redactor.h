// Takes secrets out of what is stored and shown, by their value: whatever they are called and however they are written.
#pragma once
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/schema/secret_finder.h"

namespace troupe::assistant::tasks {

/// Shorter ones are no secrets: they would stand in every other word.
inline constexpr std::size_t kShortestSecret = 4;
inline constexpr std::string_view kRedacted = "[REDACTED]";

/// Replaces each known value in the ways of writing it that schema/secret_finder.h names. Immutable; callable from any
/// thread.
class Redactor {
 public:
  Redactor() = default;
  explicit Redactor(const std::vector<std::string>& secrets);

  bool empty() const { return secrets_.empty(); }
  /// As UTF-8 that both databases take: what is malformed, and NUL, becomes U+FFFD. Cut texts afterwards, not before:
  /// the beginning of a secret is none that is known.
  std::string text(std::string_view text) const;
  /// The same, but NUL stays: for what is stored as JSON, which escapes it, and goes on to a service as it came.
  std::string exact(std::string_view text) const;
  /// In names of members as well, NUL stays; a number that holds one becomes a text. Members whose names fall together
  /// are one.
  boost::json::value json(const boost::json::value& value) const;
  boost::json::object json(const boost::json::object& object) const;

 private:
  schema::SecretFinder secrets_;
};

/// The text with U+FFFD in place of NUL and of what is no UTF-8.
std::string storable(std::string_view text);
/// The same of what is no UTF-8 alone.
std::string well_formed(std::string_view text);
/// The first `bytes` of it at most, without half a character.
std::string cut(std::string text, std::size_t bytes);

}  // namespace troupe::assistant::tasks
