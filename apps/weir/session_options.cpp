#include "session_options.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "base/fail.h"
#include "base/shape_fit.h"
#include "device_option.h"
#include "weir/memory_size.h"
#include "weir/tuning.h"

namespace weir::app {
namespace {

/// "28,28,1" or "28x28x1".
Shape parse_shape(std::string_view text) {
  Shape shape;
  const char* next = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    std::int64_t size = 0;
    const auto [rest, error] = std::from_chars(next, end, size);
    require(error == std::errc{} && size > 0, ErrorCode::kInvalidArgument,
            "'{}' is no shape; write it like 28,28,1", text);
    shape.push_back(size);
    if (rest == end) return shape;
    require(*rest == ',' || *rest == 'x', ErrorCode::kInvalidArgument,
            "'{}' is no shape; write it like 28,28,1", text);
    next = rest + 1;
  }
}

struct ShapeArgument {
  std::string input;  ///< Empty for the only one.
  Shape shape;
};

/// "28,28,1" or "image=28,28,1".
ShapeArgument parse_shape_argument(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {"", parse_shape(text)};
  return {std::string(text.substr(0, equals)), parse_shape(text.substr(equals + 1))};
}

/// Makes what is wrong with a text a wrong usage, before anything is read.
template <typename Parse>
auto usage_check(Parse parse) {
  return [parse](const std::string& text) -> std::string {
    try {
      parse(text);
      return "";
    } catch (const Error& error) {
      return error.message();
    }
  };
}

const std::vector<std::string> kWeightsModes = {"auto", "resident", "stream"};

bool is_weights_mode(const std::string& text) {
  return std::ranges::find(kWeightsModes, text) != kWeightsModes.end();
}

std::size_t input_named(const Model& model, std::string_view name) {
  const auto inputs = model.inputs();
  const auto found = std::find_if(inputs.begin(), inputs.end(),
                                  [&](const TensorSpec& input) { return input.name == name; });
  require(found != inputs.end(), ErrorCode::kInvalidArgument, "the model has no input '{}'", name);
  return static_cast<std::size_t>(found - inputs.begin());
}

}  // namespace

void SessionArguments::add_to(CLI::App& command, std::size_t default_batch_size) {
  batch_size_ = default_batch_size;
  command.add_option("--batch-size", batch_size_)
      ->description(fmt::format("Rows handed over at a time; {} by default", default_batch_size))
      ->option_text("N")
      ->check(CLI::Range(1, 1 << 24));
  command.add_option("--threads", threads_)
      ->description("Threads; 0, the default, is one for each processor")
      ->option_text("N")
      ->check(CLI::Range(0, 1024));
  command.add_option("--memory-limit", memory_limit_)
      ->description("The most that the whole process may have resident, like 256MiB")
      ->option_text("SIZE")
      ->check(CLI::Validator(usage_check(parse_bytes), "", "size"));
  command.add_option("--weights", weights_)
      ->description(
          "Where weights are: resident (in memory), stream (in a file, a few\n"
          "megabytes in memory at a time), or auto (default: resident where\n"
          "the memory limit allows it). Or a file of weights, for an\n"
          "architecture or in place of the model's; may be given beside a mode")
      ->option_text("MODE|FILE")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(kWeightsModes) | CLI::ExistingFile);
  add_weights_dtype_to(command);
  add_shape_to(command);
  add_schedule_options(command);
}

void SessionArguments::add_weights_file_to(CLI::App& command) {
  command.add_option("--weights", weights_)
      ->description("A file of weights, for an architecture or in place of the model's")
      ->option_text("FILE")
      ->expected(1)
      ->check(CLI::ExistingFile);
}

void SessionArguments::add_weights_dtype_to(CLI::App& command) {
  command.add_option("--weights-dtype", weights_dtype_)
      ->description(
          "What weights of Dense layers and convolutions are kept as: float32\n(default), or, "
          "rounded, bfloat16 (half as large) or int8 (a quarter)")
      ->option_text("TYPE")
      ->check(CLI::IsMember({"float32", "bfloat16", "int8"}));
}

