#include "ops/hash_bins.h"

#include <algorithm>
#include <vector>

#include "base/fail.h"
#include "kernels/fingerprint64.h"
#include "kernels/hash_bins.h"
#include "kernels/parallel.h"
#include "ops/element_type.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::StepArgs;

template <typename T>
T mask_as(const std::variant<double, std::string>& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return std::get<std::string>(value);
  } else {
    return static_cast<T>(std::get<double>(value));
  }
}

class BinsOfElements final : public graph::Operation {
 public:
  explicit BinsOfElements(HashRules rules) : rules_(std::move(rules)) {}

  std::string_view kind() const override { return "hash bins"; }

  bool takes_type(DType /*dtype*/) const override { return true; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    const bool is_text = inputs[0].dtype == DType::kString;
    require(
        !rules_.mask_value || std::holds_alternative<std::string>(*rules_.mask_value) == is_text,
        ErrorCode::kInvalidArgument, "its mask_value is not of the type of its input, {}",
        to_string(inputs[0].dtype));
    return {{DType::kInt32, inputs[0].shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    return with_element_type(context.inputs[0].dtype,
                             [&]<typename T>() { return prepare_for<T>(count); });
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  template <typename T>
  std::unique_ptr<kernels::Step> prepare_for(std::size_t count) const {
    // Keras leaves out the mask where there is one bin only.
    const bool masked = rules_.mask_value.has_value() && rules_.bins > 1;
    const kernels::HashBins bins(masked ? rules_.bins - 1 : rules_.bins, rules_.salt);
    const auto each = [count](const StepArgs& args, const auto& bin_of) {
      const T* in = args.input<T>(0);
      auto* out = args.output<std::int32_t>();
      kernels::for_rows(args.pool, count, 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          out[i] = static_cast<std::int32_t>(bin_of(in[i]));
        }
      });
    };
    if (!masked) {
      return make_step([each, bins](const StepArgs& args) {
        each(args, [&](const T& element) { return bins.bin(element); });
      });
    }
    return make_step([each, bins, mask = *rules_.mask_value](const StepArgs& args) {
      const T mask_value = mask_as<T>(mask);
      each(args,
           [&](const T& element) { return element == mask_value ? 0 : bins.bin(element) + 1; });
    });
  }

  HashRules rules_;
};

/// Strings have fingerprints, integers are their own.
std::uint64_t fingerprint(const std::byte* elements, DType dtype, std::size_t i) {
  if (dtype == DType::kString) {
    return kernels::fingerprint64(reinterpret_cast<const std::string_view*>(elements)[i]);
  }
  const std::int64_t number = dtype == DType::kInt64
                                  ? reinterpret_cast<const std::int64_t*>(elements)[i]
                                  : reinterpret_cast<const std::int32_t*>(elements)[i];
  return static_cast<std::uint64_t>(number);
}

class HashedCrossing final : public graph::Operation {
 public:
  explicit HashedCrossing(std::int64_t bins) : bins_(static_cast<std::uint64_t>(bins)) {}

  std::string_view kind() const override { return "hashed crossing"; }

  bool takes_type(DType dtype) const override {
    return dtype == DType::kString || dtype == DType::kInt64 || dtype == DType::kInt32;
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() >= 2, ErrorCode::kInvalidArgument,
            "a crossing takes two inputs or more, not {}", inputs.size());
    for (const ValueType& input : inputs) {
      require(input.shape == inputs[0].shape, ErrorCode::kInvalidArgument,
              "features of the shapes {} and {} cannot be crossed", to_string(inputs[0].shape),
              to_string(input.shape));
    }
    return {{DType::kInt32, inputs[0].shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    std::vector<DType> types;
    for (const ValueType& input : context.inputs) types.push_back(input.dtype);
    return make_step([bins = bins_, count, types](const StepArgs& args) {
      constexpr std::uint64_t kKey = 0xDECAFCAFFE;  // TensorFlow's default.
      for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t crossed = kKey;
        for (std::size_t feature = 0; feature < types.size(); ++feature) {
          crossed = kernels::join_fingerprints(
              crossed, fingerprint(args.inputs[feature], types[feature], i));
        }
        args.output<std::int32_t>()[i] = static_cast<std::int32_t>(crossed % bins);
      }
    });
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  std::uint64_t bins_;
};

}  // namespace

graph::OperationPtr make_hash_bins(HashRules rules) {
  return std::make_shared<BinsOfElements>(std::move(rules));
}

graph::OperationPtr make_hashed_crossing(std::int64_t bins) {
  return std::make_shared<HashedCrossing>(bins);
}

}  // namespace weir::ops
