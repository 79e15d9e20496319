#include "layers/as_declared.h"

#include "ops/cast.h"

namespace weir::layers {

ValueId as_declared(LayerCall& call, ValueId value) {
  return call.in_declared_type(value, ops::make_cast(DType::kInt32));
}

}  // namespace weir::layers
