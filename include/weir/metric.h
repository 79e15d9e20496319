#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace weir {

enum class MetricKind : std::uint8_t {
  kCounter,    ///< Only rises.
  kGauge,      ///< As it is now.
  kHistogram,  ///< How often values came to lie in each bucket.
};

/// "counter", "gauge" or "histogram".
std::string_view to_string(MetricKind kind);

/// A histogram's buckets: `counts[i]` values up to `bounds[i]` and above the bound before; the last
/// count, of which there is one more, is of all above.
struct MetricBuckets {
  std::span<const double> bounds;
  std::span<const std::uint64_t> counts;
};

/// One measurement, named and in units (UCUM) as OpenTelemetry's conventions for metrics want it,
/// so that it can be handed to any exporter: "weir.memory.resident", in "By". Valid during the
/// callback that is given it.
struct Metric {
  std::string_view name;
  MetricKind kind = MetricKind::kGauge;
  std::string_view unit;
  std::string_view description;
  /// The one attribute that tells it from others of its name: "owner", and its value. Or empty.
  std::string_view attribute;
  std::string_view attribute_value;
  double value = 0;  ///< Of a histogram the sum of all values.
  std::optional<MetricBuckets> buckets;
};

using MetricCallback = std::function<void(const Metric&)>;

}  // namespace weir
