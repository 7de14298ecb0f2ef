// Ed25519 signatures (RFC 8032) over libsodium.
#pragma once
#include <string>
#include <string_view>

namespace troupe::base {

/// Whether the signature of the message was made by the owner of the key. All three are raw bytes; false as well when
/// the key is not 32 bytes or the signature not 64. Callable from any thread.
bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature);

inline constexpr std::size_t kEd25519SeedBytes = 32;

/// The public key of a seed of kEd25519SeedBytes random bytes, raw. Throws std::invalid_argument for another length.
std::string ed25519_public_key(std::string_view seed);
/// The raw signature of the message by the owner of the seed. Throws as above.
std::string sign_ed25519(std::string_view seed, std::string_view message);

}  // namespace troupe::base
