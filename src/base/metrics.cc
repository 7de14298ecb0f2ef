#include "base/metrics.h"

#include <fmt/format.h>

#include <stdexcept>

namespace troupe::base {

struct MetricRegistry::Entry {
  std::string help;
  std::vector<std::string> label_names;
  std::unique_ptr<Family<Counter>> counters;
  std::unique_ptr<Family<Gauge>> gauges;
  std::unique_ptr<Family<Histogram>> histograms;
  std::function<double()> callback;
};

namespace {

std::string escape(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string label_text(const std::vector<std::string>& names, const Labels& values, std::string_view extra = {}) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", names[i], escape(values[i]));
  }
  if (!extra.empty()) out += (out.empty() ? "" : ",") + std::string(extra);
  return out.empty() ? out : "{" + out + "}";
}

template <class Metric>
Family<Metric>& made(std::unique_ptr<Family<Metric>>& slot, bool other_type, std::string_view name) {
  if (other_type) throw std::logic_error("metric registered with two types: " + std::string(name));
  if (!slot) slot = std::make_unique<Family<Metric>>();
  return *slot;
}

}  // namespace

const std::array<double, Histogram::kBuckets>& Histogram::bounds() {
  static constexpr std::array<double, kBuckets> kBounds{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return kBounds;
}

void Histogram::observe(double seconds) {
  std::size_t bucket = 0;
  while (bucket < kBuckets && seconds > bounds()[bucket]) ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<std::uint64_t>(seconds * 1e9), std::memory_order_relaxed);
}

MetricRegistry::MetricRegistry() = default;
MetricRegistry::~MetricRegistry() = default;

MetricRegistry::Entry& MetricRegistry::entry(std::string_view name, std::string_view help,
                                             std::vector<std::string> label_names) {
  std::lock_guard lock(mutex_);
  auto& slot = entries_[std::string(name)];
  if (!slot) {
    slot = std::make_unique<Entry>();
    slot->help = help;
    slot->label_names = std::move(label_names);
  }
  return *slot;
}

Family<Counter>& MetricRegistry::counter(std::string_view name, std::string_view help,
                                         std::vector<std::string> label_names) {
  auto& e = entry(name, help, std::move(label_names));
  return made(e.counters, e.gauges || e.histograms || e.callback, name);
}
Family<Gauge>& MetricRegistry::gauge(std::string_view name, std::string_view help,
                                     std::vector<std::string> label_names) {
  auto& e = entry(name, help, std::move(label_names));
  return made(e.gauges, e.counters || e.histograms || e.callback, name);
}
Family<Histogram>& MetricRegistry::histogram(std::string_view name, std::string_view help,
                                             std::vector<std::string> label_names) {
  auto& e = entry(name, help, std::move(label_names));
  return made(e.histograms, e.counters || e.gauges || e.callback, name);
}
Counter& MetricRegistry::counter(std::string_view name, std::string_view help) {
  return counter(name, help, {}).with({});
}
Gauge& MetricRegistry::gauge(std::string_view name, std::string_view help) { return gauge(name, help, {}).with({}); }
void MetricRegistry::gauge_callback(std::string_view name, std::string_view help, std::function<double()> read) {
  entry(name, help, {}).callback = std::move(read);
}

std::string MetricRegistry::expose() const {
  std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, e] : entries_) {
    const auto* type = e->counters ? "counter" : e->histograms ? "histogram" : "gauge";
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, e->help, name, type);
    if (e->callback) out += fmt::format("{} {}\n", name, e->callback());
    if (e->counters) {
      e->counters->each([&](const Labels& labels, const Counter& metric) {
        out += fmt::format("{}{} {}\n", name, label_text(e->label_names, labels), metric.value());
      });
    }
    if (e->gauges) {
      e->gauges->each([&](const Labels& labels, const Gauge& metric) {
        out += fmt::format("{}{} {}\n", name, label_text(e->label_names, labels), metric.value());
      });
    }
    if (e->histograms) {
      e->histograms->each([&](const Labels& labels, const Histogram& metric) {
        std::uint64_t total = 0;
        for (std::size_t i = 0; i <= Histogram::kBuckets; ++i) {
          total += metric.count(i);
          const auto bound = i < Histogram::kBuckets ? fmt::format("le=\"{}\"", Histogram::bounds()[i]) : "le=\"+Inf\"";
          out += fmt::format("{}_bucket{} {}\n", name, label_text(e->label_names, labels, bound), total);
        }
        const auto shown = label_text(e->label_names, labels);
        out += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, shown, metric.sum_seconds(), name, shown, total);
      });
    }
  }
  return out;
}

}  // namespace troupe::base
