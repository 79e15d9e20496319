#include "profile/recent_growth.h"

namespace weir::profile {
namespace {

constexpr double kHour = 3600;

}  // namespace

void RecentGrowth::add(double seconds, const GrowthSample& sample) {
  moments_.drop_while([&](const Moment& moment) { return moment.seconds < seconds - kHour; });
  if (moments_.is_due()) moments_.add({seconds, sample});
}

Growth RecentGrowth::judge() const {
  std::vector<GrowthSample> samples;
  samples.reserve(moments_.samples().size());
  for (const Moment& moment : moments_.samples()) samples.push_back(moment.sample);
  return judge_growth(samples);
}

}  // namespace weir::profile
