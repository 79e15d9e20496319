#pragma once

#include "keras/record.h"

namespace weir::keras {

/// Gives layers that use the table of embeddings of another layer its weights: the file has them
/// there only. Which layer that is, the file says by its name alone; where several have it, nothing
/// is given.
void give_tied_embeddings(ModelRecord& model);

}  // namespace weir::keras
