#pragma once

#include <string>

#include "profile/counters.h"

namespace weir::profile {

/// In Prometheus's text format (version 0.0.4). Names are made of the metrics' own as
/// OpenTelemetry's compatibility rules say: underscores, then the unit, then "total" of counters.
std::string prometheus_text(const Counters& counters);

}  // namespace weir::profile
