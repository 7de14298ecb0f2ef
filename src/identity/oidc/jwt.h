// Signed tokens of a provider (JSON Web Token, RFC 7519, in the compact form of RFC 7515) and the keys they are signed
// with (RFC 7517). Only signatures by a key of the provider's own count: nothing unsigned, and nothing that is signed
// with a secret that both know.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "matrix/json.h"

namespace troupe::identity::oidc {

enum class Algorithm { rs256, es256, eddsa };

struct Jwt {
  Algorithm algorithm = Algorithm::rs256;
  std::string key_id;  ///< empty: not said
  std::string type;    ///< lower case; empty: not said
  matrix::JsonObject claims;
  std::string signed_text;  ///< what the signature is over
  std::string signature;    ///< raw
};

inline constexpr std::size_t kMaxTokenBytes = 32UL * 1024;

/// Takes it apart; nothing of it is true yet. Error: forbidden (not a token, one that is too long, another algorithm, a
/// header field that must be understood).
Result<Jwt> read_jwt(std::string_view compact);

/// A public key that signs: RSA, P-256 or Ed25519. Numbers and coordinates are raw bytes.
struct PublicKey {
  Algorithm algorithm = Algorithm::rs256;
  std::string key_id;
  std::string first;   ///< modulus, x
  std::string second;  ///< exponent, y; Ed25519 has none
};

inline constexpr std::size_t kMaxKeys = 50;

/// The keys of a JWK Set that sign in a way known here; others are passed over, and so is all beyond kMaxKeys.
std::vector<PublicKey> read_key_set(const matrix::JsonObject& set);

/// Whether the key is of the token's algorithm and has signed it.
bool has_signed(const PublicKey& key, const Jwt& token);

}  // namespace troupe::identity::oidc
