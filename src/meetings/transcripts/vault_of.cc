#include "meetings/transcripts/vault_of.h"

namespace troupe::meetings::transcripts {

Result<std::optional<Vault>> vault_of(store::Connection& c, MeetingId meeting) {
  auto volume = transcript_store::find_volume(c, meeting);
  if (!volume || volume->vault.empty()) return std::optional<Vault>();
  TRY(auto vault, Vault::of(std::move(volume->vault)));
  return std::optional(std::move(vault));
}

}  // namespace troupe::meetings::transcripts
