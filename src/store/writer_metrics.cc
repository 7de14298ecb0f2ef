#include "store/writer_metrics.h"

namespace troupe::store {

WriterMetrics::WriterMetrics(base::MetricRegistry& registry)
    : batches(registry.counter("troupe_store_batches_total", "Write batches committed")),
      operations(registry.counter("troupe_store_operations_total", "Write operations committed")),
      failed_operations(registry.counter("troupe_store_operations_failed_total", "Write operations that failed")),
      reruns(registry.counter("troupe_store_batch_reruns_total", "Batches run again with savepoints")),
      failed_batches(registry.counter("troupe_store_batches_failed_total", "Batches whose commit failed")),
      refused(registry.counter("troupe_store_operations_refused_total", "Write operations refused before queueing")),
      batch_operations(registry.gauge("troupe_store_batch_operations", "Operations in the last batch")),
      queue_depth(registry.gauge("troupe_store_queue_depth", "Waiting operations and reads", {"kind"}).with({"write"})),
      wait_seconds(registry.histogram(kWaitSeconds, kWaitSecondsHelp, {"kind"}).with({"write"})),
      commit_seconds(registry.histogram("troupe_store_commit_seconds", "Duration of COMMIT", {}).with({})),
      batch_seconds(
          registry.histogram("troupe_store_batch_seconds", "Duration of a batch with its commit", {}).with({})) {}

}  // namespace troupe::store
