// Finds secrets in texts by their value, however they are written. The two redactors rest on it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::assistant::schema {

/// Of each secret: as it is, backwards, in hexadecimal (either case), in base64 (both alphabets, also in the middle of
/// more, as in an Authorization header), percent-encoded (as a form, in either case, or each byte), inside JSON (also
/// twice over) and in HTML. Not found: in other codings (base32, rot13, hexadecimal with colons), compressed, encrypted
/// or hashed, two codings one in the other but for percent-encoded base64, and in pieces.
class SecretFinder {
 public:
  /// Of four bytes at least.
  void add(const std::string& secret);
  bool empty() const { return words_.empty(); }
  /// One pass over the text, however many secrets there are; all else stays byte by byte.
  std::string without(std::string_view text, std::string_view in_its_place) const;

 private:
  static constexpr std::size_t kBuckets = 1U << 16U;
  static constexpr std::size_t kPrefix = 4;
  void add_word(std::string word);
  bool may_begin(const char* at) const;

  std::unordered_map<std::string, std::vector<std::string>> words_;  ///< first four bytes → words, the longest first
  std::vector<std::uint64_t> begins_;  ///< a bit each, by a hash of the first four bytes; none: there are no words
};

}  // namespace troupe::assistant::schema
