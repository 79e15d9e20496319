#include "profile/prometheus.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weir::profile {
namespace {

std::string_view unit_suffix(std::string_view unit) {
  if (unit == "By") return "_bytes";
  if (unit == "s") return "_seconds";
  if (unit == "By/{step}") return "_bytes_per_step";
  return "";
}

std::string prometheus_name(const Metric& metric) {
  std::string name(metric.name);
  std::ranges::replace(name, '.', '_');
  name += unit_suffix(metric.unit);
  if (metric.kind == MetricKind::kCounter) name += "_total";
  return name;
}

/// Metrics as lines, with help and type before the first of each name.
class PrometheusText {
 public:
  void add(const Metric& metric) {
    const std::string name = prometheus_name(metric);
    if (name != last_name_) {
      fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name,
                     metric.description, to_string(metric.kind));
      last_name_ = name;
    }
    if (metric.buckets.has_value()) {
      add_histogram(name, metric);
    } else if (metric.attribute.empty()) {
      add_line(name, "", metric.value);
    } else {
      add_line(name, fmt::format("{{{}=\"{}\"}}", metric.attribute, metric.attribute_value),
               metric.value);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void add_line(std::string_view name, std::string_view labels, double value) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name, labels, value);
  }

  void add_histogram(const std::string& name, const Metric& metric) {
    const MetricBuckets& buckets = *metric.buckets;
    std::uint64_t values = 0;
    for (std::size_t i = 0; i < buckets.counts.size(); ++i) {
      values += buckets.counts[i];
      const std::string bound =
          i < buckets.bounds.size() ? fmt::format("{}", buckets.bounds[i]) : "+Inf";
      add_line(name + "_bucket", fmt::format("{{le=\"{}\"}}", bound), static_cast<double>(values));
    }
    add_line(name + "_sum", "", metric.value);
    add_line(name + "_count", "", static_cast<double>(values));
  }

  std::string text_;
  std::string last_name_;
};

}  // namespace

std::string prometheus_text(const Counters& counters) {
  PrometheusText text;
  each_metric(counters, [&](const Metric& metric) { text.add(metric); });
  return text.take();
}

}  // namespace weir::profile
