#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "base/fail.h"
#include "base/memory.h"
#include "profile/named_memory.h"
#include "weir/memory_size.h"
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

/// How many rows a stream asks for, predicts and hands over at a time.
struct StreamSizes {
  std::size_t batch;  ///< To be handed over at a time.
  std::size_t pass;   ///< To be read and predicted at a time: divides the batch, or is many of it.
  bool whole;         ///< The sink wants each batch as a whole.

  std::size_t buffer() const { return whole ? std::max(batch, pass) : pass; }
};

StreamSizes sizes_for(Session& session, const Source& source, const Sink& sink) {
  const std::size_t batch = session.options().batch_size;
  const std::size_t pass = session.plan().pass_rows;
  const bool ahead = source.has_rows_ready() && pass >= batch;
  return {batch, ahead ? pass - pass % batch : std::min(pass, batch), !sink.takes_parts()};
}

/// Outputs on their way from the session to the sink: memory taken once, views on parts of it.
class OutputRows {
 public:
  void prepare(std::span<const TensorSpec> outputs, const std::vector<Shape>& shapes,
               const std::optional<Profile>& profile) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const TensorView view{nullptr, outputs[i].dtype, shapes[i]};
      const AlignedBuffer& buffer = buffers_.emplace_back(view.bytes());
      if (profile) {
        names_.emplace_back(
            *profile, profile::NamedRange{profile::Owner::kOutputs, buffer.as<const std::byte>()});
      }
      row_bytes_.push_back(view.bytes() / static_cast<std::size_t>(shapes[i][0]));
      writable_.push_back({nullptr, view.dtype, view.shape});
      readable_.push_back(view);
    }
  }

  std::span<const MutableTensorView> writable(std::size_t first, std::size_t rows) {
    return views_on(writable_, first, rows);
  }
  std::span<const TensorView> readable(std::size_t first, std::size_t rows) {
    return views_on(readable_, first, rows);
  }
  const Shape& shape(std::size_t output) const { return readable_[output].shape; }

 private:
  template <typename View>
  std::span<const View> views_on(std::vector<View>& views, std::size_t first, std::size_t rows) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      views[i].data = buffers_[i].data() + first * row_bytes_[i];
      views[i].shape[0] = static_cast<std::int64_t>(rows);
    }
    return views;
  }

  std::vector<AlignedBuffer> buffers_;
  std::vector<profile::NamedMemory> names_;
  std::vector<std::size_t> row_bytes_;
  std::vector<MutableTensorView> writable_;
  std::vector<TensorView> readable_;
};

/// Outputs of a model that gives something else than a row for each of its rows: of one batch.
class OutputBatch {
 public:
  void make_room(std::span<const TensorSpec> outputs, const std::vector<Shape>& shapes) {
    buffers_.resize(outputs.size());
    writable_.clear();
    readable_.clear();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::size_t bytes = TensorView{nullptr, outputs[i].dtype, shapes[i]}.bytes();
      if (buffers_[i].size() < bytes) buffers_[i] = AlignedBuffer(bytes);
      writable_.push_back({buffers_[i].data(), outputs[i].dtype, shapes[i]});
      readable_.push_back({buffers_[i].data(), outputs[i].dtype, shapes[i]});
    }
  }

  std::span<const MutableTensorView> writable() const { return writable_; }
  std::span<const TensorView> readable() const { return readable_; }

 private:
  std::vector<AlignedBuffer> buffers_;
  std::vector<MutableTensorView> writable_;
  std::vector<TensorView> readable_;
};

/// The class of an object, as its author wrote it.
template <typename Object>
std::string class_name(const Object& object) {
  const char* mangled = typeid(object).name();
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), &std::free);
  return name == nullptr ? mangled : name.get();
}

