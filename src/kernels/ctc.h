#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_pool.h"

/// Connectionist temporal classification: a label, or the blank, at each step of a sequence; what
/// is read is what is left without repetitions and then without blanks.
namespace weir::kernels {

/// Sequences of logits (samples, steps, classes), each as long as a length says.
struct CtcShape {
  std::size_t samples;
  std::size_t steps;
  std::size_t classes;
  std::size_t blank;  ///< A class.
};

/// The likeliest class at each step. Writes labels (samples, steps), with -1 behind the last one,
/// and the negative sum of the logits taken. Lengths are at most `steps`. Allocates nothing.
void ctc_decode_steps(const CtcShape& shape, bool merge_repeated, const float* logits,
                      const std::int32_t* lengths, std::int32_t* labels, float* scores,
                      const ThreadPool& pool);

/// A search that goes on with the `width` likeliest readings so far.
struct CtcBeamSearch {
  CtcShape shape;
  std::size_t width;
  std::size_t paths;  ///< That are asked for, at most `width`.
};

std::size_t ctc_beam_search_scratch_bytes(const CtcBeamSearch& search, std::size_t threads);

/// The likeliest readings. Writes labels (samples, paths, steps), with -1 behind the last one, and
/// the logarithms of their probabilities (samples, paths). Lengths are at most `steps`. Returns
/// false where a sample has fewer readings than are asked for. Allocates nothing.
bool ctc_beam_search(const CtcBeamSearch& search, const float* logits, const std::int32_t* lengths,
                     std::int32_t* labels, float* scores, std::byte* scratch,
                     const ThreadPool& pool);

std::size_t ctc_loss_scratch_bytes(std::size_t most_labels, std::size_t threads);

/// Of each sample, the negative logarithm of the probability that it reads as its labels: row i of
/// (samples, most_labels), as many of them as `label_lengths` says. With TensorFlow's ways for
/// labels that are no class and for what cannot be read so. Allocates nothing.
void ctc_loss(const CtcShape& shape, std::size_t most_labels, const float* logits,
              const std::int32_t* lengths, const std::int32_t* labels,
              const std::int32_t* label_lengths, float* losses, std::byte* scratch,
              const ThreadPool& pool);

}  // namespace weir::kernels
