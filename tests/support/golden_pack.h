#pragma once

#include <gtest/gtest.h>

#include <iosfwd>
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

void PrintTo(const GoldenName& name, std::ostream* out);

/// The case as a test may be called.
std::string golden_test_name(const ::testing::TestParamInfo<GoldenName>& info);

/// All cases of all packs in tests/golden, but for the architectures of keras.applications, which
/// have no weights.
std::vector<GoldenName> golden_names();

GoldenCase read_golden(const GoldenName& name);

/// The architectures of keras.applications: "ResNet50.json", …
std::vector<std::string> application_names();

/// The bytes of one of them.
SharedBytes read_application(const std::string& name);

}  // namespace weir::testing
