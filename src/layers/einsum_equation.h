#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/lettered_axes.h"
#include "weir/tensor.h"

namespace weir::layers {

/// The equation of an EinsumDense layer for inputs of one rank: a letter for each axis of the
/// input, of the kernel and of the output. Axes under an ellipsis have digits for letters.
struct EinsumEquation {
  std::string input;
  std::string kernel;
  std::string output;
  std::size_t elided = 0;    ///< Axes under the ellipsis.
  bool elided_left = false;  ///< The ellipsis stands first, not last.
};

/// Takes the forms that Keras takes: "[X],[Y]->[Z]", "...[X],[Y]->...[Z]", "[X]...,[Y]->[Z]...".
/// Throws kMalformed for another text or one whose letters do not match each other,
/// kInvalidArgument for a rank that does not fit, kUnsupported for equations that take a diagonal,
/// or that move or sum the batch axis.
EinsumEquation parse_einsum(std::string_view text, std::size_t input_rank);

/// The size of each letter. `output` is the config's `output_shape`: no batch and no elided axes,
/// nothing where the input decides. Throws kInvalidArgument for sizes that contradict each other.
LetterSizes einsum_sizes(const EinsumEquation& equation, const Shape& input,
                         std::span<const std::optional<std::int64_t>> output);

}  // namespace weir::layers
