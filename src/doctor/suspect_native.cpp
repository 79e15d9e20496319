#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "doctor/suspects.h"
#include "doctor/trace_growth.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

constexpr double kBytesOfAnObject = 16 * 1024.0;  // With more to each, it is not they.
constexpr double kPythonBlocks = 4;  // A step: more, and what grows are objects of Python.
// Of the growth, for what the tracer saw to be its cause.
constexpr double kEnough = 0.3;
constexpr std::size_t kShownFrames = 8;

/// What allocated memory, by who asked for it.
enum class Owner { kPython, kFramework, kNative };

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool passes_on(std::string_view module) {
  const std::string_view name = file_name(module);
  return name.starts_with("libc.so") || name.starts_with("libstdc++") ||
         name.starts_with("libweir_tracer");
}

/// The interpreter's objects and NumPy's arrays are memory of Python; tensors mostly are.
Owner owner_of(const TraceSite& site) {
  const auto first = std::ranges::find_if_not(site.stack, passes_on, &NativeFrame::module);
  if (first == site.stack.end()) return Owner::kNative;
  const std::string_view name = file_name(first->module);
  if (name.starts_with("python") || name.starts_with("libpython") ||
      name.starts_with("_multiarray_umath")) {
    return Owner::kPython;
  }
  constexpr std::array kFrameworks = {"tensorflow", "jaxlib", "torch", "/_upb/", "optree"};
  const bool is_framework = std::ranges::any_of(kFrameworks, [&](std::string_view part) {
    return first->module.find(part) != std::string::npos;
  });
  return is_framework ? Owner::kFramework : Owner::kNative;
}

/// Whether a file is the program's own, as far as its name tells.
bool is_of_program(const std::string& file) {
  constexpr std::array kInstalled = {"/site-packages/", "/dist-packages/", "/lib/python3",
                                     "/doctor_agent/"};
  return !file.starts_with('<') && std::ranges::none_of(kInstalled, [&](std::string_view part) {
    return file.find(part) != std::string::npos;
  });
}

Place place_of(const TraceSite& site) {
  for (const PythonLine& line : site.python) {
    if (is_of_program(line.file)) return {line.file, line.line, line.function};
  }
  return {};
}

/// Seconds begin with the program, and are traced from its first quiet one on.
double steps_watched(const Case& watched) {
  const Timeline& timeline = watched.timeline;
  const double first = timeline.step(watched.record.samples.front().moment);
  return timeline.last_step() - (timeline.unit() == Unit::kSecond ? first : 0);
}

/// What the tracer saw grow of some owners.
struct Traced {
  double bytes_per_step = 0;        ///< In the diagnosis's steps.
  const TraceSite* site = nullptr;  ///< The fastest.
};

Traced traced_growth(const Case& watched, std::initializer_list<Owner> owners) {
  Traced sum;
  if (watched.trace == nullptr || watched.timeline.samples().size() < 2) return sum;
  const double scale = last_traced_step(*watched.trace) / steps_watched(watched);
  for (const GrowingSite& growing : growing_sites(*watched.trace)) {
    const Owner owner = owner_of(*growing.site);
    if (std::ranges::find(owners, owner) == owners.end()) continue;
    if (sum.site == nullptr) sum.site = growing.site;
    sum.bytes_per_step += growing.bytes_per_step * scale;
  }
  return sum;
}

/// The part of what was allocated there that is alive.
double survival(const TraceSite& site) {
  const double made = std::max<double>(static_cast<double>(site.allocated_bytes), 1);
  return std::min(1.0, static_cast<double>(site.live_bytes) / made);
}

std::string survival_text(const TraceSite& site) {
  return fmt::format("of {} allocated there, {:.0f} % are alive",
                     bytes_text(static_cast<double>(site.allocated_bytes)), 100 * survival(site));
}

void show_frames(Finding& finding, const TraceSite& site) {
  const std::size_t shown = std::min(site.stack.size(), kShownFrames);
  finding.native_frames.assign(site.stack.begin(),
                               site.stack.begin() + static_cast<std::ptrdiff_t>(shown));
}

void show_site(Finding& finding, const TraceSite& site) {
  if (const Place place = place_of(site); place.known()) finding.place = place;
  show_frames(finding, site);
}

std::string per_step(const Case& watched, double bytes) {
  return fmt::format("{} a {}", bytes_text(bytes), to_string(watched.timeline.unit()));
}

