// A whole program that predicts with Weir: one row in, one row out.
//
//     predict MODEL NUMBER...
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "weir/weir.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: predict MODEL NUMBER...\n");
    return 2;
  }
  try {
    const weir::Model model = weir::Model::load(argv[1]);
    weir::Session session(model, {.batch_size = 1});

    std::vector<float> row;
    for (int i = 2; i < argc; ++i) row.push_back(std::strtof(argv[i], nullptr));
    const weir::TensorView input{
        row.data(), weir::DType::kFloat32, {1, static_cast<std::int64_t>(row.size())}};

    const weir::Shape shape = session.output_shapes({&input.shape, 1}).front();
    std::vector<float> prediction(static_cast<std::size_t>(shape.elements()));
    const weir::MutableTensorView output{prediction.data(), weir::DType::kFloat32, shape};

    session.run({&input, 1}, {&output, 1});  // Allocates nothing, however often it is called.

    for (const float value : prediction) std::printf("%g\n", static_cast<double>(value));
  } catch (const weir::Error& error) {
    std::fprintf(stderr, "predict: %s\n", error.what());
    return 1;
  }
  return 0;
}
