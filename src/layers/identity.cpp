#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/registry.h"

namespace weir::layers {
namespace {

std::vector<ValueId> identity(LayerCall& call) { return {call.input()}; }

/// Augmentation also turns integer images into floats.
std::vector<ValueId> augmentation(LayerCall& call) { return {as_float(call, call.input())}; }

}  // namespace

/// Layers that do something only while training.
void register_identity(Registry& registry) {
  for (const char* name : {"Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D",
                           "SpatialDropout3D", "AlphaDropout", "GaussianDropout", "GaussianNoise",
                           "ActivityRegularization", "StochasticDepth"}) {
    registry.add_layer(name, identity, pass_masks);
  }
  registry.add_operation("Identity", identity);
  for (const char* name : {"AugMix",
                           "CutMix",
                           "Equalization",
                           "MaxNumBoundingBoxes",
                           "MixUp",
                           "RandAugment",
                           "RandomBrightness",
                           "RandomColorDegeneration",
                           "RandomColorJitter",
                           "RandomContrast",
                           "RandomElasticTransform",
                           "RandomErasing",
                           "RandomFlip",
                           "RandomGaussianBlur",
                           "RandomGrayscale",
                           "RandomHeight",
                           "RandomHue",
                           "RandomInvert",
                           "RandomPerspective",
                           "RandomPosterization",
                           "RandomRotation",
                           "RandomSaturation",
                           "RandomSharpness",
                           "RandomShear",
                           "RandomTranslation",
                           "RandomWidth",
                           "RandomZoom",
                           "Solarization"}) {
    registry.add_layer(name, augmentation);
  }
}

}  // namespace weir::layers
