#include "base/ed25519.h"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace troupe::base {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct KeyPair {
  explicit KeyPair(std::string_view seed) {
    if (seed.size() != kEd25519SeedBytes) throw std::invalid_argument("an Ed25519 seed has 32 bytes");
    crypto_sign_seed_keypair(open.data(), secret.data(), bytes(seed));
  }
  ~KeyPair() { sodium_memzero(secret.data(), secret.size()); }
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> open{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
};

template <std::size_t N>
std::string text(const std::array<unsigned char, N>& raw) {
  return {reinterpret_cast<const char*>(raw.data()), N};
}

}  // namespace

std::string ed25519_public_key(std::string_view seed) { return text(KeyPair(seed).open); }

std::string sign_ed25519(std::string_view seed, std::string_view message) {
  const KeyPair pair(seed);
  std::array<unsigned char, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, bytes(message), message.size(), pair.secret.data());
  return text(signature);
}

bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != crypto_sign_PUBLICKEYBYTES || signature.size() != crypto_sign_BYTES) return false;
  return crypto_sign_verify_detached(bytes(signature), bytes(message), message.size(), bytes(public_key)) == 0;
}

}  // namespace troupe::base
