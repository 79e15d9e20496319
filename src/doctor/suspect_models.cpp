#include <fmt/format.h>

#include <algorithm>

#include "doctor/suspects.h"
#include "doctor/words.h"

namespace weir::doctor {
namespace {

constexpr double kLeastRate = 0.04;
constexpr double kLeastMade = 3;

const ModelSite* site_at(const ModelCensus& census, const Place& place) {
  const auto found = std::ranges::find(census.sites, place, &ModelSite::place);
  return found == census.sites.end() ? nullptr : &*found;
}

/// The census nearest to the middle of the steps that saw a model.
const ModelCensus* middle(const Case& watched) {
  const double half = watched.timeline.last_step() / 2;
  const ModelCensus* best = nullptr;
  for (const ModelCensus& census : watched.record.models) {
    if (census.sites.empty()) continue;
    const double step = watched.timeline.step(census.moment);
    if (best == nullptr || step <= half) best = &census;
  }
  return best;
}

}  // namespace

std::vector<Finding> find_models(const Case& watched) {
  const ModelCensus* before = middle(watched);
  if (before == nullptr || watched.models_per_step < kLeastRate) return {};
  const ModelCensus& last = watched.record.models.back();
  const double steps = watched.timeline.step(last.moment) - watched.timeline.step(before->moment);
  std::vector<Finding> findings;
  for (const ModelSite& site : last.sites) {
    const ModelSite* old = site_at(*before, site.place);
    const double made = site.made - (old != nullptr ? old->made : 0);
    const double alive = site.alive - (old != nullptr ? old->alive : 0);
    if (made < kLeastMade || steps <= 0) continue;
    const bool kept = alive > made / 2;
    // Models that are let go cost what nothing else explains; without growth they cost nothing.
    if (!kept && !watched.unexplained()) continue;
    Finding finding;
    finding.cause = Cause::kModelRebuild;
    finding.place = site.place;
    finding.name = site.kind.empty() ? "model" : site.kind;
    const double weights = site.weight_bytes - (old != nullptr ? old->weight_bytes : 0);
    finding.low = kept ? weights / steps : 0;
    finding.bytes_per_step = std::max(finding.low, watched.to_explain);
    finding.high = finding.bytes_per_step;
    finding.sentence = fmt::format(
        "a model is made {:.2g} times a {} at {}, and {}", made / steps,
        to_string(watched.timeline.unit()), place_text(site.place),
        kept ? fmt::format("kept: {:.0f} are alive, with {} of weights", site.alive,
                           bytes_text(site.weight_bytes))
             : fmt::format("let go ({:.0f} alive), but TensorFlow keeps what it made for each",
                           site.alive));
    findings.push_back(std::move(finding));
  }
  // One cause: the line that makes the most.
  if (findings.size() > 1) findings.resize(1);
  return findings;
}

}  // namespace weir::doctor
