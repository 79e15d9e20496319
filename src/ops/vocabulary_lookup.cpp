#include "ops/vocabulary_lookup.h"

#include <algorithm>
#include <utility>

#include "base/fail.h"
#include "kernels/parallel.h"
#include "kernels/vocabulary.h"
#include "ops/element_type.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"
#include "ops/vocabulary_finder.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::StepArgs;

std::string shown(std::string_view token) { return std::string(token.substr(0, 40)); }
std::string shown(std::int64_t token) { return std::to_string(token); }

/// Whether elements of the type are tokens.
template <typename Token>
void require_tokens(std::string_view kind, std::span<const ValueType> inputs) {
  require_inputs(kind, inputs, 1);
  require((inputs[0].dtype == DType::kString) == kIsText<Token>, ErrorCode::kInvalidArgument,
          "the vocabulary has {}, but the input is {}", kIsText<Token> ? "strings" : "integers",
          to_string(inputs[0].dtype));
}

template <typename Token>
class Lookup final : public graph::Operation {
 public:
  Lookup(Vocabulary<Token> vocabulary, LookupRules<Token> rules)
      : vocabulary_(std::move(vocabulary)), rules_(std::move(rules)) {}

  std::string_view kind() const override { return "vocabulary lookup"; }

  bool takes_type(DType /*dtype*/) const override { return true; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_tokens<Token>(kind(), inputs);
    return {{DType::kInt32, inputs[0].shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    const graph::PackedWeight packed = pack_vocabulary(vocabulary_, context.weights);
    const Finder<Token> finder({vocabulary_.tokens.size(), packed.bytes}, rules_);
    return with_element_type(
        context.inputs[0].dtype, [&]<typename T>() -> std::unique_ptr<kernels::Step> {
          if constexpr (std::is_same_v<T, std::string_view> == kIsText<Token>) {
            return make_step([finder, count](const StepArgs& args) { run<T>(finder, count, args); },
                             0, {packed});
          } else {
            fail(ErrorCode::kInternal, "a lookup of elements that are no tokens");
          }
        });
  }

  std::size_t packed_bytes() const override {
    return Table<Token>::packed_bytes(vocabulary_.tokens);
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  template <typename T>
  static void run(const Finder<Token>& finder, std::size_t count, const StepArgs& args) {
    const T* in = args.input<T>(0);
    auto* out = args.output<std::int32_t>();
    // A search reads as much as a row of some elements does.
    constexpr std::size_t kElementsOfASearch = 64;
    kernels::for_rows(args.pool, count, kElementsOfASearch,
                      [&](std::size_t begin, std::size_t end) {
                        for (std::size_t i = begin; i < end; ++i) {
                          out[i] = finder.index(key_of(in[i]));
                        }
                      });
    // Here, since a task of the pool must not throw.
    const std::int32_t* missing = std::find(out, out + count, kernels::kNoPlace);
    if (missing == out + count) return;
    fail(ErrorCode::kInvalidArgument,
         "'{}' is not in the vocabulary, and num_oov_indices is 0: the layer has no index for it",
         shown(key_of(in[missing - out])));
  }

  Vocabulary<Token> vocabulary_;
  LookupRules<Token> rules_;
};

graph::PackedWeight pack_list(const Vocabulary<std::string>& vocabulary,
                              graph::PackedWeights& weights) {
  return weights.get(vocabulary.id, kernels::TextList::packed_bytes(vocabulary.tokens),
                     [&](const graph::PackingRoom& room) {
                       kernels::TextList::pack(vocabulary.tokens, room.bytes());
                     });
}

graph::PackedWeight pack_list(const Vocabulary<std::int64_t>& vocabulary,
                              graph::PackedWeights& weights) {
  return weights.get(vocabulary.id, vocabulary.tokens.size() * sizeof(std::int32_t),
                     [&](const graph::PackingRoom& room) {
                       auto* to = reinterpret_cast<std::int32_t*>(room.bytes().data());
                       for (const std::int64_t token : vocabulary.tokens) {
                         *to++ = static_cast<std::int32_t>(token);
                       }
                     });
}

std::span<const std::int32_t> integers_in(const graph::PackedWeight& packed) {
  return {reinterpret_cast<const std::int32_t*>(packed.bytes.data()),
          packed.bytes.size() / sizeof(std::int32_t)};
}

/// Tokens by their index; the last of the list is for all other indices.
template <typename Token>
class InverseLookup final : public graph::Operation {
 public:
  explicit InverseLookup(Vocabulary<Token> list) : list_(std::move(list)) {}

  std::string_view kind() const override { return "inverse lookup"; }

  bool takes_type(DType dtype) const override { return dtype != DType::kString; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    return {{kIsText<Token> ? DType::kString : DType::kInt32, inputs[0].shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const graph::PackedWeight packed = pack_list(list_, context.weights);
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    const auto tokens = [&] {
      if constexpr (kIsText<Token>) {
        return kernels::TextList(list_.tokens.size(), packed.bytes);
      } else {
        return integers_in(packed);
      }
    }();
    return with_element_type(
        context.inputs[0].dtype, [&]<typename T>() -> std::unique_ptr<kernels::Step> {
          if constexpr (std::is_same_v<T, std::string_view>) {
            fail(ErrorCode::kInternal, "strings are no indices");
          } else {
            return make_step([tokens, count](const StepArgs& args) { run<T>(tokens, count, args); },
                             0, {packed});
          }
        });
  }

  std::size_t packed_bytes() const override {
    if constexpr (kIsText<Token>) return kernels::TextList::packed_bytes(list_.tokens);
    return list_.tokens.size() * sizeof(std::int32_t);
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  template <typename T, typename Tokens>
  static void run(const Tokens& tokens, std::size_t count, const StepArgs& args) {
    const std::size_t oov = tokens.size() - 1;
    const T* in = args.input<T>(0);
    auto* out = args.output<std::conditional_t<kIsText<Token>, std::string_view, std::int32_t>>();
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t index = key_of(in[i]);
      out[i] =
          tokens[std::cmp_less(index, oov) && index >= 0 ? static_cast<std::size_t>(index) : oov];
    }
  }

  Vocabulary<Token> list_;
};

template <typename Token>
graph::OperationPtr inverse_of(Vocabulary<Token> vocabulary, Token oov) {
  vocabulary.tokens.push_back(std::move(oov));
  return std::make_shared<InverseLookup<Token>>(std::move(vocabulary));
}

}  // namespace

graph::OperationPtr make_lookup(Vocabulary<std::string> vocabulary,
                                LookupRules<std::string> rules) {
  return std::make_shared<Lookup<std::string>>(std::move(vocabulary), std::move(rules));
}

graph::OperationPtr make_lookup(Vocabulary<std::int64_t> vocabulary,
                                LookupRules<std::int64_t> rules) {
  return std::make_shared<Lookup<std::int64_t>>(std::move(vocabulary), std::move(rules));
}

graph::OperationPtr make_inverse_lookup(Vocabulary<std::string> vocabulary, std::string oov) {
  return inverse_of(std::move(vocabulary), std::move(oov));
}

graph::OperationPtr make_inverse_lookup(Vocabulary<std::int64_t> vocabulary, std::int64_t oov) {
  for (const std::int64_t token : vocabulary.tokens) {
    require(std::in_range<std::int32_t>(token), ErrorCode::kUnsupported,
            "an inverse lookup of {}, which int32 cannot hold", token);
  }
  require(std::in_range<std::int32_t>(oov), ErrorCode::kUnsupported,
          "an inverse lookup of {}, which int32 cannot hold", oov);
  return inverse_of(std::move(vocabulary), oov);
}

}  // namespace weir::ops
