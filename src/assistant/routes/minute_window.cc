#include "assistant/routes/minute_window.h"

#include <algorithm>

namespace troupe::assistant::routes {

void MinuteWindow::make_room(std::chrono::steady_clock::time_point now) {
  if (windows_.size() < kMostKnown) return;
  std::erase_if(windows_, [now](const auto& entry) { return entry.second.until <= now; });
  if (windows_.size() < kMostKnown) return;
  windows_.erase(std::ranges::min_element(windows_, {}, [](const auto& entry) { return entry.second.until; }));
}

MinuteWindow::Taken MinuteWindow::take(std::string_view who) {
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  auto found = windows_.find(who);
  if (found == windows_.end()) {
    make_room(now);
    found = windows_.emplace(std::string(who), Window{.until = now + kMinute}).first;
  } else if (found->second.until <= now) {
    found->second = {.until = now + kMinute};
  }
  auto& [until, taken] = found->second;
  Taken outcome{.refused = taken >= kRequests};
  if (!outcome.refused) ++taken;
  outcome.remaining = kRequests - taken;
  outcome.reset_s = std::chrono::ceil<std::chrono::seconds>(until - now).count();
  return outcome;
}

}  // namespace troupe::assistant::routes
