// Ed25519 signatures (RFC 8032) over libsodium.
#pragma once
#include <string_view>

namespace troupe::base {

/// Whether the signature of the message was made by the owner of the key. All three are raw bytes; false as well when
/// the key is not 32 bytes or the signature not 64. Callable from any thread.
bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace troupe::base
