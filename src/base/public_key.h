// Signatures by keys as a JSON Web Key has them (RFC 7518): RSA and P-256, over OpenSSL. Ed25519: base/ed25519.h.
#pragma once
#include <string_view>

namespace troupe::base {

/// RS256 (RSASSA-PKCS1-v1_5 with SHA-256). Numbers are big-endian bytes. False as well for a modulus that is not 2048
/// to 8192 bits long, and for an exponent over 8 bytes. Callable from any thread.
bool verify_rs256(std::string_view modulus, std::string_view exponent, std::string_view message,
                  std::string_view signature);

/// ES256 (ECDSA on P-256 with SHA-256). Coordinates have 32 bytes each, the signature 64 (r, then s); false as well for
/// other lengths and for a point that is not on the curve. Callable from any thread.
bool verify_es256(std::string_view x, std::string_view y, std::string_view message, std::string_view signature);

}  // namespace troupe::base
