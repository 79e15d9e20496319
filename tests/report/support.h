#pragma once

#include <functional>
#include <string>

#include "profile/record.h"

namespace weir::report {

/// A made-up record: a session of two steps of a plan, and `steps` steps a millisecond apart, each
/// with a census. `owners` says whose memory there is after a step.
profile::Record made_record(std::size_t steps,
                            const std::function<void(std::size_t, profile::OwnerBytes&)>& owners);

}  // namespace weir::report
