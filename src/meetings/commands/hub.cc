#include "meetings/commands/hub.h"

#include <algorithm>
#include <array>

#include "net/resp/resp_reply.h"

namespace troupe::meetings::commands {

bool Hub::enter(const std::string& connection_id) {
  const base::Lock lock(mutex_);
  auto& count = connections_[connection_id];
  if (count >= kMostOfBot) return false;
  ++count;
  return true;
}

void Hub::leave(const std::string& connection_id) {
  const base::Lock lock(mutex_);
  const auto found = connections_.find(connection_id);
  if (found != connections_.end() && --found->second <= 0) connections_.erase(found);
}

void Hub::subscribe(const std::string& channel, const OutletPtr& listener) {
  const base::Lock lock(mutex_);
  auto& all = listeners_[channel];
  if (std::ranges::find(all, listener) == all.end()) all.push_back(listener);
}

void Hub::unsubscribe(const std::string& channel, const OutletPtr& listener) {
  const base::Lock lock(mutex_);
  const auto found = listeners_.find(channel);
  if (found == listeners_.end()) return;
  std::erase(found->second, listener);
  if (found->second.empty()) listeners_.erase(found);
}

std::int64_t Hub::publish(const std::string& channel, std::string_view body) {
  std::vector<OutletPtr> listening;
  {
    const base::Lock lock(mutex_);
    if (const auto found = listeners_.find(channel); found != listeners_.end()) listening = found->second;
  }
  const std::array<std::string_view, 3> words{"message", channel, body};
  const auto message = net::resp::bulks(words);
  return std::ranges::count_if(listening, [&](const OutletPtr& one) { return one->push(message); });
}

}  // namespace troupe::meetings::commands
