#pragma once

#include <vector>

#include "layers/layer.h"
#include "ops/gather.h"

/// Steps that many layers share: axes, reshapes, transposes.
namespace weir::layers {

/// An axis as Keras numbers it, from the end where it is negative. Throws kInvalidArgument for one
/// that a tensor of `rank` axes does not have.
std::size_t to_axis(std::int64_t axis, std::size_t rank);
/// All of the config's `key` (one number or a list).
std::vector<std::size_t> to_axes(const Config& config, std::string_view key, std::size_t rank);

std::vector<std::size_t> all_axes(std::size_t rank);
/// The axes that the config names, or all of them where it names none.
std::vector<std::size_t> axes_or_all(const Config& config, std::string_view key, std::size_t rank);

/// `value` under the shape `target`, in which one size may be -1: what is left.
ValueId add_reshape(LayerCall& call, ValueId value, const Shape& target);
/// Axis i of the result is axis permutation[i] of `value`. Costs nothing where only axes of size 1
/// change places.
ValueId add_transpose(LayerCall& call, ValueId value, std::vector<std::size_t> permutation);

/// The tensor with axes of size 1, those before its first included, repeated until it has the shape
/// `target`, in which -1 leaves an axis as it is.
ValueId add_broadcast(LayerCall& call, ValueId value, const Shape& target);

/// Some positions of one axis.
ValueId add_part(LayerCall& call, ValueId value, const ops::AxisSlice& slice);
/// Of vectors (batch, positions, width) those at int32 places (batch, count).
ValueId add_vectors_at(LayerCall& call, ValueId vectors, ValueId places);
/// The axis from its end to its beginning.
ValueId add_flip(LayerCall& call, ValueId value, std::size_t axis);

/// The tensors that the layer is called on, at least one, cast to the type that can hold them all.
std::vector<ValueId> inputs_of_one_type(LayerCall& call);

}  // namespace weir::layers
