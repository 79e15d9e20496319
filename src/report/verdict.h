#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profile/record.h"
#include "weir/growth.h"

namespace weir::report {

/// Predictions that someone has kept, over the steps.
struct Retention {
  std::string holder;
  std::uint64_t outputs = 0;
  std::uint64_t bytes = 0;
  Growth growth;
  std::vector<GrowthSample> series;
};

/// What a record says about memory.
struct Verdict {
  Growth growth;  ///< Of resident memory.
  /// Who holds most of the growth: a callback's name, or an owner's. Only where it grows.
  std::optional<std::string> holder;
  double holder_share = 0;  ///< Of the growth: 0 to 1.
  std::optional<double> seconds_to_limit;
  std::string sentence;
};

/// By holder, those with the most bytes first.
std::vector<Retention> retentions_of(const profile::Record& record);

/// What an owner had at each census.
std::vector<GrowthSample> owner_series(const profile::Record& record, profile::Owner owner);

Verdict judge(const profile::Record& record);

}  // namespace weir::report
