#include "io/io_testing.h"

#include "base/half.h"

namespace weir::testing {
namespace {

template <typename T>
double value_of(const TensorView& tensor, std::size_t index) {
  return static_cast<double>(static_cast<const T*>(tensor.data)[index]);
}

}  // namespace

double element(const TensorView& tensor, std::size_t index) {
  switch (tensor.dtype) {
    case DType::kFloat16:
      return half_to_float(static_cast<const std::uint16_t*>(tensor.data)[index]);
    case DType::kFloat32:
      return value_of<float>(tensor, index);
    case DType::kFloat64:
      return value_of<double>(tensor, index);
    case DType::kInt8:
      return value_of<std::int8_t>(tensor, index);
    case DType::kInt16:
      return value_of<std::int16_t>(tensor, index);
    case DType::kInt32:
      return value_of<std::int32_t>(tensor, index);
    case DType::kInt64:
      return value_of<std::int64_t>(tensor, index);
    case DType::kUInt8:
    case DType::kBool:
      return value_of<std::uint8_t>(tensor, index);
    case DType::kUInt16:
      return value_of<std::uint16_t>(tensor, index);
    case DType::kUInt32:
      return value_of<std::uint32_t>(tensor, index);
    case DType::kUInt64:
      return value_of<std::uint64_t>(tensor, index);
    case DType::kBFloat16:
    case DType::kString:
      break;
  }
  ADD_FAILURE() << "no test reads " << to_string(tensor.dtype);
  return 0;
}

std::vector<std::string> strings_of(const TensorView& tensor) {
  const auto* const first = static_cast<const std::string_view*>(tensor.data);
  return {first, first + tensor.shape.elements()};
}

std::vector<std::vector<double>> read_all(Source& source, std::size_t batch) {
  std::vector<std::vector<double>> tensors(source.tensors().size());
  while (true) {
    const auto views = source.next(batch);
    if (views.empty()) return tensors;
    for (std::size_t i = 0; i < views.size(); ++i) {
      const auto count = static_cast<std::size_t>(views[i].shape.elements());
      for (std::size_t k = 0; k < count; ++k) tensors[i].push_back(element(views[i], k));
    }
  }
}

std::vector<double> counting(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i) - 3;
  return values;
}

std::unique_ptr<Source> open_files(std::vector<std::string> files,
                                   std::span<const TensorSpec> expected) {
  InputOptions options;
  options.inputs = std::move(files);
  options.expected = expected;
  return open_source(options);
}

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorCode::kInternal, "no error");
}

}  // namespace weir::testing
