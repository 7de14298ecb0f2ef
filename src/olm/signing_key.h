// Ed25519 keys as cross-signing has them (Client-Server API #cross-signing): base64 in, base64 out.
#pragma once
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "olm/reason.h"

namespace troupe::olm {

/// A master, self-signing or user-signing key. Immutable: callable from any thread.
class SigningKey {
 public:
  SigningKey(const SigningKey&) = default;
  SigningKey(SigningKey&&) = default;
  SigningKey& operator=(const SigningKey&) = default;
  SigningKey& operator=(SigningKey&&) = default;
  ~SigningKey();

  static SigningKey create();
  /// From 32 bytes in base64, as secret storage keeps a cross-signing key. Errors: bad_key.
  static Result<SigningKey> from_seed(std::string_view seed);
  /// Errors: bad_pickle, too_large.
  static Result<SigningKey> from_pickle(std::string_view pickle, const base::SealingKey& key);
  /// The seed, sealed: bytes, not text.
  std::string pickle(const base::SealingKey& key) const;

  /// Unpadded base64. Secret.
  std::string seed() const;
  /// Unpadded base64; also the key's id, after `ed25519:`.
  std::string public_key() const;
  /// The signature (unpadded base64) of a text, for instance canonical JSON without `signatures` and `unsigned`.
  std::string sign(std::string_view text) const;

 private:
  explicit SigningKey(std::string seed) : seed_(std::move(seed)) {}
  std::string seed_;  // raw
};

/// Whether the text was signed by the owner of the key; key and signature in base64. Errors: bad_key, bad_signature
/// (also for what is no signature at all).
Result<Unit> verify_ed25519(std::string_view public_key, std::string_view text, std::string_view signature);

}  // namespace troupe::olm
