#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "doctor/suspects.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

// A number or a name a step is a record, not a leak: people keep losses and times.
constexpr double kArrayBytes = 200;
constexpr double kOtherBytes = 1024;
constexpr double kLeastBytes = 16 * 1024;
// Of the growth: what explains so much of it is no mere record, however small its entries are.
constexpr double kExplains = 0.3;
// How far a container may shrink, of its largest, and still be one that only grows.
constexpr double kShrink = 0.8;
// Of what a container gains: in the second half of the looks at it at least.
constexpr double kLateShare = 0.1;
// Of the steps until the last look: whatever was seen since is still there.
constexpr double kStillThere = 0.6;

// A queue that once grew: by so many bytes, over so many looks, for such a part of the run.
constexpr double kFarAhead = 32 << 20;
constexpr std::size_t kLooksOfARise = 6;
constexpr double kPartOfRun = 0.1;

using Looks = std::vector<const Holder*>;

std::vector<Looks> looks_by_key(const AgentRecord& record) {
  std::map<std::string, Looks> looks;
  for (const Holder& holder : record.holders) looks[holder.key].push_back(&holder);
  std::vector<Looks> all;
  all.reserve(looks.size());
  for (auto& [key, found] : looks) all.push_back(std::move(found));
  return all;
}

double bytes_each(const Looks& looks) {
  std::vector<double> all;
  for (const Holder* look : looks) all.push_back(look->bytes_each);
  std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2));
  return all[all.size() / 2];
}

std::vector<GrowthSample> amounts(const Case& watched, const Looks& looks) {
  std::vector<GrowthSample> series;
  for (const Holder* look : looks) {
    series.push_back({watched.timeline.step(look->moment), look->amount});
  }
  return series;
}

bool holds_arrays(const std::string& element) {
  constexpr std::array kArrays = {"ndarray", "Tensor", "Variable", "Array", "DataFrame", "Series"};
  return std::ranges::any_of(
      kArrays, [&](std::string_view name) { return element.find(name) != std::string::npos; });
}

/// Models and functions of TensorFlow: others tell more of those.
bool holds_models(const std::string& element) {
  return element == "Model" || element == "Function" || element == "ConcreteFunction";
}

/// The step of the last look but one: the very last is made when functions have ended.
double last_look(const Case& watched) {
  const auto& looks = watched.record.models;
  if (looks.empty()) return 0;
  return watched.timeline.step(looks[looks.size() < 2 ? 0 : looks.size() - 2].moment);
}

/// What a series gains behind this part of its steps.
double gained_after(double part, std::span<const GrowthSample> series) {
  const double first = series.front().step;
  const double steps = series.back().step - first;
  return series.back().bytes - sample_at(series, first + steps * part).bytes;
}

/// Whether it grew until it was last seen, and that was at one of the last looks. What only fills
/// up, ever more slowly, like a dict by user when most have come, does not.
bool keeps_growing(const Case& watched, std::span<const GrowthSample> series) {
  if (series.size() < 2) return false;
  double largest = 0;
  for (const GrowthSample& sample : series) {
    if (sample.bytes < kShrink * largest) return false;
    largest = std::max(largest, sample.bytes);
  }
  const bool lately = gained_after(0.7, series) > 0 &&
                      gained_after(0.5, series) >= kLateShare * gained_after(0, series);
  return lately && series.back().step >= last_look(watched) * kStillThere;
}

bool queue_like(const Holder& holder) {
  return holder.kind == "queue" || holder.container == "deque" || holder.name.ends_with(".queue") ||
         holder.name.ends_with("._buffer");
}

/// Whether a queue without a limit once grew for a part of the run, and by much: its producer
/// ran ahead, though it has ended since.
bool ran_ahead(const Case& watched, const Looks& looks, std::span<const GrowthSample> series) {
  const auto peak = std::ranges::max_element(series, {}, &GrowthSample::bytes);
  if (!queue_like(*looks.back()) || looks.back()->limit > 0) return false;
  const auto rise = std::span(series.begin(), peak + 1);
  if (rise.size() < kLooksOfARise) return false;
  const double grown = (peak->bytes - series.front().bytes) * bytes_each(looks);
  const bool ever = std::ranges::is_sorted(rise, {}, &GrowthSample::bytes);
  const double steps = peak->step - series.front().step;
  return ever && grown >= kFarAhead && steps >= kPartOfRun * watched.timeline.last_step();
}

/// Whether entries are taken out as well: then it runs ahead of whoever takes them. A name that is
/// given to one container after the other says nothing of that.
bool is_drained(const Looks& looks) {
  const Holder& first = *looks.front();
  if (first.kind == "buffer" || (first.container != "list" && !queue_like(first))) return false;
  return std::ranges::any_of(looks, [&](const Holder* look) {
    return look->identity == first.identity && look->front != first.front;
  });
}

