#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/ctc.h"

/// Connectionist temporal classification in keras.ops.nn.
namespace weir::layers {
namespace {

ValueId whole_argument(LayerCall& call, std::size_t position, const char* name) {
  return add_cast(call, DType::kInt32, as_value(call, operand_of(call, position, {name})));
}

/// The likeliest readings: labels (paths, samples, steps), and scores (samples, paths).
std::vector<ValueId> decode_by_search(LayerCall& call, const std::vector<ValueId>& inputs) {
  const Config config = call.config();
  const std::int64_t blank = config.has("mask_index") ? config.integer("mask_index", 0) : -1;
  // Keras loses the last class where it is to be moved to the end.
  require(blank != -1 || !config.has("mask_index"), ErrorCode::kUnsupported,
          "a mask_index of -1 is not supported");
  const auto decoded =
      call.add_many(ops::make_ctc_beam_search(blank, config.integer("beam_width", 100),
                                              config.integer("top_paths", 1)),
                    inputs);
  return {add_transpose(call, decoded[0], {1, 0, 2}), decoded[1]};
}

std::vector<ValueId> decode(LayerCall& call) {
  const Config config = call.config();
  const std::vector<ValueId> inputs{as_value(call, float_operand(call, 0, {"inputs"})),
                                    whole_argument(call, 1, "sequence_lengths")};
  const std::string strategy = config.text("strategy", "greedy");
  if (strategy == "beam_search") return decode_by_search(call, inputs);
  require(strategy == "greedy", ErrorCode::kUnsupported, "the strategy '{}' is not supported",
          strategy);
  const std::int64_t blank = config.has("mask_index") ? config.integer("mask_index", 0) : -1;
  const auto decoded = call.add_many(
      ops::make_ctc_decode_steps(blank, config.boolean("merge_repeated", true)), inputs);
  const Shape labels = call.shape(decoded[0]);
  return {add_reshape(call, decoded[0], {1, labels[0], labels[1]}),
          add_reshape(call, decoded[1], {labels[0], 1})};
}

std::vector<ValueId> loss(LayerCall& call) {
  const ValueId labels = whole_argument(call, 0, "target");
  const ValueId logits = as_value(call, float_operand(call, 1, {"output"}));
  const ValueId label_lengths = whole_argument(call, 2, "target_length");
  const ValueId lengths = whole_argument(call, 3, "output_length");
  return {call.add(ops::make_ctc_loss(call.config().integer("mask_index", 0)),
                   {logits, lengths, labels, label_lengths})};
}

}  // namespace

void register_operations_ctc(Registry& registry) {
  registry.add_operation("CTCDecode", decode);
  registry.add_operation("CTCLoss", loss);
}

}  // namespace weir::layers
