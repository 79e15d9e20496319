#pragma once

#include <cstdint>
#include <string_view>

#include "base/fail.h"
#include "weir/tensor.h"

namespace weir::ops {

/// `visit.operator()<T>()` with the C++ type of the elements of a graph's value.
template <typename Visit>
auto with_element_type(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::kFloat32:
      return visit.template operator()<float>();
    case DType::kInt32:
      return visit.template operator()<std::int32_t>();
    case DType::kInt64:
      return visit.template operator()<std::int64_t>();
    case DType::kBool:
      return visit.template operator()<bool>();
    case DType::kString:
      return visit.template operator()<std::string_view>();
    default:
      fail(ErrorCode::kInternal, "{} is no type of a graph", to_string(dtype));
  }
}

}  // namespace weir::ops
