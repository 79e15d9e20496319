#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/lettered_axes.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/matmul.h"
#include "ops/reduce.h"

/// Operations of keras.ops that multiply and sum: matmul and einsum.
namespace weir::layers {
namespace {

/// A tensor whose axes have names.
struct Factor {
  ValueId value;
  std::string letters;
};

/// What an argument is called in keras.ops, and in TensorFlow's functions.
struct FactorNames {
  std::string_view keras;
  std::string_view tensorflow;
};
constexpr std::array<FactorNames, 2> kFactorNames{{{"x1", "a"}, {"x2", "b"}}};

std::vector<Factor> read_factors(LayerCall& call) {
  const bool has_arguments = call.call() != nullptr && call.call()->args.is_array();
  const std::size_t count = has_arguments ? call.call()->args.size() : call.inputs().size();
  bool any_float = false;
  for (const ValueId input : call.inputs()) {
    any_float = any_float || call.type(input).dtype == DType::kFloat32;
  }
  require(any_float, ErrorCode::kUnsupported, "products of integers are not supported");
  std::vector<Factor> factors;
  for (std::size_t i = 0; i < std::max<std::size_t>(count, call.inputs().size()); ++i) {
    const FactorNames& names = i < kFactorNames.size() ? kFactorNames[i] : kFactorNames.back();
    factors.push_back(
        {as_value(call, float_operand(call, i, {names.keras, names.tensorflow})), ""});
  }
  return factors;
}

/// A matrix or a vector that is constant, as the second factor of `x`: what a Dense layer does.
/// Nothing for anything else.
std::optional<ValueId> multiply_by_constant(LayerCall& call) {
  const auto factor = [&](std::size_t i) {
    return operand_of(call, i, {kFactorNames[i].keras, kFactorNames[i].tensorflow});
  };
  const Operand left = factor(0);
  const Operand right = factor(1);
  if (!left.value() || right.value() || right.is_weak()) return std::nullopt;
  graph::Constant matrix = right.constant(call.path());
  const Shape shape = call.shape(*left.value());
  const std::size_t rank = matrix.shape.rank();
  if (shape.rank() < 2 || rank == 0 || rank > 2) return std::nullopt;
  const std::int64_t columns = rank == 2 ? matrix.shape[1] : 1;
  require(shape.back() == matrix.shape[0], ErrorCode::kInvalidArgument,
          "the shapes {} and {} cannot be multiplied", to_string(shape), to_string(matrix.shape));
  ops::ProductTerms terms;
  terms.kernel = std::move(matrix);
  const ValueId product =
      call.add(ops::make_matmul(static_cast<std::size_t>(shape.back()),
                                static_cast<std::size_t>(columns), std::move(terms)),
               {as_float(call, *left.value())});
  if (rank == 2) return product;
  return add_reshape(call, product, Shape(shape.dims().first(shape.rank() - 1)));
}

LetterSizes sizes_of(const LayerCall& call, const std::vector<Factor>& factors) {
  LetterSizes sizes;
  for (const Factor& factor : factors) {
    const Shape& shape = call.shape(factor.value);
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      const auto [entry, fresh] = sizes.try_emplace(factor.letters[axis], shape[axis]);
      require(fresh || entry->second == shape[axis], ErrorCode::kInvalidArgument,
              "axes of {} and {} elements do not fit each other", entry->second, shape[axis]);
    }
  }
  return sizes;
}

/// Sums over the axes that are in neither of the others.
Factor sum_rest(LayerCall& call, const Factor& factor, std::string_view others) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < factor.letters.size(); ++axis) {
    if (!has_letter(others, factor.letters[axis])) axes.push_back(axis);
  }
  if (axes.empty()) return factor;
  return {call.add(ops::make_reduce(kernels::ReduceKind::kSum, axes, false), {factor.value}),
          select_letters(factor.letters, [&](char letter) { return has_letter(others, letter); })};
}

/// The factor as matrices: the axes `lead`, then `rows` as one and `columns` as one.
ValueId as_matrices(LayerCall& call, const Factor& factor, const LetterSizes& sizes,
                    const std::string& lead, const std::string& rows, const std::string& columns) {
  Shape shape = shape_of(lead, sizes);
  shape.push_back(size_of(rows, sizes));
  shape.push_back(size_of(columns, sizes));
  const ValueId ordered =
      permute_letters(call, factor.value, factor.letters, lead + rows + columns);
  return add_reshape(call, ordered, shape);
}

