#pragma once

#include <string>
#include <vector>

#include "keras/record.h"

namespace weir::keras {

/// A layer in another one's config, in serialised form.
struct InnerConfig {
  std::string part;  ///< See InnerLayer.
  Json serialised;
};

/// Takes the layers that the config of a wrapper, of a recurrent layer or of stacked cells holds
/// out of it. A Bidirectional layer without a backward layer gets the one that Keras makes up.
std::vector<InnerConfig> take_inner_configs(LayerRecord& layer);

/// Deals a layer's flat list of variables, as legacy files have it, out to the layers in it (not to
/// those of a model). Throws kMalformed where the numbers do not fit.
void deal_out_to_inner(LayerRecord& layer);

}  // namespace weir::keras