void SessionArguments::add_shape_to(CLI::App& command) {
  command.add_option("--shape", shapes_)
      ->description("Shape of one row where the model leaves it free:\n28,28,1 or NAME=28,28,1")
      ->option_text("SHAPE")
      ->allow_extra_args(false)
      ->check(CLI::Validator(usage_check(parse_shape_argument), "", "shape"));
}

void SessionArguments::add_schedule_options(CLI::App& command) {
  command.add_option("--mode", mode_)
      ->description(
          "latency (all threads in each step), throughput (each thread\nhas rows of its own) or "
          "auto (default)")
      ->option_text("MODE")
      ->check(CLI::IsMember({"auto", "latency", "throughput"}));
  command.add_option("--micro-batch", micro_batch_)
      ->description("Rows that pass at a time; 0, the default, chooses")
      ->option_text("N")
      ->check(CLI::Range(0, 1 << 24));
  command.add_option("--precision", precision_)
      ->description(
          "auto (default), or strict: without algorithms that round\notherwise than the plain sum "
          "does")
      ->option_text("HOW")
      ->check(CLI::IsMember({"auto", "strict"}));
  command.add_option("--device", device_)
      ->description(
          "Threads and memory to run in, like\nthreads=2,cores=0-1,memory=256MiB,policy=reserve")
      ->option_text("DEVICE")
      ->check(CLI::Validator(usage_check(parse_device), "", "device"));
}

Device SessionArguments::device() const {
  DeviceOptions options = parse_device(device_);
  if (options.threads == 0) options.threads = threads_;
  return Device(options);
}

LoadOptions SessionArguments::load_options() const {
  LoadOptions options;
  for (const std::string& text : weights_) {
    if (is_weights_mode(text)) continue;
    require(options.weights_file.empty(), ErrorCode::kInvalidArgument,
            "--weights names two files: {} and {}", options.weights_file.string(), text);
    options.weights_file = text;
  }
  return options;
}

SessionOptions SessionArguments::options(const Model& model, const std::string& model_file) const {
  SessionOptions options{.batch_size = batch_size_, .threads = threads_};
  options.micro_batch = micro_batch_;
  if (mode_ == "latency") options.mode = ExecutionMode::kLatency;
  if (mode_ == "throughput") options.mode = ExecutionMode::kThroughput;
  for (const std::string& text : weights_) {
    if (text == "resident") options.weights = WeightsMode::kResident;
    if (text == "stream") options.weights = WeightsMode::kStream;
  }
  if (weights_dtype_ == "bfloat16") options.weights_dtype = DType::kBFloat16;
  if (weights_dtype_ == "int8") options.weights_dtype = DType::kInt8;
  if (precision_ == "strict") options.precision = Precision::kStrict;
  if (!model_file.empty()) options.tuning = load_tuning(model_file);
  if (!memory_limit_.empty()) options.memory_limit = parse_bytes(memory_limit_);
  if (shapes_.empty()) return options;
  for (const TensorSpec& input : model.inputs()) {
    options.row_shapes.emplace_back(input.shape.dims().subspan(1));
  }
  for (const std::string& text : shapes_) {
    const ShapeArgument argument = parse_shape_argument(text);
    require(!argument.input.empty() || options.row_shapes.size() == 1, ErrorCode::kInvalidArgument,
            "the model has several inputs: say which with --shape NAME={}", text);
    const std::size_t input = argument.input.empty() ? 0 : input_named(model, argument.input);
    const TensorSpec& spec = model.inputs()[input];
    require(fits(argument.shape.dims(), spec.shape.dims().subspan(1)), ErrorCode::kInvalidArgument,
            "--shape {} does not fit input '{}', which is {} with its rows", text, spec.name,
            to_string(spec.shape));
    options.row_shapes[input] = argument.shape;
  }
  return options;
}

}  // namespace weir::app
