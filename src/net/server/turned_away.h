// Connections that a listener had no place for: counted, and told to the log now and then.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/metrics.h"

namespace troupe::net::server {

/// Of one listener. Not thread-safe: its acceptor has it.
class TurnedAway {
 public:
  enum class Why { listener_full, address_has_its_part };
  using TimePoint = std::chrono::steady_clock::time_point;

  TurnedAway(base::MetricRegistry& metrics, const std::string& listener);
  /// How many were turned away since this was said last; nothing: it was said less than a minute ago.
  std::optional<std::uint64_t> count(Why why, TimePoint now);

 private:
  base::Counter& for_all_;
  base::Counter& for_address_;
  std::uint64_t untold_ = 0;
  std::optional<TimePoint> told_;
};

}  // namespace troupe::net::server
