#include "layers/as_float.h"

#include "ops/cast.h"

namespace weir::layers {

ValueId as_float(LayerCall& call, ValueId value) {
  if (call.type(value).dtype == DType::kFloat32) return value;
  return call.add(ops::make_cast(DType::kFloat32), {value});
}

ValueId as_number(LayerCall& call, ValueId value) {
  if (call.type(value).dtype != DType::kBool) return value;
  return call.add(ops::make_cast(DType::kInt32), {value});
}

}  // namespace weir::layers
