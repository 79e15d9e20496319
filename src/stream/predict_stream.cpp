#include <algorithm>
#include <utility>
#include <vector>

#include "base/fail.h"
#include "base/memory.h"
#include "weir/stream.h"

namespace weir {
namespace {

/// For each input of the model, which tensor of the source it is.
std::vector<std::size_t> match_inputs(std::span<const TensorSpec> inputs,
                                      std::span<const TensorSpec> tensors) {
  require(tensors.size() == inputs.size(), ErrorCode::kInvalidArgument,
          "the model has {} inputs, but the data have {} tensors", inputs.size(), tensors.size());
  const bool named = tensors.size() > 1 &&
                     std::all_of(tensors.begin(), tensors.end(),
                                 [](const TensorSpec& tensor) { return !tensor.name.empty(); });
  std::vector<std::size_t> matches;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!named) {
      matches.push_back(i);
      continue;
    }
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const TensorSpec& tensor) {
      return tensor.name == inputs[i].name;
    });
    require(found != tensors.end(), ErrorCode::kInvalidArgument,
            "the data have no tensor for the model's input '{}'", inputs[i].name);
    matches.push_back(static_cast<std::size_t>(found - tensors.begin()));
  }
  return matches;
}

/// One batch of outputs: memory taken once, views that are made shorter for the last batch.
class OutputBatch {
 public:
  void prepare(std::span<const TensorSpec> outputs, const std::vector<Shape>& shapes) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const MutableTensorView view{nullptr, outputs[i].dtype, shapes[i]};
      buffers_.emplace_back(view.bytes());
      writable_.push_back({buffers_.back().data(), view.dtype, view.shape});
      readable_.push_back({buffers_.back().data(), view.dtype, view.shape});
    }
  }

  void set_rows(std::int64_t rows) {
    for (MutableTensorView& view : writable_) view.shape[0] = rows;
    for (TensorView& view : readable_) view.shape[0] = rows;
  }

  std::span<const MutableTensorView> writable() const { return writable_; }
  std::span<const TensorView> readable() const { return readable_; }

 private:
  std::vector<AlignedBuffer> buffers_;
  std::vector<MutableTensorView> writable_;
  std::vector<TensorView> readable_;
};

class Stream {
 public:
  Stream(Session& session, Source& source, Sink& sink)
      : session_(session),
        source_(source),
        sink_(sink),
        matches_(match_inputs(session.model().inputs(), source.tensors())),
        inputs_(matches_.size()) {
    prepare_outputs();
  }

  std::uint64_t run(const StreamOptions& options) {
    std::uint64_t done = 0;
    while (true) {
      const std::span<const TensorView> batch = source_.next(session_.options().batch_size);
      if (batch.empty()) break;
      const std::int64_t rows = adopt(batch);
      outputs_.set_rows(rows);
      session_.run(inputs_, outputs_.writable());
      sink_.write(outputs_.readable());
      done += static_cast<std::uint64_t>(rows);
      require(!options.on_batch || options.on_batch(done), ErrorCode::kCancelled,
              "stopped after {} rows", done);
    }
    sink_.finish();
    return done;
  }

 private:
  /// Takes a batch as the model's inputs; returns its number of rows. Anybody can write a source,
  /// so it is held to its word: there is room for no more rows than it was asked for.
  std::int64_t adopt(std::span<const TensorView> batch) {
    require(batch.size() == source_.tensors().size(), ErrorCode::kInvalidArgument,
            "the source has {} tensors, but gives {}", source_.tensors().size(), batch.size());
    for (std::size_t i = 0; i < matches_.size(); ++i) inputs_[i] = batch[matches_[i]];
    const std::int64_t rows = inputs_.front().shape[0];
    const std::size_t most = session_.options().batch_size;
    require(rows > 0 && std::cmp_less_equal(rows, most), ErrorCode::kInvalidArgument,
            "the source was asked for at most {} rows, but gives {}", most, rows);
    return rows;
  }

  void prepare_outputs() {
    std::vector<Shape> shapes;
    for (const std::size_t match : matches_) {
      shapes.push_back(source_.tensors()[match].shape);
      shapes.back()[0] = static_cast<std::int64_t>(session_.options().batch_size);
    }
    const std::span<const TensorSpec> outputs = session_.model().outputs();
    const std::vector<Shape> output_shapes = session_.output_shapes(shapes);
    outputs_.prepare(outputs, output_shapes);
    std::vector<TensorSpec> specs(outputs.begin(), outputs.end());
    for (std::size_t i = 0; i < specs.size(); ++i) {
      specs[i].shape = output_shapes[i];
      specs[i].shape[0] = source_.tensors()[matches_.front()].shape[0];
    }
    sink_.open(specs);
  }

  Session& session_;
  Source& source_;
  Sink& sink_;
  std::vector<std::size_t> matches_;
  std::vector<TensorView> inputs_;
  OutputBatch outputs_;
};

}  // namespace

std::uint64_t predict_stream(Session& session, Source& source, Sink& sink,
                             const StreamOptions& options) {
  return Stream(session, source, sink).run(options);
}

}  // namespace weir
