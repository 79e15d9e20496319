// Two models on one device: they share its threads and one arena, within its memory limit.
//
//     devices FOLDER_OF_DIGITS
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "weir/weir.h"

namespace {

void predict_both(const std::string& folder) {
  const weir::Device device({.threads = 1, .memory_limit = 8 << 20});
  weir::Session digits(weir::Model::load(folder + "/digits.keras"), {}, device);
  weir::Session dense(weir::Model::load(folder + "/dense.keras"), {}, device);

  const std::vector<float> image(8 * 8, 8.0F);
  std::array<float, 10> scores{};
  digits.run(std::array{weir::TensorView{image.data(), weir::DType::kFloat32, {1, 8, 8, 1}}},
             std::array{weir::MutableTensorView{scores.data(), weir::DType::kFloat32, {1, 10}}});
  const std::array<float, 10> row{};
  float number = 0;
  dense.run(std::array{weir::TensorView{row.data(), weir::DType::kFloat32, {1, 10}}},
            std::array{weir::MutableTensorView{&number, weir::DType::kFloat32, {1, 1}}});

  std::printf("arena %llu bytes, weights %llu bytes\n",
              static_cast<unsigned long long>(device.arena_bytes()),
              static_cast<unsigned long long>(device.weights_bytes()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: devices FOLDER_OF_DIGITS\n");
    return 2;
  }
  try {
    predict_both(argv[1]);
  } catch (const weir::Error& error) {
    std::fprintf(stderr, "devices: %s\n", error.what());
    return 1;
  }
  return 0;
}
