// Keys on the curve P-256 that are ours, over OpenSSL: agreeing on a secret and signing. Checking the signatures of
// others: base/public_key.h.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace troupe::base {

/// A private key with its public point. Immutable, so any thread may use it.
class P256Key {
 public:
  static constexpr std::size_t kPrivateBytes = 32;
  static constexpr std::size_t kPublicBytes = 65;  ///< 0x04, x, y: the uncompressed point (SEC 1, section 2.3.3)
  static constexpr std::size_t kSignatureBytes = 64;

  /// Throws std::runtime_error when OpenSSL cannot.
  static P256Key generate();
  /// From what private_bytes() gave. Nothing when it is no key of the curve.
  static std::optional<P256Key> from_private(std::string_view bytes);

  std::string private_bytes() const;
  const std::string& public_bytes() const { return public_; }
  /// The secret that is shared with whoever has the key of this point: its x (RFC 8291 section 3.1, ECDH). Nothing when
  /// the point is not on the curve.
  std::optional<std::string> agree(std::string_view public_point) const;
  /// ES256: ECDSA with SHA-256, r then s (RFC 7518 section 3.4).
  std::string sign_es256(std::string_view message) const;

 private:
  explicit P256Key(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
  std::string public_;
};

}  // namespace troupe::base
