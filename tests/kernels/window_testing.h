#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "kernels/products_testing.h"
#include "kernels/window.h"

namespace weir::kernels {

inline std::string text(const Extent& e) {
  return std::to_string(e[0]) + "x" + std::to_string(e[1]) + "x" + std::to_string(e[2]);
}

inline std::string text(const Window& w) {
  return "kernel " + text(w.kernel) + " stride " + text(w.stride) + " dilation " +
         text(w.dilation) + " pad " + text(w.pad_before);
}

/// One way of sliding: a window, the image, and the output that Keras's padding would give or more.
struct SlideCase {
  Extent in;
  Extent out;
  Window window;
};

inline SlideCase slide(const Extent& in, const Window& window, bool same) {
  SlideCase result{in, kOnes, window};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t reach = (window.kernel[i] - 1) * window.dilation[i] + 1;
    if (same) {
      result.out[i] = (in[i] + window.stride[i] - 1) / window.stride[i];
      const std::size_t needed = (result.out[i] - 1) * window.stride[i] + reach;
      result.window.pad_before[i] = needed > in[i] ? (needed - in[i]) / 2 : 0;
    } else {
      result.out[i] = (in[i] - reach) / window.stride[i] + 1;
    }
  }
  return result;
}

/// Kernels, strides, dilations and paddings in one, two and three dimensions.
inline std::vector<SlideCase> slide_cases() {
  std::vector<SlideCase> cases;
  for (const bool same : {false, true}) {
    cases.push_back(slide({1, 9, 23}, {.kernel = {1, 3, 3}}, same));
    cases.push_back(slide({1, 9, 10}, {.kernel = {1, 3, 3}, .stride = {1, 2, 2}}, same));
    cases.push_back(slide({1, 7, 8}, {.kernel = {1, 1, 1}, .stride = {1, 2, 2}}, same));
    cases.push_back(slide({1, 12, 13}, {.kernel = {1, 2, 5}, .dilation = {1, 3, 2}}, same));
    cases.push_back(slide({1, 1, 40}, {.kernel = {1, 1, 4}, .stride = {1, 1, 3}}, same));
    cases.push_back(slide({5, 6, 7}, {.kernel = {3, 2, 3}, .stride = {2, 1, 2}}, same));
    cases.push_back(slide({1, 5, 5}, {.kernel = {1, 5, 5}}, same));
    // Lines long enough for windows to be read where they lie.
    cases.push_back(slide({1, 5, 150}, {.kernel = {1, 3, 3}}, same));
    cases.push_back(slide({1, 8, 57}, {.kernel = {1, 5, 3}, .stride = {1, 2, 2}}, same));
    cases.push_back(slide({1, 3, 50}, {.kernel = {1, 1, 3}, .dilation = {1, 1, 5}}, same));
    cases.push_back(slide({1, 9, 31}, {.kernel = {1, 3, 1}, .dilation = {1, 2, 1}}, same));
  }
  // Causal: all padding before.
  cases.push_back({{1, 1, 19},
                   {1, 1, 19},
                   {.kernel = {1, 1, 3}, .dilation = {1, 1, 4}, .pad_before = {0, 0, 8}}});
  // Windows that lie in the padding altogether.
  cases.push_back({{1, 3, 4}, {1, 9, 9}, {.kernel = {1, 2, 2}, .pad_before = {0, 4, 3}}});
  cases.push_back({{1, 3, 40}, {1, 9, 60}, {.kernel = {1, 2, 2}, .pad_before = {0, 4, 3}}});
  // Fewer outputs than there are windows.
  cases.push_back({{1, 6, 64}, {1, 3, 40}, {.kernel = {1, 3, 3}}});
  cases.push_back({{1, 7, 9}, {1, 7, 9}, {}});
  return cases;
}

/// A kernel bound to a case: computes `batch` images from `in` into `out`.
using BoundKernel =
    std::function<void(std::size_t batch, const float* in, float* out, const ThreadPool& pool)>;

/// Every image of a batch gets the bits that it gets alone, whatever the threads.
inline void expect_same_bits_alone(const BoundKernel& kernel, std::size_t batch,
                                   std::size_t in_floats, std::size_t out_floats) {
  const auto in = random_floats(batch * in_floats, 1);
  for_each_isa([&] {
    std::vector<float> whole(batch * out_floats);
    kernel(batch, in.data(), whole.data(), *test_pools()[0]);
    for (const auto& pool : test_pools()) {
      std::vector<float> again(whole.size());
      kernel(batch, in.data(), again.data(), *pool);
      expect_same_bits(again.data(), whole.data(), whole.size());
      for (std::size_t i = 0; i < batch; ++i) {
        std::vector<float> alone(out_floats);
        kernel(1, in.data() + i * in_floats, alone.data(), *pool);
        expect_same_bits(alone.data(), whole.data() + i * out_floats, out_floats);
      }
    }
  });
}

}  // namespace weir::kernels
