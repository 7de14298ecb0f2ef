// Seals what is said in one meeting, so that deleting its key deletes all of it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.h"

namespace troupe::meetings::transcripts {

/// A database gives bytes of deleted rows back late: from pages that were split, from its log, from free space. What
/// lies there cannot be read once the meeting's key is gone, and no word of a transcript is ever in a file. The key
/// lies beside the rows: this is for deleting, not for keeping secrets from whoever has the database.
class Vault {
 public:
  static constexpr std::size_t kKeyBytes = 32;
  static std::string make_key() { return base::random_bytes(kKeyBytes); }

  /// Error: internal (no key).
  static Result<Vault> of(std::string key);
  std::string seal(std::string_view plain) const { return sealing_.seal(plain); }
  /// Error: internal (not sealed by this key).
  Result<std::string> open(std::string_view sealed) const { return sealing_.open(sealed); }
  /// Stands for a name in an index, above 0; of another meeting the same name has another one.
  std::int64_t number(std::string_view name) const;

 private:
  Vault(std::string key, base::SealingKey sealing) : key_(std::move(key)), sealing_(std::move(sealing)) {}
  std::string key_;
  base::SealingKey sealing_;
};

/// The first bytes of a hash as a number above 0.
std::int64_t number_of(std::string_view hash);

}  // namespace troupe::meetings::transcripts
