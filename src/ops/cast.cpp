#include "ops/cast.h"

#include <algorithm>
#include <limits>

#include "base/fail.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

constexpr std::size_t kElementsPerTask = 16384;

std::int32_t truncate(float value) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (value >= 0x1p31F) return Limits::max();
  return value > -0x1p31F ? static_cast<std::int32_t>(value) : Limits::min();
}

template <typename To, typename From>
To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_same_v<To, std::int32_t> && std::is_same_v<From, float>) {
    return truncate(value);
  } else {
    return static_cast<To>(value);
  }
}

template <typename To, typename From>
std::unique_ptr<kernels::Step> make_conversion(std::size_t count) {
  return make_step([count](const kernels::StepArgs& args) {
    const From* in = args.input<From>(0);
    To* out = args.output<To>();
    args.pool.for_ranges(count, kElementsPerTask,
                         [&](std::size_t, std::size_t begin, std::size_t end) {
                           std::transform(in + begin, in + end, out + begin, convert<To, From>);
                         });
  });
}

template <typename To>
std::unique_ptr<kernels::Step> make_conversion_from(DType from, std::size_t count) {
  switch (from) {
    case DType::kFloat32:
      return make_conversion<To, float>(count);
    case DType::kInt32:
      return make_conversion<To, std::int32_t>(count);
    case DType::kBool:
      return make_conversion<To, bool>(count);
    default:
      fail(ErrorCode::kInternal, "{} is not executable", to_string(from));
  }
}

class Cast final : public graph::Operation {
 public:
  explicit Cast(DType to) : to_(to) {}

  std::string_view kind() const override { return "cast"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 1, ErrorCode::kInvalidArgument, "a cast takes one input, not {}",
            inputs.size());
    return {{to_, inputs[0].shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const DType from = context.inputs[0].dtype;
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    switch (to_) {
      case DType::kFloat32:
        return make_conversion_from<float>(from, count);
      case DType::kInt32:
        return make_conversion_from<std::int32_t>(from, count);
      case DType::kBool:
        return make_conversion_from<bool>(from, count);
      default:
        fail(ErrorCode::kInternal, "{} is not executable", to_string(to_));
    }
  }

  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }

 private:
  DType to_;
};

}  // namespace

graph::OperationPtr make_cast(DType to) { return std::make_shared<Cast>(to); }

}  // namespace weir::ops