double largest(std::span<const GrowthSample> series) {
  return std::ranges::max_element(series, {}, &GrowthSample::bytes)->bytes;
}

/// Of a series that rises to its largest, and may fall afterwards.
double rate_of_rise(std::span<const GrowthSample> series) {
  const auto peak = std::ranges::max_element(series, {}, &GrowthSample::bytes);
  const double steps = peak->step - series.front().step;
  return steps > 0 ? (peak->bytes - series.front().bytes) / steps : 0;
}

const Adder* adder_of(const AgentRecord& record, const std::string& key) {
  const Adder* best = nullptr;
  for (const Adder& adder : record.adders) {
    if (adder.key == key && (best == nullptr || (adder.seen && !best->seen))) best = &adder;
  }
  return best;
}

Cause cause_of(const Looks& looks, const Adder* adder) {
  const Holder& last = *looks.back();
  if (is_drained(looks)) return Cause::kUnboundedQueue;
  const bool by_callback = adder != nullptr && adder->through == "callback";
  return last.extension || by_callback ? Cause::kCallbackRetention : Cause::kRetainedOutputs;
}

std::string held(const Holder& holder, Cause cause) {
  if (cause == Cause::kCallbackRetention && !holder.owner.empty()) {
    return fmt::format("`{}` of {}", holder.name, holder.owner);
  }
  return fmt::format("`{}` ({})", holder.name, holder.where);
}

/// A holder that is to blame, for so many bytes a step together with others like it.
struct Accused {
  Looks looks;
  double rate;
  const Adder* adder;
  std::size_t others = 0;

  const Holder& last() const { return *looks.back(); }
};

std::string who_gets_what(const Accused& accused, Cause cause) {
  const Holder& last = accused.last();
  const bool is_buffer = last.kind == "buffer";
  const std::string name = held(last, cause);
  if (accused.others == 0) return name + (is_buffer ? " is made longer" : " gets more entries");
  return fmt::format("{} and {} like it {}", name, accused.others,
                     is_buffer ? "are made longer" : "get more entries");
}

Finding finding_of(const Case& watched, const Accused& accused) {
  const Holder& last = accused.last();
  Finding finding;
  finding.cause = cause_of(accused.looks, accused.adder);
  if (accused.adder != nullptr) finding.place = accused.adder->place;
  finding.name = last.name;
  finding.key = last.key;
  finding.bytes_per_step = finding.low = finding.high = accused.rate;
  const auto series = amounts(watched, accused.looks);
  if (const Growth growth = judge_growth(series); growth.grows()) {
    const double bytes = accused.rate / growth.bytes_per_step;
    finding.low = std::min(growth.low * bytes, accused.rate);
    finding.high = std::max(growth.high * bytes, accused.rate);
  }
  finding.sentence = fmt::format("{}: {} a {}", who_gets_what(accused, finding.cause),
                                 bytes_text(accused.rate), to_string(watched.timeline.unit()));
  if (last.kind != "buffer") finding.sentence += fmt::format(", of type {}", last.element);
  return finding;
}

/// The same array under several names, or passed on: the first name stands for all.
bool is_same_array(const Looks& a, const Looks& b) {
  return a.back()->kind == "buffer" && b.back()->kind == "buffer" &&
         a.back()->amount == b.back()->amount;
}

/// What is in the entries of a container counts as the container's.
bool is_inside(const Looks& inner, const Looks& outer) {
  return inner.back()->where == outer.back()->where &&
         inner.back()->name.starts_with(outer.back()->name + "[…]");
}

/// Whether a buffer that stands for all entries of a container gets larger because these become
/// more, and hardly so: that is the container's to answer for.
bool is_mere_number(const Holder& last, std::span<const GrowthSample> series) {
  if (last.kind != "buffer" || !last.name.ends_with("[…]")) return false;
  return gained_after(0.5, series) < kLateShare * series.back().bytes;
}

/// Bytes a step that it grows by, or 0 if it is not to blame.
double blamed_for(const Case& watched, const Looks& looks) {
  const Holder& last = *looks.back();
  if (holds_models(last.element)) return 0;
  const auto series = amounts(watched, looks);
  const bool ahead = ran_ahead(watched, looks, series);
  if (!ahead && !keeps_growing(watched, series)) return 0;
  if (is_mere_number(last, series)) return 0;
  const double each = bytes_each(looks);
  const double rate = (ahead ? rate_of_rise(series) : late_rate(series)) * each;
  const double grown = (largest(series) - series.front().bytes) * each;
  const double least = holds_arrays(last.element) ? kArrayBytes : kOtherBytes;
  const double per_entry = last.kind == "buffer" ? rate : each;
  const bool explains = watched.growth > 0 && rate >= kExplains * watched.growth;
  return grown >= kLeastBytes && (per_entry >= least || explains) ? rate : 0;
}

