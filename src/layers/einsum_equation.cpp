#include "layers/einsum_equation.h"

#include <algorithm>

#include "base/fail.h"

namespace weir::layers {
namespace {

constexpr std::string_view kEllipsis = "...";

/// The text before `separator`, which is cut off `text` with it.
std::string_view take_until(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  require(at != std::string_view::npos, ErrorCode::kMalformed, "the equation has no '{}'",
          separator);
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at + separator.size());
  return before;
}

/// Checks that `letters` are letters, and each only once.
void check_letters(std::string_view letters, std::string_view text) {
  require(!letters.empty(), ErrorCode::kMalformed, "the equation '{}' lacks an operand", text);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const char letter = letters[i];
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    require(is_letter, ErrorCode::kMalformed, "'{}' is not an equation of EinsumDense", text);
    require(!has_letter(letters.substr(0, i), letter), ErrorCode::kUnsupported,
            "the equation '{}' takes a diagonal along '{}'", text, letter);
  }
}

/// Puts digits in the place of the ellipsis of the input and the output.
void expand_ellipsis(EinsumEquation& equation, std::string_view text, std::size_t input_rank) {
  const bool left = equation.input.starts_with(kEllipsis);
  const bool right = !left && equation.input.ends_with(kEllipsis);
  for (std::string* letters : {&equation.input, &equation.output}) {
    require(left ? letters->starts_with(kEllipsis) : letters->ends_with(kEllipsis) == right,
            ErrorCode::kMalformed, "the ellipses of '{}' do not match", text);
    if (left) letters->erase(0, kEllipsis.size());
    if (right) letters->erase(letters->size() - kEllipsis.size());
    check_letters(*letters, text);
  }
  const std::size_t named = equation.input.size();
  require(left || right ? input_rank >= named : input_rank == named, ErrorCode::kInvalidArgument,
          "the equation '{}' does not fit an input of {} axes", text, input_rank);
  equation.elided = input_rank - named;
  equation.elided_left = left;
  for (std::string* letters : {&equation.input, &equation.output}) {
    const std::string digits = std::string("01234567").substr(0, equation.elided);
    *letters = left ? digits + *letters : *letters + digits;
  }
}

/// Every letter has a partner, and the batch axis stays where it is.
void check_partners(const EinsumEquation& equation, std::string_view text) {
  for (const char letter : equation.kernel) {
    require(has_letter(equation.input, letter) || has_letter(equation.output, letter),
            ErrorCode::kMalformed, "the kernel's '{}' in '{}' is nowhere else", letter, text);
  }
  for (const char letter : equation.output) {
    require(has_letter(equation.input, letter) || has_letter(equation.kernel, letter),
            ErrorCode::kMalformed, "the output's '{}' in '{}' is nowhere else", letter, text);
  }
  const char batch = equation.input.front();
  require(equation.output.front() == batch && !has_letter(equation.kernel, batch),
          ErrorCode::kUnsupported, "the equation '{}' does not keep the batch axis", text);
}

}  // namespace

EinsumEquation parse_einsum(std::string_view text, std::size_t input_rank) {
  require(text.size() < 256, ErrorCode::kMalformed, "the equation is too long");
  std::string_view rest = text;
  EinsumEquation equation;
  equation.input = take_until(rest, ",");
  equation.kernel = take_until(rest, "->");
  equation.output = rest;
  check_letters(equation.kernel, text);
  expand_ellipsis(equation, text, input_rank);
  check_partners(equation, text);
  return equation;
}

LetterSizes einsum_sizes(const EinsumEquation& equation, const Shape& input,
                         std::span<const std::optional<std::int64_t>> output) {
  LetterSizes sizes;
  for (std::size_t axis = 0; axis < equation.input.size(); ++axis) {
    sizes[equation.input[axis]] = input[axis];
  }
  const std::size_t left = equation.elided_left ? equation.elided : 0;
  const std::size_t right = equation.elided_left ? 0 : equation.elided;
  const std::size_t first = std::max<std::size_t>(left, 1);  // The batch is never given.
  require(equation.output.size() == first + output.size() + right, ErrorCode::kMalformed,
          "output_shape gives {} sizes for the output '{}'", output.size(), equation.output);
  for (std::size_t i = 0; i < output.size(); ++i) {
    const char letter = equation.output[first + i];
    const auto known = sizes.find(letter);
    require(known != sizes.end() || output[i].has_value(), ErrorCode::kMalformed,
            "output_shape gives no size for '{}'", letter);
    if (!output[i]) continue;
    require(known == sizes.end() || known->second == *output[i], ErrorCode::kInvalidArgument,
            "the input has {} elements along '{}', the output {}",
            known == sizes.end() ? 0 : known->second, letter, *output[i]);
    sizes[letter] = *output[i];
  }
  return sizes;
}

}  // namespace weir::layers
