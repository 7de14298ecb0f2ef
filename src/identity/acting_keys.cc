#include "identity/acting_keys.h"

namespace troupe::identity {

Result<std::string> ActingKeys::make(Principal principal, net::route::Role most) {
  auto key = base::random_token("tra_");
  const auto now = clock_.unix_ms();
  const base::Lock lock(mutex_);
  std::erase_if(by_hash_, [&](const auto& each) { return each.second.ends_ms <= now; });
  if (by_hash_.size() >= kMost) return Error(Errc::limit_exceeded, "Too much is being done at once. Try again soon.");
  by_hash_.emplace(base::sha256(key), Entry{.acting = {.principal = std::move(principal), .most = most},
                                            .ends_ms = now + std::chrono::milliseconds(kLife).count()});
  return key;
}

std::optional<ActingKeys::Acting> ActingKeys::find(std::string_view key) const {
  const auto hash = base::sha256(key);
  const base::Lock lock(mutex_);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end() || found->second.ends_ms <= clock_.unix_ms()) return std::nullopt;
  return found->second.acting;
}

void ActingKeys::end(std::string_view key) {
  const auto hash = base::sha256(key);
  const base::Lock lock(mutex_);
  by_hash_.erase(hash);
}

}  // namespace troupe::identity
