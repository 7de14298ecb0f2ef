#include "olm/signing_key.h"

#include <sodium.h>

#include "base/ed25519.h"
#include "base/encoding.h"
#include "olm/calls.h"

namespace troupe::olm {

SigningKey::~SigningKey() { sodium_memzero(seed_.data(), seed_.size()); }

SigningKey SigningKey::create() { return SigningKey(base::random_bytes(base::kEd25519SeedBytes)); }

Result<SigningKey> SigningKey::from_seed(std::string_view seed) {
  auto raw = base::base64_decode(seed);
  if (!raw || raw->size() != base::kEd25519SeedBytes) return refusal(Reason::bad_key);
  return SigningKey(std::move(*raw));
}

Result<SigningKey> SigningKey::from_pickle(std::string_view pickle, const base::SealingKey& key) {
  TRY(auto raw, open_pickle(pickle, key));
  if (raw.size() != base::kEd25519SeedBytes) return refusal(Reason::bad_pickle);
  return SigningKey(std::move(raw));
}

std::string SigningKey::pickle(const base::SealingKey& key) const { return key.seal(seed_); }

std::string SigningKey::seed() const { return base::base64(base::as_bytes(seed_)); }

std::string SigningKey::public_key() const { return base::base64(base::as_bytes(base::ed25519_public_key(seed_))); }

std::string SigningKey::sign(std::string_view text) const {
  return base::base64(base::as_bytes(base::sign_ed25519(seed_, text)));
}

Result<Unit> verify_ed25519(std::string_view public_key, std::string_view text, std::string_view signature) {
  const auto key = base::base64_decode(public_key);
  if (!key || key->size() != base::kEd25519SeedBytes) return refusal(Reason::bad_key);
  const auto raw = base::base64_decode(signature);
  if (!raw || !base::verify_ed25519(*key, text, *raw)) return refusal(Reason::bad_signature);
  return Unit{};
}

}  // namespace troupe::olm