/// Sums of products over all letters that `output` has not.
ValueId multiply(LayerCall& call, const std::vector<Factor>& factors, const std::string& output) {
  const LetterSizes sizes = sizes_of(call, factors);
  const Factor a = sum_rest(call, factors[0], factors[1].letters + output);
  const Factor b = sum_rest(call, factors[1], factors[0].letters + output);
  const auto in_both = [&](char letter) {
    return has_letter(a.letters, letter) && has_letter(b.letters, letter);
  };
  const std::string lead = select_letters(output, in_both);
  const std::string rows =
      select_letters(output, [&](char letter) { return !has_letter(b.letters, letter); });
  const std::string columns =
      select_letters(output, [&](char letter) { return !has_letter(a.letters, letter); });
  const std::string inner =
      select_letters(a.letters, [&](char letter) { return !has_letter(output, letter); });
  const ValueId product =
      call.add(ops::make_batch_matmul(), {as_matrices(call, a, sizes, lead, rows, inner),
                                          as_matrices(call, b, sizes, lead, inner, columns)});
  const std::string made = lead + rows + columns;
  return permute_letters(call, add_reshape(call, product, shape_of(made, sizes)), made, output);
}

/// Digits for `count` axes before the last ones, counted from the right.
std::string leading_letters(std::size_t count) {
  std::string letters;
  while (count > 0) letters.push_back(static_cast<char>('0' + --count));
  return letters;
}

/// Drops axes of one element that the other factor repeats.
void drop_repeated(LayerCall& call, Factor& factor, const Factor& other) {
  const Shape shape = call.shape(factor.value);
  Shape target;
  std::string letters;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const std::size_t at = other.letters.find(factor.letters[axis]);
    const bool repeated =
        shape[axis] == 1 && at != std::string::npos && call.shape(other.value)[at] != 1;
    if (repeated) continue;
    target.push_back(shape[axis]);
    letters.push_back(factor.letters[axis]);
  }
  factor = {add_reshape(call, factor.value, target), letters};
}

std::vector<ValueId> matmul(LayerCall& call) {
  if (const auto product = multiply_by_constant(call)) return {*product};
  std::vector<Factor> factors = read_factors(call);
  require(factors.size() == 2, ErrorCode::kUnsupported, "a product of {} tensors", factors.size());
  constexpr std::array<std::string_view, 2> kMatrix{"mk", "kn"};
  std::string lead;
  std::string last;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t rank = call.shape(factors[i].value).rank();
    require(rank > 0, ErrorCode::kInvalidArgument, "a product with a scalar");
    const std::string leading = leading_letters(rank > 2 ? rank - 2 : 0);
    factors[i].letters = rank == 1 ? "k" : leading + std::string(kMatrix[i]);
    if (leading.size() > lead.size()) lead = leading;
    if (rank > 1) last.push_back(i == 0 ? 'm' : 'n');
  }
  const std::vector<Factor> whole = factors;
  drop_repeated(call, factors[0], whole[1]);
  drop_repeated(call, factors[1], whole[0]);
  return {multiply(call, factors, lead + last)};
}

/// The letters of one operand or of the output, digits standing for its ellipsis of `elided` axes.
std::string expand(std::string_view text, std::size_t elided) {
  std::string letters(text);
  const std::size_t at = letters.find("...");
  if (at != std::string::npos) letters.replace(at, 3, leading_letters(elided));
  for (std::size_t i = 0; i < letters.size(); ++i) {
    require(std::isalnum(static_cast<unsigned char>(letters[i])) != 0, ErrorCode::kMalformed,
            "'{}' does not name axes", text);
    require(letters.find(letters[i], i + 1) == std::string::npos, ErrorCode::kUnsupported,
            "'{}' takes a diagonal", text);
  }
  return letters;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char letter : text) {
    if (letter == separator) {
      parts.emplace_back();
    } else {
      parts.back().push_back(letter);
    }
  }
  return parts;
}

/// Without an arrow: the ellipsis, then the letters that occur once, in alphabetical order.
std::string implied_output(const std::vector<Factor>& factors, std::size_t elided) {
  std::map<char, int> counts;
  for (const Factor& factor : factors) {
    for (const char letter : factor.letters) ++counts[letter];
  }
  std::string output = leading_letters(elided);
  for (const auto& [letter, count] : counts) {
    if (count == 1 && !has_letter(output, letter)) output.push_back(letter);
  }
  return output;
}

