#include "ops/recurrent_weights.h"

#include <algorithm>

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/matmul.h"
#include "kernels/recurrent.h"
#include "ops/weight_floats.h"

namespace weir::ops {
namespace {

std::size_t aligned_floats(std::size_t count) {
  return align_up(count * sizeof(float), kAlignment);
}

std::size_t aligned_product(std::size_t inner, std::size_t columns) {
  return align_up(kernels::packed_matmul_bytes(inner, columns), kAlignment);
}

/// Where the parts of the two packed weights lie, in bytes.
struct Layout {
  explicit Layout(const RecurrentCell& cell)
      : columns(cell.gates() * cell.units),
        joint_columns(cell.joint_gates() * cell.units),
        bias(aligned_product(cell.features, columns)),
        input_bytes(bias + (cell.bias ? aligned_floats(columns) : 0)),
        candidate(aligned_product(cell.units, joint_columns)),
        candidate_bias(candidate + (cell.is_gru() ? aligned_product(cell.units, cell.units) : 0)),
        has_candidate_bias(cell.bias && cell.kind == RecurrentKind::kGruResetAfter),
        recurrent_bytes(candidate_bias + (has_candidate_bias ? aligned_floats(cell.units) : 0)) {}

  std::size_t columns;        ///< Of all gates.
  std::size_t joint_columns;  ///< Of the gates whose products are made at once.
  std::size_t bias;
  std::size_t input_bytes;
  std::size_t candidate;
  std::size_t candidate_bias;
  bool has_candidate_bias;
  std::size_t recurrent_bytes;
};

/// Which of the kernel's columns each column of sums is. The file has gate after gate; the sums of
/// the gates whose products are made at once lie in blocks of units.
std::vector<std::size_t> columns_of_sums(const RecurrentCell& cell) {
  const Layout layout(cell);
  std::vector<std::size_t> columns;
  columns.reserve(layout.columns);
  for (std::size_t block = 0; block < kernels::unit_blocks(cell.units); ++block) {
    for (std::size_t gate = 0; gate < layout.joint_columns; gate += cell.units) {
      const auto [begin, end] = kernels::units_of({block, block + 1}, cell.units);
      for (std::size_t unit = begin; unit < end; ++unit) columns.push_back(gate + unit);
    }
  }
  while (columns.size() < layout.columns) columns.push_back(columns.size());
  return columns;
}

/// Packs some columns of the kernel, row by row.
void pack_columns(const graph::Constant& kernel, std::span<const std::size_t> columns,
                  const graph::PackingRoom& room, std::size_t offset) {
  const auto inner = static_cast<std::size_t>(kernel.shape[0]);
  const auto width = static_cast<std::size_t>(kernel.shape[1]);
  std::vector<float> row(columns.size());
  visit_slices(kernel, width, [&](std::size_t first_row, std::span<const float> slice) {
    for (std::size_t r = 0; r < slice.size() / width; ++r) {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = slice[r * width + columns[i]];
      kernels::pack_matmul_rows(row.data(), nullptr, first_row + r, 1, inner, row.size(),
                                room.floats() + offset / sizeof(float));
    }
    room.settle();
  });
}

/// What is added to the sums before the recurrent product: with two rows, the second too, but for
/// the candidate's, which the reset gate multiplies.
void pack_bias(const RecurrentCell& cell, std::span<const std::size_t> columns, float* to) {
  const WeightFloats bias(*cell.bias);
  const std::size_t all = cell.gates() * cell.units;
  const std::size_t with_second =
      cell.kind == RecurrentKind::kGruResetAfter ? cell.joint_gates() * cell.units : 0;
  for (const std::size_t column : columns) {
    *to = bias.values()[column];
    if (column < with_second) *to += bias.values()[all + column];
    ++to;
  }
}

void pack_candidate_bias(const RecurrentCell& cell, float* to) {
  const WeightFloats bias(*cell.bias);
  std::ranges::copy(bias.values().last(cell.units), to);
}

graph::PackingBytes packing_bytes(const graph::Constant& kernel, std::size_t bytes) {
  const auto row = static_cast<std::size_t>(kernel.shape[1]);
  const std::size_t reordering = row * (sizeof(float) + sizeof(std::size_t));
  return {reading_bytes(kernel, slice_elements(kernel, row)) + reordering, bytes};
}

}  // namespace

std::size_t RecurrentWeights::packed_bytes(const RecurrentCell& cell) {
  const Layout layout(cell);
  return layout.input_bytes + layout.recurrent_bytes;
}

RecurrentWeights::RecurrentWeights(const RecurrentCell& cell, graph::PackedWeights& weights)
    : has_bias_(cell.bias.has_value()) {
  const Layout layout(cell);
  has_candidate_bias_ = layout.has_candidate_bias;
  bias_offset_ = layout.bias;
  candidate_offset_ = layout.candidate;
  candidate_bias_offset_ = layout.candidate_bias;
  input_ = weights.get(
      cell.kernel.id + "(gates)", layout.input_bytes,
      [&](const graph::PackingRoom& room) {
        const std::vector<std::size_t> columns = columns_of_sums(cell);
        pack_columns(cell.kernel, columns, room, 0);
        if (cell.bias) pack_bias(cell, columns, room.floats() + layout.bias / sizeof(float));
      },
      packing_bytes(cell.kernel, layout.input_bytes));
  recurrent_ = weights.get(
      cell.recurrent_kernel.id + "(gates)", layout.recurrent_bytes,
      [&](const graph::PackingRoom& room) {
        const std::vector<std::size_t> columns = columns_of_sums(cell);
        const auto joint = std::span(columns).first(layout.joint_columns);
        pack_columns(cell.recurrent_kernel, joint, room, 0);
        if (cell.is_gru()) {
          pack_columns(cell.recurrent_kernel, std::span(columns).subspan(joint.size()), room,
                       layout.candidate);
        }
        if (layout.has_candidate_bias) {
          pack_candidate_bias(cell, room.floats() + layout.candidate_bias / sizeof(float));
        }
      },
      packing_bytes(cell.recurrent_kernel, layout.recurrent_bytes));
}

}  // namespace weir::ops
