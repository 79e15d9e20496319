#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// One sample of a series: a step, and the bytes in use after it.
struct GrowthSample {
  double step = 0.0;
  double bytes = 0.0;
};

struct GrowthOptions {
  double confidence = 0.99;  ///< Of the interval that is reported.
  /// Less growth than this over the series is nothing: a kernel counts whole pages, and a stack or
  /// a library touches a few new ones now and then.
  double noise_bytes = 8 * 4096.0;
  /// Where the growth would end, for `Growth::steps_to_limit`.
  std::optional<double> limit_bytes = std::nullopt;
};

enum class GrowthKind : std::uint8_t {
  kUnknown,    ///< Too few samples to tell.
  kLevel,      ///< No growth beyond noise; also after a warm-up, a jump, or in a sawtooth.
  kGrowth,     ///< Grows steadily.
  kStaircase,  ///< Grows in jumps, again and again.
};

/// "unknown", "level", "growth" or "staircase".
std::string_view to_string(GrowthKind kind);

/// A step at which the level changed at once.
struct ChangePoint {
  double step = 0.0;
  double bytes = 0.0;  ///< By how much; negative for a fall.
};

/// What a series of memory samples says.
struct Growth {
  GrowthKind kind = GrowthKind::kUnknown;
  double first_step = 0.0;  ///< Of the part that was judged, behind the warm-up.
  double last_step = 0.0;
  double bytes_per_step = 0.0;
  double low = 0.0;  ///< Confidence interval of `bytes_per_step`.
  double high = 0.0;
  double confidence = 0.0;
  std::vector<ChangePoint> changes;  ///< In the order of steps; of the whole series.
  /// Steps from the last sample until the limit is reached at this rate. Only for series that grow
  /// and have a limit.
  std::optional<double> steps_to_limit;

  bool grows() const { return kind == GrowthKind::kGrowth || kind == GrowthKind::kStaircase; }
};

/// Judges whether memory grows with the steps, by statistics that a few wild samples do not move.
/// The series is cut into at most 120 blocks, each as its median. A block's slope is Theil and
/// Sen's (the median of the slopes of all pairs), its interval Sen's (1968), from the variance of
/// Kendall's statistic with ties, widened where neighbours resemble each other. Growth must show in
/// the second half and again in the last quarter, so a warm-up or a single jump is none; of a
/// series that falls again and again, as with a garbage collector, the floors are judged. Samples
/// are in the order of steps. Thread-safe; takes a millisecond for 10,000 samples.
Growth judge_growth(std::span<const GrowthSample> samples, const GrowthOptions& options = {});

/// The finding in a sentence, with its bound: "level: less than 3 B a step with 99 % confidence".
std::string to_text(const Growth& growth);

}  // namespace weir
