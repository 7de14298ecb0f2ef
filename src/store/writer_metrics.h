// What the write side counts.
#pragma once
#include "base/metrics.h"

namespace troupe::store {

/// What reads count under the same name.
inline constexpr std::string_view kWaitSeconds = "troupe_store_wait_seconds";
inline constexpr std::string_view kWaitSecondsHelp = "How long reads and write operations waited for their turn";

/// Metrics of the write side, looked up once.
struct WriterMetrics {
  explicit WriterMetrics(base::MetricRegistry& registry);
  base::Counter& batches;
  base::Counter& operations;
  base::Counter& failed_operations;
  base::Counter& reruns;
  base::Counter& failed_batches;
  base::Counter& refused;
  base::Gauge& batch_operations;
  base::Gauge& queue_depth;
  base::Histogram& wait_seconds;  ///< of operations that were committed
  base::Histogram& commit_seconds;
  base::Histogram& batch_seconds;
};

}  // namespace troupe::store
