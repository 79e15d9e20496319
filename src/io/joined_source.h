#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/stream.h"

namespace weir {

/// A source, and what names it.
struct SourcePart {
  std::string file;  ///< For errors.
  std::string name;  ///< Of its one tensor, where it has a name.
  std::unique_ptr<Source> source;
};

/// Several sources side by side, their rows together: row i of each belongs to row i of the others.
/// `expected` names the tensors and gives the shapes that they must fit (see fit.h); empty keeps
/// them as they are. Throws kInvalidArgument for what does not fit and for unequal numbers of rows,
/// as soon as they are known. Errors of a part name its file.
std::unique_ptr<Source> join_sources(std::vector<SourcePart> parts,
                                     std::span<const TensorSpec> expected);

}  // namespace weir
