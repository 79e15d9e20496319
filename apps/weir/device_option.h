#pragma once

#include <string_view>

#include "weir/device.h"

namespace weir::app {

/// "threads=2,cores=0-1,memory=256MiB,policy=reserve", any of them, in any order; cores are numbers
/// and ranges, joined by '+' ("0-3+8"). Empty text leaves everything open. Throws kInvalidArgument.
DeviceOptions parse_device(std::string_view text);

}  // namespace weir::app
