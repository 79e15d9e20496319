#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "weir/tensor.h"

namespace weir::graph {

/// A weight of the model as it stands in its file. Cheap to copy: shares the file's bytes.
struct Constant {
  std::string id;  ///< Unique in the model: "functional/conv2d/0". Names packed copies of it.
  DType dtype = DType::kFloat32;
  Shape shape;
  SharedBytes data;  ///< Empty in a model without weights, which can be planned but not run.

  /// The elements as float32, converted from whatever float or integer type the file has. Zeros for
  /// a constant without data.
  std::vector<float> to_floats() const;
  /// The same of `count` elements from `first` on.
  std::vector<float> to_floats(std::size_t first, std::size_t count) const;
};

/// y = x * scale[c] + shift[c], c being the index along one axis: batch normalisation, Rescaling,
/// Normalization. The values are computed only when a kernel is prepared, so a graph without
/// weights can still be rewritten.
struct ChannelAffine {
  struct Values {
    std::vector<float> scale;
    std::vector<float> shift;
  };
  std::string id;  ///< Names the values as Constant::id names a weight.
  std::int64_t channels = 0;
  std::function<Values()> values;
};

/// x -> second(first(x)).
ChannelAffine compose(const ChannelAffine& first, const ChannelAffine& second);

}  // namespace weir::graph
