#include "profile.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <limits>
#include <memory>

#include "weir/weir.h"

namespace weir::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

/// Memory that has its name for as long as this lives.
struct NamedOutputs {
  std::shared_ptr<const void> name;
};

nb::dict to_dict(const Growth& growth) {
  nb::dict dict;
  dict["kind"] = std::string(to_string(growth.kind));
  dict["bytes_per_step"] = growth.bytes_per_step;
  dict["low"] = growth.low;
  dict["high"] = growth.high;
  dict["confidence"] = growth.confidence;
  dict["steps_to_limit"] = nb::none();
  if (growth.steps_to_limit) dict["steps_to_limit"] = *growth.steps_to_limit;
  dict["text"] = to_text(growth);
  return dict;
}

nb::dict judge(const std::vector<std::pair<double, double>>& samples, double confidence,
               std::optional<double> limit) {
  std::vector<GrowthSample> series;
  series.reserve(samples.size());
  for (const auto& [step, bytes] : samples) series.push_back({step, bytes});
  return to_dict(judge_growth(series, {.confidence = confidence, .limit_bytes = limit}));
}

/// Calls back with a metric's fields by name.
void each_metric(const Profile& profile, const nb::callable& callback) {
  profile.each_metric([&](const Metric& metric) {
    nb::dict attributes;
    if (!metric.attribute.empty()) attributes[nb::cast(metric.attribute)] = metric.attribute_value;
    nb::object buckets = nb::none();
    if (metric.buckets.has_value()) {
      nb::list pairs;
      for (std::size_t i = 0; i < metric.buckets->counts.size(); ++i) {
        const double bound = i < metric.buckets->bounds.size()
                                 ? metric.buckets->bounds[i]
                                 : std::numeric_limits<double>::infinity();
        pairs.append(nb::make_tuple(bound, metric.buckets->counts[i]));
      }
      buckets = pairs;
    }
    callback("name"_a = metric.name, "kind"_a = to_string(metric.kind), "unit"_a = metric.unit,
             "description"_a = metric.description, "attributes"_a = attributes,
             "value"_a = metric.value, "buckets"_a = buckets);
  });
}

}  // namespace

void bind_profile(nb::module_& module) {
  nb::class_<NamedOutputs>(module, "NamedOutputs");
  nb::class_<Profile>(module, "Profile")
      .def(nb::init<const std::filesystem::path&>(), "path"_a)
      .def("finish", &Profile::finish, nb::call_guard<nb::gil_scoped_release>())
      .def("retained", &Profile::retained, "holder"_a, "outputs"_a, "bytes"_a)
      .def(
          "name_outputs",
          [](const Profile& profile,
             const nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>& array) {
            const auto* bytes = static_cast<const std::byte*>(array.data());
            return NamedOutputs{profile.name_outputs({bytes, array.nbytes()})};
          },
          "array"_a)
      .def("queue_depth", &Profile::queue_depth, "batches"_a)
      .def("sample", &Profile::sample, nb::call_guard<nb::gil_scoped_release>())
      .def("growth", [](const Profile& profile) { return to_dict(profile.growth()); })
      .def("metrics", &Profile::metrics)
      .def("each_metric", &each_metric, "callback"_a)
      .def("listen", &Profile::listen, "socket"_a)
      .def("serve_metrics", &Profile::serve_metrics, "port"_a);
  module.def(
      "report_of",
      [](const std::filesystem::path& record, const std::string& format,
         const std::optional<std::filesystem::path>& other) {
        return report_of(record, format, other);
      },
      "record"_a, "format"_a, "other"_a = nb::none(), nb::call_guard<nb::gil_scoped_release>());
  module.def("judge_growth", &judge, "samples"_a, "confidence"_a = 0.99, "limit"_a = nb::none());
  module.def("resident_bytes", &resident_bytes);
  module.def("heap_bytes", &heap_bytes);
}

}  // namespace weir::python