void check_output(const std::vector<Factor>& factors, std::string_view output,
                  std::string_view equation) {
  for (const char letter : output) {
    const bool is_there = std::ranges::any_of(
        factors, [letter](const Factor& factor) { return has_letter(factor.letters, letter); });
    require(is_there, ErrorCode::kMalformed, "the output's '{}' in '{}' is nowhere else", letter,
            equation);
  }
}

/// Two by two, from the left; what neither the others nor the output have is summed on the way.
ValueId multiply_all(LayerCall& call, std::vector<Factor> factors, const std::string& output) {
  if (factors.size() == 1) {
    const Factor rest = sum_rest(call, factors[0], output);
    return permute_letters(call, rest.value, rest.letters, output);
  }
  std::string wanted = output;
  for (std::size_t i = 2; i < factors.size(); ++i) wanted += factors[i].letters;
  const bool is_last = factors.size() == 2;
  const std::string both =
      factors[0].letters + select_letters(factors[1].letters, [&](char letter) {
        return !has_letter(factors[0].letters, letter);
      });
  const std::string kept =
      is_last ? output
              : select_letters(both, [&](char letter) { return has_letter(wanted, letter); });
  const std::vector<Factor> whole = factors;
  drop_repeated(call, factors[0], whole[1]);
  drop_repeated(call, factors[1], whole[0]);
  const ValueId product = multiply(call, {factors[0], factors[1]}, kept);
  if (is_last) return product;
  factors.erase(factors.begin(), factors.begin() + 2);
  factors.insert(factors.begin(), {product, kept});
  return multiply_all(call, std::move(factors), output);
}

std::vector<ValueId> einsum(LayerCall& call) {
  const std::string text = select_letters(call.config().text("subscripts", ""),
                                          [](char letter) { return letter != ' '; });
  require(text.size() < 256, ErrorCode::kMalformed, "the equation is too long");
  const std::size_t arrow = text.find("->");
  std::vector<Factor> factors = read_factors(call);
  const std::vector<std::string> operands = split(text.substr(0, arrow), ',');
  require(factors.size() == operands.size(), ErrorCode::kMalformed,
          "the equation '{}' is given {} tensors", text, factors.size());
  std::size_t elided = 0;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const std::size_t rank = call.shape(factors[i].value).rank();
    const bool has_ellipsis = operands[i].find("...") != std::string::npos;
    const std::size_t named = operands[i].size() - (has_ellipsis ? 3 : 0);
    require(has_ellipsis ? rank >= named : rank == named, ErrorCode::kInvalidArgument,
            "'{}' does not fit a tensor of {} axes", operands[i], rank);
    factors[i].letters = expand(operands[i], rank - named);
    elided = std::max(elided, rank - named);
  }
  const std::string output = arrow == std::string::npos ? implied_output(factors, elided)
                                                        : expand(text.substr(arrow + 2), elided);
  check_output(factors, output, text);
  return {multiply_all(call, std::move(factors), output)};
}

/// numpy.dot: over the last axis of the first, and the second last of the other, or its only one.
std::vector<ValueId> dot(LayerCall& call) {
  if (const auto product = multiply_by_constant(call)) return {*product};
  std::vector<Factor> factors = read_factors(call);
  require(factors.size() == 2, ErrorCode::kUnsupported, "a product of {} tensors", factors.size());
  const std::size_t left = call.shape(factors[0].value).rank();
  const std::size_t right = call.shape(factors[1].value).rank();
  if (left == 0 || right == 0) {
    return {add_binary(call, kernels::BinaryKind::kMultiply, factors[0].value, factors[1].value)};
  }
  std::string output;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t rank = i == 0 ? left : right;
    const std::size_t summed = i == 0 || rank == 1 ? rank - 1 : rank - 2;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const char letter = axis == summed ? 'z' : static_cast<char>((i == 0 ? 'a' : 'm') + axis);
      factors[i].letters.push_back(letter);
      if (axis != summed) output.push_back(letter);
    }
  }
  return {multiply(call, factors, output)};
}

}  // namespace

void register_operations_product(Registry& registry) {
  registry.add_operation("Matmul", matmul);
  registry.add_operation("Dot", dot);
  registry.add_operation("Einsum", einsum);
}

}  // namespace weir::layers
