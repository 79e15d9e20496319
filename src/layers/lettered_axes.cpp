#include "layers/lettered_axes.h"

#include <algorithm>

#include "base/checked.h"
#include "layers/shaping.h"

namespace weir::layers {

std::int64_t size_of(std::string_view letters, const LetterSizes& sizes) {
  std::int64_t product = 1;
  for (const char letter : letters) product = checked_mul(product, sizes.at(letter));
  return product;
}

Shape shape_of(std::string_view letters, const LetterSizes& sizes) {
  Shape shape;
  for (const char letter : letters) shape.push_back(sizes.at(letter));
  return shape;
}

ValueId permute_letters(LayerCall& call, ValueId value, std::string_view from,
                        std::string_view to) {
  std::vector<std::size_t> order;
  for (const char letter : to) order.push_back(from.find(letter));
  if (std::ranges::is_sorted(order)) return value;
  return add_transpose(call, value, std::move(order));
}

}  // namespace weir::layers