/// `sessions['anna'].turns` as `sessions[].turns`.
std::string without_keys(const std::string& name) {
  std::string all;
  int depth = 0;
  for (const char c : name) {
    if (c == ']') --depth;
    if (depth == 0) all += c;
    if (c == '[') ++depth;
  }
  return all;
}

/// Whether two grow for one reason: the same line adds to both, or they are alike below different
/// keys and of one of them the line was not seen.
bool are_alike(const Accused& a, const Accused& b) {
  if (cause_of(a.looks, a.adder) != cause_of(b.looks, b.adder)) return false;
  const auto is_seen = [](const Accused& one) { return one.adder != nullptr && one.adder->seen; };
  const bool have_lines = a.adder != nullptr && b.adder != nullptr;
  if (have_lines && a.adder->place == b.adder->place) return true;
  if (is_seen(a) && is_seen(b)) return false;
  return a.last().where == b.last().where &&
         without_keys(a.last().name) == without_keys(b.last().name);
}

/// Each with those that are like it, by the one whose line was seen.
std::vector<Accused> joined(std::vector<Accused> all) {
  std::ranges::stable_sort(all, std::greater<>(), [](const Accused& one) {
    return std::pair(one.adder != nullptr && one.adder->seen, one.rate);
  });
  std::vector<Accused> result;
  for (Accused& one : all) {
    const auto known =
        std::ranges::find_if(result, [&](const Accused& other) { return are_alike(one, other); });
    if (known == result.end()) {
      result.push_back(std::move(one));
    } else {
      known->rate += one.rate;
      ++known->others;
    }
  }
  return result;
}

std::vector<Finding> blamed_holders(const Case& watched, bool (*is_asked)(const Holder&)) {
  std::vector<Accused> all;
  for (Looks& looks : looks_by_key(watched.record)) {
    const double rate = is_asked(*looks.back()) ? blamed_for(watched, looks) : 0;
    const auto known = [&](const Accused& other) {
      return is_same_array(looks, other.looks) || is_inside(looks, other.looks);
    };
    if (rate <= 0 || std::ranges::any_of(all, known)) continue;
    const Adder* adder = adder_of(watched.record, looks.back()->key);
    all.push_back({std::move(looks), rate, adder});
  }
  std::vector<Finding> findings;
  for (const Accused& accused : joined(std::move(all))) {
    findings.push_back(finding_of(watched, accused));
  }
  return findings;
}

/// The container of the program that gets the most entries with objects of a library in C;
/// nothing where none only grows.
std::optional<Looks> growing_with_natives(const Case& watched) {
  std::optional<Looks> best;
  double most = 0;
  for (Looks& looks : looks_by_key(watched.record)) {
    const Holder& last = *looks.back();
    const auto series = amounts(watched, looks);
    if (!last.program || last.native.empty() || !keeps_growing(watched, series)) continue;
    const double rate = late_rate(series);
    if (rate <= most) continue;
    most = rate;
    best = std::move(looks);
  }
  return best;
}

}  // namespace

std::optional<Finding> holder_of_native(const Case& watched, double bytes_per_step) {
  const std::optional<Looks> looks = growing_with_natives(watched);
  if (!looks) return std::nullopt;
  const double each = bytes_per_step / late_rate(amounts(watched, *looks));
  if (each < kOtherBytes) return std::nullopt;
  const Holder& last = *looks->back();
  const double rate = bytes_per_step + blamed_for(watched, *looks);
  Finding finding = finding_of(watched, {*looks, rate, adder_of(watched.record, last.key)});
  finding.sentence += ", with memory of C or C++ code behind each";
  if (last.native != last.element) finding.sentence += " " + last.native;
  return finding;
}

std::vector<Finding> find_holders(const Case& watched) {
  return blamed_holders(watched, [](const Holder& holder) { return holder.program; });
}

std::vector<Finding> find_library_holders(const Case& watched) {
  // What the frameworks keep is there because of models and traces, of which others tell more.
  return blamed_holders(watched, [](const Holder& holder) {
    constexpr std::array kFrameworks = {"module keras", "module tf_keras", "module tensorflow",
                                        "module torch", "module jax"};
    return !holder.program && std::ranges::none_of(kFrameworks, [&](const char* name) {
      return holder.where.starts_with(name);
    });
  });
}

}  // namespace weir::doctor
