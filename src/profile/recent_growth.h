#pragma once

#include <vector>

#include "profile/thinned_series.h"
#include "weir/growth.h"

namespace weir::profile {

/// Whether memory grew in the last hour: a service that runs for weeks is asked for now, not for
/// its warm-up. Of a shorter run all of it. Fixed memory.
class RecentGrowth {
 public:
  /// Memory now; `seconds` since the run began.
  void add(double seconds, const GrowthSample& sample);

  Growth judge() const;

 private:
  struct Moment {
    double seconds = 0;
    GrowthSample sample;
  };
  ThinnedSeries<Moment> moments_{600};
};

}  // namespace weir::profile
