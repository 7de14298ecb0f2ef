// Hashes, random bytes, sealing and password hashes: thin names over OpenSSL and libsodium.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/result.h"

namespace troupe::base {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
/// Lower-case hex of HMAC-SHA1, as the shared-secret registration wants it (Synapse admin API).
std::string hmac_sha1_hex(std::string_view key, std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// AES-256 in counter mode, which is its own inverse. 32 bytes of key, 16 of counter; throws std::invalid_argument for
/// others.
std::string aes256_ctr(std::string_view key, std::string_view counter, std::string bytes);

/// Cryptographically random bytes. Callable from any thread.
std::string random_bytes(std::size_t count);
/// A random string over A-Za-z0-9 (about 5.95 bits a character).
std::string random_alphanumeric(std::size_t length);
/// A new credential: prefix + 43 characters of URL-safe base64 = 256 random bits.
std::string random_token(std::string_view prefix);

/// Compares without leaking where the first difference is; different lengths are unequal at once.
bool constant_time_equal(std::string_view a, std::string_view b);

/// Argon2id with 19 MiB and two passes (RFC 9106, OWASP). About 15 ms of CPU: call it on a bounded pool, never on an
/// I/O thread. Errors: unavailable (no memory).
Result<std::string> hash_password(std::string_view password);
/// False for a wrong password and for a malformed hash. As costly as hash_password.
bool verify_password(std::string_view stored_hash, std::string_view password);

/// A 256-bit key that seals credentials at rest (XChaCha20-Poly1305; StoredFormat::sealed and a random nonce in front).
class SealingKey {
 public:
  /// `raw` must be 32 bytes.
  static Result<SealingKey> from_raw(std::string raw);
  std::string seal(std::string_view plain) const;
  /// Also what was sealed without a format. Error: internal, when it was not sealed by this key or was altered.
  Result<std::string> open(std::string_view sealed) const;

 private:
  explicit SealingKey(std::string raw) : raw_(std::move(raw)) {}
  std::string raw_;
};

}  // namespace troupe::base
