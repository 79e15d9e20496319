#include <algorithm>

#include "kernels/ctc.h"
#include "kernels/parallel.h"

namespace weir::kernels {
namespace {

/// Writes the labels of one sequence, and returns the sum of their logits.
float read_steps(const CtcShape& shape, bool merge_repeated, const float* logits,
                 std::size_t length, std::int32_t* labels) {
  float sum = 0.0F;
  std::size_t before = shape.classes;
  for (std::size_t step = 0; step < length; ++step, logits += shape.classes) {
    const float* largest = std::max_element(logits, logits + shape.classes);
    const auto label = static_cast<std::size_t>(largest - logits);
    sum += *largest;
    const bool is_read = label != shape.blank && !(merge_repeated && label == before);
    if (is_read) *labels++ = static_cast<std::int32_t>(label);
    before = label;
  }
  return sum;
}

}  // namespace

void ctc_decode_steps(const CtcShape& shape, bool merge_repeated, const float* logits,
                      const std::int32_t* lengths, std::int32_t* labels, float* scores,
                      const ThreadPool& pool) {
  const std::size_t elements = shape.steps * shape.classes;
  for_rows(pool, shape.samples, elements, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::fill_n(labels + i * shape.steps, shape.steps, -1);
      const auto length = static_cast<std::size_t>(std::max(lengths[i], 0));
      scores[i] = -read_steps(shape, merge_repeated, logits + i * elements, length,
                              labels + i * shape.steps);
    }
  });
}

}  // namespace weir::kernels
