#include "base/metrics.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>
#include <variant>

namespace troupe::base {

struct MetricRegistry::Entry {
  template <class Metric>
  Entry(std::string_view about, std::vector<std::string> names, std::in_place_type_t<Metric> type)
      : help(about), label_names(std::move(names)), metric(type) {}

  std::string help;
  std::vector<std::string> label_names;
  std::variant<Family<Counter>, Family<Gauge>, Family<Histogram>, std::function<double()>> metric;
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

/// Writes the lines of one metric, by its type.
struct Exposition {
  std::string_view name;
  const std::vector<std::string>& label_names;
  std::string& out;

  void operator()(const Family<Counter>& counters) const { values(counters); }
  void operator()(const Family<Gauge>& gauges) const { values(gauges); }
  void operator()(const std::function<double()>& read) const {
    if (read) out += fmt::format("{} {}\n", name, read());
  }
  void operator()(const Family<Histogram>& histograms) const {
    histograms.each([this](const Labels& labels, const Histogram& metric) {
      std::uint64_t total = 0;
      for (std::size_t i = 0; i <= Histogram::kBuckets; ++i) {
        total += metric.count(i);
        const auto bound = i < Histogram::kBuckets ? fmt::format("le=\"{}\"", Histogram::bounds()[i]) : "le=\"+Inf\"";
        out += fmt::format("{}_bucket{} {}\n", name, label_text(label_names, labels, bound), total);
      }
      const auto shown = label_text(label_names, labels);
      out += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, shown, metric.sum_seconds(), name, shown, total);
    });
  }
  template <class Metric>
  void values(const Family<Metric>& family) const {
    family.each([this](const Labels& labels, const Metric& metric) {
      out += fmt::format("{}{} {}\n", name, label_text(label_names, labels), metric.value());
    });
  }
};

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

template <class Metric>
Metric& MetricRegistry::made(std::string_view name, std::string_view help, std::vector<std::string> label_names) {
  auto& slot = entries_[std::string(name)];
  if (!slot) slot = std::make_unique<Entry>(help, std::move(label_names), std::in_place_type<Metric>);
  auto* metric = std::get_if<Metric>(&slot->metric);
  if (!metric) throw std::logic_error("metric registered with two types: " + std::string(name));
  return *metric;
}

Family<Counter>& MetricRegistry::counter(std::string_view name, std::string_view help,
                                         std::vector<std::string> label_names) {
  const Lock lock(mutex_);
  return made<Family<Counter>>(name, help, std::move(label_names));
}
Family<Gauge>& MetricRegistry::gauge(std::string_view name, std::string_view help,
                                     std::vector<std::string> label_names) {
  const Lock lock(mutex_);
  return made<Family<Gauge>>(name, help, std::move(label_names));
}
Family<Histogram>& MetricRegistry::histogram(std::string_view name, std::string_view help,
                                             std::vector<std::string> label_names) {
  const Lock lock(mutex_);
  return made<Family<Histogram>>(name, help, std::move(label_names));
}
Counter& MetricRegistry::counter(std::string_view name, std::string_view help) {
  return counter(name, help, {}).with({});
}
Gauge& MetricRegistry::gauge(std::string_view name, std::string_view help) { return gauge(name, help, {}).with({}); }
void MetricRegistry::gauge_callback(std::string_view name, std::string_view help, std::function<double()> read) {
  const Lock lock(mutex_);
  made<std::function<double()>>(name, help, {}) = std::move(read);
}

std::string MetricRegistry::expose() const {
  const Lock lock(mutex_);
  std::string out;
  for (const auto& [name, entry] : entries_) {
    const auto* type = std::holds_alternative<Family<Counter>>(entry->metric)     ? "counter"
                       : std::holds_alternative<Family<Histogram>>(entry->metric) ? "histogram"
                                                                                  : "gauge";
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, entry->help, name, type);
    std::visit(Exposition{name, entry->label_names, out}, entry->metric);
  }
  return out;
}

}  // namespace troupe::base
