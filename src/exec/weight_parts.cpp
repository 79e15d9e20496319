#include "exec/weight_parts.h"

#include <algorithm>

#include "base/checked.h"
#include "base/mapped_file.h"

namespace weir::exec {

std::size_t largest_part_bytes(const kernels::Step& step) {
  std::size_t most = 0;
  for (std::size_t part = 0; part < step.parts(); ++part) {
    std::size_t bytes = 0;
    for (const SharedBytes& weight : step.weights(part)) {
      bytes += align_up(weight.bytes.size(), page_size());
    }
    most = std::max(most, bytes);
  }
  return most;
}

WeightPart::WeightPart(const kernels::Step& step, std::size_t part) {
  for (const SharedBytes& weight : step.weights(part)) {
    if (weight.mapped && !weight.bytes.empty()) pages_.push_back(whole_pages(weight.bytes));
  }
}

void WeightPart::expect() const {
  for (const std::span<const std::byte> pages : pages_) expect_pages(pages);
}

void WeightPart::drop() const {
  for (const std::span<const std::byte> pages : pages_) drop_pages(pages);
}

}  // namespace weir::exec
