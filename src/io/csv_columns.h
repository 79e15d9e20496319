#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/input_options.h"

namespace weir {

/// The chosen columns of a table whose header is not known: all where none is chosen, nothing where
/// one is chosen by name. Throws kInvalidArgument for a number that is too large.
std::optional<std::vector<std::size_t>> numbered_columns(const CsvOptions& options,
                                                         std::size_t column_count);

/// Which columns of a table feed a model: their places, from 0, in the order of the inputs'
/// elements. `header` is empty for a table without names. Without a choice of columns, inputs of
/// one element each whose names are all in the header take the columns of their names; else every
/// column is taken in order. Throws kInvalidArgument for a column that is not there.
std::vector<std::size_t> choose_columns(const CsvOptions& options,
                                        std::span<const std::string> header,
                                        std::size_t column_count,
                                        std::span<const TensorSpec> expected);

/// The tensors that rows of `column_count` columns fill, axis 0 free. A single free axis of a
/// single input takes what the columns give. Without expected inputs: one of float32, (None,
/// columns). Throws kInvalidArgument when the number of columns is not the inputs' number of
/// elements.
std::vector<TensorSpec> shape_columns(std::size_t column_count,
                                      std::span<const TensorSpec> expected);

}  // namespace weir
