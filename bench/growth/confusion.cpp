#include <fmt/format.h>

#include <cstdlib>

#include "support/memory_series.h"

// The confusion matrix of `judge_growth`, as a table for docs/profiling.md.
//   growth_bench [SERIES [SAMPLES]]     of each kind; 1000 of 10000 samples, two steps apart
int main(int count, char** arguments) {
  const std::size_t series = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 1000;
  const std::size_t samples = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 10'000;
  constexpr double kDistance = 2;
  fmt::print("| series | truth | said level | said growth | right |\n|---|---|--:|--:|--:|\n");
  for (const weir::test::SeriesKind& kind : weir::test::series_kinds()) {
    std::size_t grows = 0;
    for (std::size_t seed = 1; seed <= series; ++seed) {
      if (weir::judge_growth(kind.make(samples, kDistance, seed)).grows()) ++grows;
    }
    const std::size_t right = kind.grows ? grows : series - grows;
    fmt::print("| {} | {} | {} | {} | {:.2f} % |\n", kind.name, kind.grows ? "grows" : "level",
               series - grows, grows,
               100.0 * static_cast<double>(right) / static_cast<double>(series));
  }
}
