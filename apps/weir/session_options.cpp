#include "session_options.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/fail.h"
#include "base/format_bytes.h"

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
  command.add_option("--batch-size", batch_size_, "Rows handed over at a time")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command.add_option("--threads", threads_, "Threads; 0 is one for each processor")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command.add_option("--memory-limit", memory_limit_,
                     "What the whole process may have resident, like 256MiB");
  command.add_option("--shape", shapes_,
                     "Shape of one row, like 28,28,1, or NAME=28,28,1 for one of several inputs");
}

SessionOptions SessionArguments::options(const Model& model) const {
  SessionOptions options{batch_size_, threads_, {}, {}};
  if (!memory_limit_.empty()) options.memory_limit = parse_bytes(memory_limit_);
  if (shapes_.empty()) return options;
  for (const TensorSpec& input : model.inputs()) {
    options.row_shapes.emplace_back(input.shape.dims().subspan(1));
  }
  for (const std::string& argument : shapes_) {
    const std::size_t equals = argument.find('=');
    const bool named = equals != std::string::npos;
    require(named || options.row_shapes.size() == 1, ErrorCode::kInvalidArgument,
            "the model has several inputs: say which with --shape NAME={}", argument);
    const std::size_t input = named ? input_named(model, argument.substr(0, equals)) : 0;
    options.row_shapes[input] =
        parse_shape(std::string_view(argument).substr(named ? equals + 1 : 0));
  }
  return options;
}

}  // namespace weir::app
