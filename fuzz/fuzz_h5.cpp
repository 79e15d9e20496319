#include "harness.h"
#include "keras/hdf5/file.h"
#include "keras/load.h"
#include "keras/variables.h"

namespace {

using weir::hdf5::Object;
using weir::keras::LayerRecord;
using weir::keras::ModelRecord;

/// Reads all there is; the file's own credit bounds the work, the depth the stack.
void read_below(const Object& object, int depth) {
  constexpr int kDeepest = 12;
  weir::only_errors([&] { object.text_list("weight_names"); });
  weir::only_errors([&] {
    if (object.is_dataset()) object.read();
  });
  if (depth == kDeepest) return;
  for (const auto& link : object.links()) {
    weir::only_errors([&] { read_below(object.at(link.first), depth + 1); });
  }
}

/// A model with the layers that the corpus has weights of.
ModelRecord model() {
  ModelRecord record;
  for (const char* name : {"Dense", "BatchNormalization", "LSTM"}) {
    LayerRecord layer;
    layer.class_name = layer.name = name;
    record.layers.push_back(std::move(layer));
  }
  return record;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weir::SharedBytes bytes = weir::fuzz_bytes(data, size);
  weir::only_errors([&] {
    weir::hdf5::File file(bytes);
    read_below(file.root(), 0);
  });
  weir::only_errors([&] {
    weir::hdf5::File file(bytes);
    ModelRecord record = model();
    const auto no_assets = [](const std::string&) { return std::nullopt; };
    const weir::hdf5::Object root = file.root();
    weir::keras::read_weights({&root, 1}, no_assets, record);
  });
  weir::only_errors([&] { weir::keras::load_model_bytes(bytes, "fuzz.h5"); });
  return 0;
}