class Stream {
 public:
  Stream(Session& session, Source& source, Sink& sink, const StreamOptions& options)
      : session_(session),
        source_(source),
        sink_(sink),
        options_(options),
        profile_(session.profile()),
        matches_(match_inputs(session.model().inputs(), source.tensors())),
        inputs_(matches_.size()) {
    prepare();
  }

  std::uint64_t run() {
    while (true) {
      const std::size_t wanted = std::min(sizes_.pass, sizes_.buffer() - end_);
      const std::span<const TensorView> read = read_rows(wanted);
      if (read.empty()) break;
      const std::size_t rows = adopt(read, wanted);
      if (gives_rows_) {
        session_.run(inputs_, outputs_.writable(end_, rows));
        end_ += rows;
        hand_over_batches();
      } else {
        run_batch(rows);
      }
    }
    if (begin_ < end_) hand_over(end_ - begin_);
    if (done_ % sizes_.batch != 0) report();
    sink_.finish();
    return done_;
  }

 private:
  /// Gives the sink what it may have now.
  void hand_over_batches() {
    while (begin_ < end_) {
      const std::size_t to_boundary = sizes_.batch - static_cast<std::size_t>(done_) % sizes_.batch;
      const std::size_t rows = std::min(to_boundary, end_ - begin_);
      if (sizes_.whole && rows < to_boundary) return;
      hand_over(rows);
      if (rows == to_boundary) report();
    }
    begin_ = end_ = 0;
  }

  /// Predicts a batch, and hands over whatever it gives.
  void run_batch(std::size_t rows) {
    batch_.make_room(session_.model().outputs(), session_.output_shapes(input_shapes()));
    session_.run(inputs_, batch_.writable());
    const profile::HeapOfCall heap(profile_, profile::Owner::kSink);
    sink_.write(batch_.readable());
    done_ += rows;
    if (done_ % sizes_.batch == 0) report();
  }

  std::vector<Shape> input_shapes() const {
    std::vector<Shape> shapes;
    for (const TensorView& input : inputs_) shapes.push_back(input.shape);
    return shapes;
  }

  std::span<const TensorView> read_rows(std::size_t wanted) {
    const profile::HeapOfCall heap(profile_, profile::Owner::kSource);
    return source_.next(wanted);
  }

  void hand_over(std::size_t rows) {
    const profile::HeapOfCall heap(profile_, profile::Owner::kSink);
    sink_.write(outputs_.readable(begin_, rows));
    begin_ += rows;
    done_ += rows;
  }

  void report() const {
    const profile::HeapOfCall heap(profile_, profile::Owner::kSink);
    require(!options_.on_batch || options_.on_batch(done_), ErrorCode::kCancelled,
            "stopped after {} rows", done_);
  }

  /// Takes a batch as the model's inputs; returns its number of rows. Anybody can write a source,
  /// so it is held to its word: there is room for no more rows than it was asked for.
  std::size_t adopt(std::span<const TensorView> batch, std::size_t most) {
    require(batch.size() == source_.tensors().size(), ErrorCode::kInvalidArgument,
            "the source has {} tensors, but gives {}", source_.tensors().size(), batch.size());
    for (std::size_t i = 0; i < matches_.size(); ++i) inputs_[i] = batch[matches_[i]];
    const std::int64_t rows = inputs_.front().shape[0];
    require(rows > 0 && std::cmp_less_equal(rows, most), ErrorCode::kInvalidArgument,
            "the source was asked for at most {} rows, but gives {}", most, rows);
    if (gives_rows_ && rows != last_rows_) check_outputs(rows);
    return static_cast<std::size_t>(rows);
  }

