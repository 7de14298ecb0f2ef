// Counters, gauges and histograms, written out in the Prometheus text format.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace troupe::base {

/// Label values in the order of the family's label names.
using Labels = std::vector<std::string>;

class Counter {
 public:
  void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Seconds, in fixed buckets from 0.1 ms to 60 s.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 18;
  static const std::array<double, kBuckets>& bounds();
  void observe(double seconds);
  std::uint64_t count(std::size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
  double sum_seconds() const { return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9; }

 private:
  std::array<std::atomic<std::uint64_t>, kBuckets + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

/// A named metric with labels; look a child up once and keep the reference: it lives as long as the registry.
template <class Metric>
class Family {
 public:
  Metric& with(const Labels& labels) {
    const Lock lock(mutex_);
    auto& slot = children_[labels];
    if (!slot) slot = std::make_unique<Metric>();
    return *slot;
  }
  void each(const std::function<void(const Labels&, const Metric&)>& visit) const {
    const Lock lock(mutex_);
    for (const auto& [labels, metric] : children_) visit(labels, *metric);
  }

 private:
  mutable Mutex mutex_;
  std::map<Labels, std::unique_ptr<Metric>> children_ GUARDED_BY(mutex_);
};

/// All metrics of the program. Callable from any thread. Names: `troupe_<module>_<what>_<unit>`.
/// Asking for a name again gives the same family; asking with another type is a programming error and throws.
class MetricRegistry {
 public:
  MetricRegistry();
  ~MetricRegistry();
  MetricRegistry(const MetricRegistry&) = delete;
  MetricRegistry& operator=(const MetricRegistry&) = delete;

  Counter& counter(std::string_view name, std::string_view help);
  Family<Counter>& counter(std::string_view name, std::string_view help, std::vector<std::string> label_names);
  Gauge& gauge(std::string_view name, std::string_view help);
  Family<Gauge>& gauge(std::string_view name, std::string_view help, std::vector<std::string> label_names);
  Family<Histogram>& histogram(std::string_view name, std::string_view help, std::vector<std::string> label_names);
  /// A gauge whose value is asked for at each scrape.
  void gauge_callback(std::string_view name, std::string_view help, std::function<double()> read);

  /// Prometheus text exposition format 0.0.4.
  std::string expose() const;

 private:
  struct Entry;
  /// The metric of that name, made when it is asked for first.
  template <class Metric>
  Metric& made(std::string_view name, std::string_view help, std::vector<std::string> label_names) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries_ GUARDED_BY(mutex_);
};

}  // namespace troupe::base
