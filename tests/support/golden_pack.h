#pragma once

#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "weir/tensor.h"

namespace weir::testing {

/// A tensor of a golden case, in the type Keras was given or gave it.
struct GoldenTensor {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  SharedBytes data;

  TensorView view() const { return {data.bytes.data(), dtype, shape}; }
};

/// A model with inputs and what real Keras made of them; see tools/golden.
struct GoldenCase {
  std::string family;
  std::string name;
  SharedBytes model;
  std::vector<GoldenTensor> inputs;
  std::vector<GoldenTensor> outputs;
  double tolerance = 1e-5;  ///< Of |difference|, relative to the largest |expected|.
};

/// Where a case is: enough to name a test before anything is read.
struct GoldenName {
  std::string family;
  std::string name;
};

/// All cases of all packs in tests/golden.
std::vector<GoldenName> golden_names();

GoldenCase read_golden(const GoldenName& name);

}  // namespace weir::testing
