#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/problem.h"

namespace weir::plan {

/// Who wrote a byte: a tensor, or a step's scratch. A tensor is written once, so it says when.
struct Writer {
  bool scratch = false;
  std::uint32_t id = 0;  ///< TensorId, or StepId for scratch

  friend bool operator==(const Writer&, const Writer&) = default;
};

/// A run of bytes of one writer; without a writer, of bytes never written.
struct Segment {
  std::size_t begin = 0;  ///< from the start of the tensor that is read
  std::size_t end = 0;
  std::optional<Writer> writer;

  friend bool operator==(const Segment&, const Segment&) = default;
};

/// What one read of a tensor finds.
struct Sighting {
  std::optional<StepId> reader;  ///< nothing: the caller, after the last step
  TensorId tensor = 0;
  std::vector<Segment> segments;
};

/// An order and addresses: what is needed to play a problem through.
struct Layout {
  std::vector<StepId> order;
  std::vector<std::size_t> tensor_offsets;
  std::vector<std::optional<std::size_t>> scratch_offsets;
};

Layout layout_of(const Plan& plan);

/// The given order, and no two tensors in the same bytes but by views.
Layout separate_layout(const Problem& problem);

/// Plays the steps in the layout's order over its addresses, remembering the last writer of every
/// byte. One sighting for each input of each step, in the order of the problem whatever the order
/// of the layout; then one for each model output. O(accesses x log).
std::vector<Sighting> sightings_of(const Problem& problem, const Layout& layout);

/// The first segment of `seen` that is not in `wanted`. They must differ (both tile the same
/// bytes).
Segment first_difference(const Sighting& wanted, const Sighting& seen);

/// For messages: "step 'conv'", "the caller".
std::string reader_name(const Problem& problem, const Sighting& sighting);
/// For messages: "bytes 0 to 64 of tensor 'x'".
std::string describe(const Problem& problem, const Segment& segment);

}  // namespace weir::plan
