#include "homeserver/previews/recent_previews.h"

namespace troupe::homeserver::previews {

std::optional<Recent> RecentPreviews::find(const std::string& url) const {
  const base::Lock lock(mutex_);
  const auto found = recent_.find(url);
  if (found == recent_.end() || found->second.until <= clock_.steady()) return std::nullopt;
  return found->second;
}

void RecentPreviews::keep(const std::string& url, Recent recent) {
  const base::Lock lock(mutex_);
  if (!recent_.insert_or_assign(url, std::move(recent)).second) return;
  by_age_.push_back(url);
  if (by_age_.size() <= kMaxKept) return;
  recent_.erase(by_age_.front());
  by_age_.pop_front();
}

RecentPreviews::Boarding RecentPreviews::board(const std::string& url, std::optional<base::UnixMs> at) {
  const base::Lock lock(mutex_);
  const auto recent = recent_.find(url);
  const bool fits = recent != recent_.end() && recent->second.until > clock_.steady();
  if (fits && (!at || *at >= recent->second.fetched_ms))
    return {.flight = nullptr, .first = false, .kept = recent->second};
  auto [found, made] = flights_.try_emplace(url);
  if (made) found->second = std::make_shared<Flight>();
  return {.flight = found->second, .first = made, .kept = std::nullopt};
}

std::shared_ptr<Flight> RecentPreviews::under_way(const std::string& url) const {
  const base::Lock lock(mutex_);
  const auto found = flights_.find(url);
  return found == flights_.end() ? nullptr : found->second;
}

void RecentPreviews::leave(const std::string& url) {
  const base::Lock lock(mutex_);
  flights_.erase(url);
}

}  // namespace troupe::homeserver::previews
