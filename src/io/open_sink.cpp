#include "io/open_sink.h"

#include <sys/stat.h>

#include "base/fail.h"
#include "base/output_file.h"
#include "io/at_file.h"
#include "io/csv_sink.h"
#include "io/jsonl_sink.h"
#include "io/npy_sink.h"
#include "io/npz_sink.h"

namespace weir {
namespace {

// Names the file in every error of another sink.
class NamedSink final : public Sink {
 public:
  NamedSink(std::string file, std::unique_ptr<Sink> sink)
      : file_(std::move(file)), sink_(std::move(sink)) {}

  void open(std::span<const TensorSpec> tensors) override {
    at_file(file_, [&] { sink_->open(tensors); });
  }
  void write(std::span<const TensorView> batch) override {
    at_file(file_, [&] { sink_->write(batch); });
  }
  bool takes_parts() const override { return sink_->takes_parts(); }
  void finish() override {
    at_file(file_, [&] { sink_->finish(); });
  }

 private:
  std::string file_;
  std::unique_ptr<Sink> sink_;
};

// Folders too, which are refused when they are opened.
bool is_pipe_or_device(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

std::unique_ptr<Sink> make_sink(const OutputOptions& options) {
  auto file = open_output_file(options.path, options.stop);
  const std::optional<FileFormat> format = output_format_of(options);
  require(format.has_value(), ErrorCode::kInvalidArgument, "{}", kNoOutputFormat);
  const char usual_delimiter = *format == FileFormat::kTsv ? '\t' : ',';
  switch (*format) {
    case FileFormat::kNpy:
      return make_npy_sink(std::move(file));
    case FileFormat::kNpz:
      return make_npz_sink(std::move(file));
    case FileFormat::kJsonl:
      return make_jsonl_sink(std::move(file));
    case FileFormat::kCsv:
    case FileFormat::kTsv:
      return make_csv_sink(std::move(file),
                           options.delimiter == '\0' ? usual_delimiter : options.delimiter);
  }
  fail(ErrorCode::kInternal, "an unknown file format");
}

}  // namespace

std::optional<FileFormat> output_format_of(const OutputOptions& options) {
  if (options.format) return options.format;
  if (const auto by_name = format_of_name(options.path)) return by_name;
  if (options.path == "-" || is_pipe_or_device(options.path)) return FileFormat::kCsv;
  return std::nullopt;
}

std::unique_ptr<Sink> open_sink(const OutputOptions& options) {
  const std::string name = options.path == "-" ? "standard output" : options.path;
  return std::make_unique<NamedSink>(name, at_file(name, [&] { return make_sink(options); }));
}

}  // namespace weir
