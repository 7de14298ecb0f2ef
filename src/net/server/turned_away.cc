#include "net/server/turned_away.h"

#include <utility>

namespace troupe::net::server {
namespace {

constexpr std::chrono::minutes kBetweenLines{1};

base::Family<base::Counter>& family(base::MetricRegistry& metrics) {
  return metrics.counter("troupe_net_connections_refused_total",
                         "Connections answered 503 at once: the listener was full, or one address had its part of it",
                         {"surface", "why"});
}

}  // namespace

TurnedAway::TurnedAway(base::MetricRegistry& metrics, const std::string& listener)
    : for_all_(family(metrics).with({listener, "full"})), for_address_(family(metrics).with({listener, "address"})) {}

std::optional<std::uint64_t> TurnedAway::count(Why why, TimePoint now) {
  (why == Why::listener_full ? for_all_ : for_address_).add();
  untold_ += 1;
  if (told_ && now - *told_ < kBetweenLines) return std::nullopt;
  told_ = now;
  return std::exchange(untold_, 0);
}

}  // namespace troupe::net::server