  /// That a batch of another size has outputs which go behind those before.
  void check_outputs(std::int64_t rows) {
    last_rows_ = rows;
    const std::vector<Shape> shapes = session_.output_shapes(input_shapes());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      Shape wanted = outputs_.shape(i);
      wanted[0] = rows;
      require(shapes[i] == wanted, ErrorCode::kInvalidArgument,
              "output '{}' of this batch has the shape {}, of the batch before {}: they do not go "
              "one after the other; a larger batch size takes all rows at once",
              session_.model().outputs()[i].name, to_string(shapes[i]),
              to_string(outputs_.shape(i)));
    }
  }

  void prepare() {
    std::vector<Shape> shapes;
    for (const std::size_t match : matches_) {
      shapes.push_back(source_.tensors()[match].shape);
      shapes.back()[0] = static_cast<std::int64_t>(first_rows());
    }
    last_rows_ = shapes.front()[0];
    std::vector<Shape> output_shapes = session_.output_shapes(shapes);
    gives_rows_ = std::ranges::all_of(output_shapes, [&](const Shape& shape) {
      return !shape.empty() && shape[0] == shapes.front()[0];
    });
    sizes_ = sizes_for(session_, source_, sink_);
    if (gives_rows_) {
      for (Shape& shape : output_shapes) shape[0] = static_cast<std::int64_t>(sizes_.buffer());
      check_limit(output_shapes);
      outputs_.prepare(session_.model().outputs(), output_shapes, profile_);
    }
    sink_.open(sink_specs(output_shapes));
    if (profile_) profile_->recorder().add_stream(class_name(source_), class_name(sink_));
  }

  /// Shape::kFree where only the source knows.
  std::int64_t total_rows() const { return source_.tensors()[matches_.front()].shape[0]; }

  /// Of a batch, or of all there is where that is less.
  std::size_t first_rows() const {
    const std::size_t batch = session_.options().batch_size;
    const std::int64_t total = total_rows();
    return total > 0 ? std::min(batch, static_cast<std::size_t>(total)) : batch;
  }

  std::vector<TensorSpec> sink_specs(const std::vector<Shape>& shapes) const {
    const std::span<const TensorSpec> outputs = session_.model().outputs();
    std::vector<TensorSpec> specs(outputs.begin(), outputs.end());
    for (std::size_t i = 0; i < specs.size(); ++i) {
      require(!shapes[i].empty(), ErrorCode::kUnsupported,
              "output '{}' is one number, which has no rows to hand on", specs[i].name);
      specs[i].shape = shapes[i];
      specs[i].shape[0] = gives_rows_ ? total_rows() : Shape::kFree;
    }
    return specs;
  }

  /// The plan has room for the outputs of one pass; a sink that wants whole batches may need more.
  void check_limit(const std::vector<Shape>& shapes) const {
    const std::optional<std::uint64_t> limit = session_.options().memory_limit;
    if (!limit || sizes_.buffer() <= sizes_.pass) return;
    std::uint64_t peak = session_.plan().peak_bytes;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      peak += TensorView{nullptr, session_.model().outputs()[i].dtype, shapes[i]}.bytes();
    }
    require(peak <= *limit, ErrorCode::kLimit,
            "batches of {} rows do not fit a memory limit of {}: with their outputs this needs {}",
            sizes_.batch, format_bytes(*limit), format_bytes(peak));
  }

  Session& session_;
  Source& source_;
  Sink& sink_;
  const StreamOptions& options_;
  const std::optional<Profile> profile_;
  StreamSizes sizes_{};
  std::vector<std::size_t> matches_;
  std::vector<TensorView> inputs_;
  bool gives_rows_ = true;  ///< One a row of the inputs, in each output.
  OutputRows outputs_;
  OutputBatch batch_;           ///< Where it does not.
  std::size_t begin_ = 0;       ///< Of the rows in the buffer that are not handed over yet, …
  std::size_t end_ = 0;         ///< … and their end.
  std::uint64_t done_ = 0;      ///< Rows handed over.
  std::int64_t last_rows_ = 0;  ///< Of the batch before.
};

}  // namespace

std::uint64_t predict_stream(Session& session, Source& source, Sink& sink,
                             const StreamOptions& options) {
  return Stream(session, source, sink, options).run();
}

}  // namespace weir
