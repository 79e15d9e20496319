#include "layers/as_float.h"

#include "ops/cast.h"

namespace weir::layers {

ValueId as_float(LayerCall& call, ValueId value) {
  if (call.type(value).dtype == DType::kFloat32) return value;
  return call.add(ops::make_cast(DType::kFloat32), {value});
}

}  // namespace weir::layers
