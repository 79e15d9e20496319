#include "io/npy_sink.h"

#include <optional>

#include "base/fail.h"
#include "io/npy_writer.h"

namespace weir {
namespace {

class NpySink final : public Sink {
 public:
  explicit NpySink(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}

  void open(std::span<const TensorSpec> tensors) override {
    require(tensors.size() == 1, ErrorCode::kInvalidArgument,
            "an npy file holds one array and the model has {} outputs: write to .npz instead",
            tensors.size());
    const bool must_wait = tensors[0].shape[0] == Shape::kFree && !file_->is_rewritable();
    if (must_wait) waiting_.emplace();
    OutputFile& target = must_wait ? static_cast<OutputFile&>(*waiting_) : *file_;
    writer_.emplace(target, tensors[0]);
  }

  void write(std::span<const TensorView> batch) override { writer_->write(batch[0]); }

  bool takes_parts() const override { return true; }

  void finish() override {
    writer_->finish();
    if (waiting_) waiting_->copy_to(*file_);
    file_->finish();
  }

 private:
  std::unique_ptr<OutputFile> file_;
  std::optional<TemporaryFile> waiting_;
  std::optional<NpyWriter> writer_;
};

}  // namespace

std::unique_ptr<Sink> make_npy_sink(std::unique_ptr<OutputFile> file) {
  return std::make_unique<NpySink>(std::move(file));
}

}  // namespace weir
