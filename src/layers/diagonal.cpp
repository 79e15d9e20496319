#include "layers/diagonal.h"

#include <vector>

namespace weir::layers {

Operand ones_on_diagonal(const std::string& path, std::int64_t rows, std::int64_t columns,
                         DType dtype, std::int64_t k) {
  std::vector<double> numbers;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      numbers.push_back(column - row == k ? 1 : 0);
    }
  }
  return Operand::array(path, numbers, {rows, columns}, dtype);
}

}  // namespace weir::layers
