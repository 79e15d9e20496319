#include "layers/as_float.h"

#include "ops/cast.h"

namespace weir::layers {

DType executable_type(DType declared) {
  switch (declared) {
    case DType::kFloat16:
    case DType::kBFloat16:
    case DType::kFloat32:
    case DType::kFloat64:
      return DType::kFloat32;
    case DType::kBool:
    case DType::kString:
      return declared;
    default:
      return DType::kInt32;
  }
}

ValueId as_float(LayerCall& call, ValueId value) {
  if (call.type(value).dtype == DType::kFloat32) return value;
  return call.add(ops::make_cast(DType::kFloat32), {value});
}

ValueId as_number(LayerCall& call, ValueId value) {
  if (call.type(value).dtype != DType::kBool) return value;
  return call.add(ops::make_cast(DType::kInt32), {value});
}

}  // namespace weir::layers
