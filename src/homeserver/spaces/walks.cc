#include "homeserver/spaces/walks.h"

#include <algorithm>

#include "base/crypto.h"

namespace troupe::homeserver::spaces {

void Walks::drop_old() {
  const auto now = clock_.steady();
  while (!by_age_.empty()) {
    const auto oldest = walks_.find(by_age_.front());
    if (by_age_.size() < kMaxInAll && oldest->second.until > now) return;
    walks_.erase(oldest);
    by_age_.pop_front();
  }
}

void Walks::drop_oldest_of(const std::string& user_id) {
  const auto is_theirs = [&](const std::string& token)
                             REQUIRES(mutex_) { return walks_.find(token)->second.user_id == user_id; };
  std::size_t theirs = 0;
  auto oldest = by_age_.end();
  for (auto it = by_age_.begin(); it != by_age_.end(); ++it) {
    if (!is_theirs(*it)) continue;
    if (oldest == by_age_.end()) oldest = it;
    ++theirs;
  }
  if (theirs < kMaxOfUser) return;
  walks_.erase(*oldest);
  by_age_.erase(oldest);
}

std::string Walks::keep(const std::string& user_id, WalkPtr walk) {
  auto token = base::random_token("hierarchy_");
  const base::Lock lock(mutex_);
  drop_old();
  drop_oldest_of(user_id);
  by_age_.push_back(token);
  walks_[token] = {.user_id = user_id, .walk = std::move(walk), .until = clock_.steady() + kKeep};
  return token;
}

WalkPtr Walks::find(const std::string& token) const {
  const base::Lock lock(mutex_);
  const auto found = walks_.find(token);
  return found != walks_.end() && found->second.until > clock_.steady() ? found->second.walk : nullptr;
}

}  // namespace troupe::homeserver::spaces
