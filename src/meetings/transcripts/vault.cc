#include "meetings/transcripts/vault.h"

namespace troupe::meetings::transcripts {

std::int64_t number_of(std::string_view hash) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = (number << 8) | static_cast<unsigned char>(hash[i]);
  return static_cast<std::int64_t>((number >> 1) | 1);
}

Result<Vault> Vault::of(std::string key) {
  TRY(auto sealing, base::SealingKey::from_raw(key));
  return Vault(std::move(key), std::move(sealing));
}

std::int64_t Vault::number(std::string_view name) const { return number_of(base::hmac_sha256(key_, name)); }

}  // namespace troupe::meetings::transcripts
