#include <gtest/gtest.h>

#include <limits>

#include "kernels/map_coordinates.h"
#include "kernels/projective_transform.h"
#include "products_testing.h"

namespace weir::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(ProjectiveTransform, ReadsNothingButTheImageWhateverTheTransform) {
  const std::vector<float> image(4 * 5 * 2, 1.0F);
  std::vector<float> out(image.size());
  for (const float odd : {kNaN, kInfinity, -kInfinity, 3e38F, -3e38F, 1e-38F}) {
    for (std::size_t at = 0; at < 8; ++at) {
      std::vector<float> transform{1, 0, 0, 0, 1, 0, 0, 0};
      transform[at] = odd;
      for (const auto edge :
           {ImageEdge::kConstant, ImageEdge::kNearest, ImageEdge::kWrap, ImageEdge::kReflect}) {
        for (const auto sampling : {PixelSampling::kNearest, PixelSampling::kBilinear}) {
          const ProjectiveShape shape{1, 4, 5, 2, true, sampling, edge, 1.0F};
          transform_images(shape, image.data(), transform.data(), out.data(), *test_pools()[0]);
          if (sampling == PixelSampling::kBilinear) continue;
          for (const float value : out) EXPECT_EQ(value, 1.0F) << odd << " at " << at;
        }
      }
    }
  }
}

TEST(MapCoordinates, ReadsNothingButTheTensorWhateverTheCoordinates) {
  const std::vector<float> tensor(3 * 4, 1.0F);
  const std::vector<float> odd{kNaN, kInfinity, -kInfinity, 3e38F, -3e38F, -1e9F, 1e9F, 2.5F};
  std::vector<float> coordinates = odd;
  coordinates.insert(coordinates.end(), odd.rbegin(), odd.rend());
  std::vector<float> out(odd.size());
  for (const auto edge : {AxisEdge::kConstant, AxisEdge::kNearest, AxisEdge::kMirror,
                          AxisEdge::kReflect, AxisEdge::kWrap}) {
    CoordinateMap map{{3, 4}, odd.size(), false, edge, 1.0F};
    map_coordinates(map, tensor.data(), coordinates.data(), out.data(), *test_pools()[0]);
    for (const float value : out) EXPECT_EQ(value, 1.0F);
    map.linear = true;
    map_coordinates(map, tensor.data(), coordinates.data(), out.data(), *test_pools()[0]);
  }
}

}  // namespace
}  // namespace weir::kernels