Finding retained_objects(const Case& watched, double blocks) {
  Finding finding = of_growth(watched, Cause::kRetainedOutputs);
  finding.name = "objects without a name";
  finding.sentence = fmt::format(
      "{:.1f} more objects of Python live after each {}, which no name of the program leads to",
      blocks, to_string(watched.timeline.unit()));
  return finding;
}

Finding retained_arrays(const Case& watched, const Traced& python) {
  Finding finding = of_growth(watched, Cause::kRetainedOutputs);
  finding.bytes_per_step = std::min(finding.bytes_per_step, python.bytes_per_step);
  finding.name = "objects without a name";
  finding.sentence =
      fmt::format("{} of Python's memory stay alive, which no name of the program leads to; {}",
                  per_step(watched, finding.bytes_per_step), survival_text(*python.site));
  return finding;
}

/// Of what is to be explained.
double explained_by(const Case& watched, const Traced& traced) {
  return traced.site == nullptr ? watched.to_explain
                                : std::min(watched.to_explain, traced.bytes_per_step);
}

/// Memory that goes with objects of a library which the program keeps.
std::optional<Finding> retained_natives(const Case& watched, const Traced& traced) {
  std::optional<Finding> finding = holder_of_native(watched, explained_by(watched, traced));
  if (!finding || traced.site == nullptr) return finding;
  finding->sentence += "; " + survival_text(*traced.site);
  if (!finding->place.known()) finding->place = place_of(*traced.site);
  show_frames(*finding, *traced.site);
  return finding;
}

Finding native_leak(const Case& watched, const Traced& native) {
  Finding finding = of_growth(watched, Cause::kNativeLeak);
  finding.bytes_per_step = explained_by(watched, native);
  finding.sentence = fmt::format("{} that no object of Python holds: memory of C or C++ code",
                                 per_step(watched, finding.bytes_per_step));
  if (native.site != nullptr) finding.sentence += "; " + survival_text(*native.site);
  return finding;
}

}  // namespace

std::vector<Finding> find_native(const Case& watched) {
  const double blocks =
      late_rate(watched.timeline.series([](const MemorySample& s) { return s.blocks; }));
  const bool small_objects =
      blocks > kPythonBlocks && watched.to_explain / blocks < kBytesOfAnObject;
  const Traced native = traced_growth(watched, {Owner::kNative, Owner::kFramework});
  const Traced python = traced_growth(watched, {Owner::kPython});
  const double enough = kEnough * watched.to_explain;
  const bool is_native = native.bytes_per_step >= std::max(enough, python.bytes_per_step);
  const bool is_python = !is_native && python.bytes_per_step >= enough;
  const bool is_seen = is_native || is_python;
  const bool is_guess = !is_seen && !small_objects;
  // A trace in which nothing grows is evidence against a leak.
  if (is_guess && watched.trace != nullptr && live_is_level(*watched.trace)) return {};
  // Also before Python's memory: an object of a library may keep arrays that no name leads to.
  const Traced seen = is_native ? native : is_python ? python : Traced();
  if (auto retained = retained_natives(watched, seen)) return {*retained};
  // So are books of the allocator by which nothing does, against small objects.
  if (!is_seen && small_objects && live_is_flat(watched)) return {};
  Finding finding = is_native       ? native_leak(watched, native)
                    : is_python     ? retained_arrays(watched, python)
                    : small_objects ? retained_objects(watched, blocks)
                                    : native_leak(watched, {});
  const auto [place, cost] = costliest_line(watched.record);
  if (cost > watched.to_explain / 4) finding.place = place;
  if (is_native) show_site(finding, *native.site);
  if (is_python) show_site(finding, *python.site);
  if (finding.name.empty()) finding.name = finding.place.function;
  return {finding};
}

std::optional<double> traced_in_frameworks(const Case& watched) {
  if (watched.trace == nullptr) return std::nullopt;
  return traced_growth(watched, {Owner::kFramework}).bytes_per_step;
}

std::vector<Finding> find_native_share(const Case& watched) {
  const Traced native = traced_growth(watched, {Owner::kNative});
  if (native.bytes_per_step < kEnough * watched.to_explain) return {};
  if (auto retained = retained_natives(watched, native)) return {*retained};
  // What comes and goes, by no line of the program, may be of what others explain.
  constexpr double kStays = 0.2;
  if (survival(*native.site) < kStays && !place_of(*native.site).known()) return {};
  Finding finding = native_leak(watched, native);
  show_site(finding, *native.site);
  finding.name = finding.place.function;
  return {finding};
}

}  // namespace weir::doctor
