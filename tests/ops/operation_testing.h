#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/memory.h"
#include "graph/operation.h"

/// Running one operation on small tensors.
namespace weir::ops::testing {

struct Tensor {
  Shape shape;
  std::vector<float> values;
};

inline std::vector<float> random_values(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1.0F, 1.0F);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = distribution(generator);
  return values;
}

inline Tensor random_tensor(const Shape& shape, unsigned seed = 1) {
  return {shape, random_values(shape.elements(), seed)};
}

/// A weight as a file would give it.
inline graph::Constant constant(std::string id, const Tensor& tensor) {
  auto owner = std::make_shared<const std::vector<float>>(tensor.values);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(*owner));
  return {std::move(id), DType::kFloat32, tensor.shape, {bytes, std::move(owner)}};
}

/// The folded batch normalisation y = x * scale + shift.
inline graph::ChannelAffine affine(std::string id, std::vector<float> scale,
                                   std::vector<float> shift) {
  const auto channels = static_cast<std::int64_t>(scale.size());
  return {std::move(id), channels, [=] { return graph::ChannelAffine::Values{scale, shift}; }};
}

/// Prepared with weights of their own and run once, with nothing but NaN in outputs and scratch. A
/// first output that may be written over an input is.
template <typename Input>
std::vector<std::vector<float>> run_all_on(const graph::Operation& operation,
                                           const std::vector<graph::ValueType>& types,
                                           const std::vector<std::vector<Input>>& inputs,
                                           graph::PackedWeights& weights, std::size_t threads = 2) {
  const std::vector<graph::ValueType> outputs = operation.infer(types);
  const auto step = operation.prepare({types, outputs, threads, weights});

  std::vector<AlignedBuffer> buffers;
  std::vector<const std::byte*> pointers;
  for (const std::vector<Input>& input : inputs) {
    AlignedBuffer& buffer = buffers.emplace_back(std::max<std::size_t>(input.size(), 1) * 4);
    std::memcpy(buffer.data(), input.data(), input.size() * sizeof(Input));
    pointers.push_back(buffer.data());
  }
  std::vector<AlignedBuffer> fresh;
  std::vector<std::byte*> results;
  for (const graph::ValueType& output : outputs) {
    const auto elements = static_cast<std::size_t>(output.shape.elements());
    AlignedBuffer& buffer = fresh.emplace_back(std::max<std::size_t>(elements, 1) * sizeof(float));
    std::memset(buffer.data(), 0xFF, buffer.size());
    results.push_back(buffer.data());
  }
  AlignedBuffer scratch(step->scratch_bytes() + 1);
  std::memset(scratch.data(), 0xFF, scratch.size());
  if (!operation.in_place().empty()) results[0] = buffers[operation.in_place()[0].input].data();

  const ThreadPool pool(threads);
  step->run({pointers, results, scratch.data(), pool});
  std::vector<std::vector<float>> all;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto* values = reinterpret_cast<const float*>(results[i]);
    all.emplace_back(values, values + outputs[i].shape.elements());
  }
  return all;
}

/// The first output of the same.
template <typename Input>
std::vector<float> run_on(const graph::Operation& operation,
                          const std::vector<graph::ValueType>& types,
                          const std::vector<std::vector<Input>>& inputs,
                          graph::PackedWeights& weights, std::size_t threads = 2) {
  return run_all_on(operation, types, inputs, weights, threads)[0];
}

inline std::vector<float> run(const graph::Operation& operation, const std::vector<Tensor>& inputs,
                              graph::PackedWeights& weights) {
  std::vector<graph::ValueType> types;
  std::vector<std::vector<float>> values;
  for (const Tensor& input : inputs) {
    types.push_back({DType::kFloat32, input.shape});
    values.push_back(input.values);
  }
  return run_on(operation, types, values, weights);
}

inline std::vector<float> run(const graph::Operation& operation,
                              const std::vector<Tensor>& inputs) {
  graph::PackedWeights weights;
  return run(operation, inputs, weights);
}

inline Shape output_shape(const graph::Operation& operation, const Shape& input) {
  const graph::ValueType type{DType::kFloat32, input};
  return operation.infer({&type, 1})[0].shape;
}

}  // namespace weir::ops::testing
