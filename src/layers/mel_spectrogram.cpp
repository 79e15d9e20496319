#include <algorithm>
#include <cmath>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/framed_window.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/matmul.h"
#include "ops/power_spectrum.h"
#include "ops/reduce.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

constexpr std::int64_t kMostMelWeights = std::int64_t{1} << 24;

double to_mel(double hertz) { return 1127.0 * std::log(1.0 + hertz / 700.0); }

/// How much each frequency (rows) counts for each band of the mel scale (columns): triangles.
std::vector<double> mel_matrix(const Config& config, std::size_t frequencies, std::size_t bands) {
  const double rate = config.number("sampling_rate", 16000.0);
  const double low = to_mel(config.number("min_freq", 20.0));
  const double high = to_mel(config.number("max_freq", std::floor(rate / 2.0)));
  const double width = (high - low) / static_cast<double>(bands + 1);
  require(width > 0.0, ErrorCode::kMalformed, "min_freq is not below max_freq");
  std::vector<double> matrix(frequencies * bands, 0.0);
  for (std::size_t k = 1; k < frequencies; ++k) {
    const double mel =
        to_mel(rate / 2.0 * static_cast<double>(k) / static_cast<double>(frequencies - 1));
    for (std::size_t band = 0; band < bands; ++band) {
      const double lower = low + width * static_cast<double>(band);
      const double rising = (mel - lower) / width;
      matrix[k * bands + band] = std::max(0.0, std::min(rising, 2.0 - rising));
    }
  }
  return matrix;
}

ValueId add_mel_scale(LayerCall& call, ValueId spectrum) {
  const Config config = call.config();
  const auto frequencies = static_cast<std::size_t>(call.shape(spectrum).back());
  const std::int64_t columns = config.sizes("num_mel_bins", 1, 128).front();
  require(columns <= kMostMelWeights / call.shape(spectrum).back(), ErrorCode::kUnsupported,
          "{} bands of {} frequencies are not supported", columns, frequencies);
  const auto bands = static_cast<std::size_t>(columns);
  ops::ProductTerms terms;
  terms.kernel = Operand::array(call.path(), mel_matrix(config, frequencies, bands),
                                {static_cast<std::int64_t>(frequencies), columns}, DType::kFloat32)
                     .constant(call.path());
  return call.add(ops::make_matmul(frequencies, bands, std::move(terms)), {spectrum});
}

/// Decibels below a reference, none more than `top_db` below the loudest of the batch.
ValueId add_decibels(LayerCall& call, ValueId power) {
  const Config config = call.config();
  const double least = config.number("min_power", 1e-10);
  const double reference = std::max(std::abs(config.number("ref_power", 1.0)), least);
  const ValueId audible =
      add_binary(call, BinaryKind::kMaximum, power, Operand::number(least, false));
  const ValueId logarithm = call.add(ops::make_unary({UnaryKind::kLog10}), {audible});
  const ValueId decibels = add_affine(call, 10.0, -10.0 * std::log10(reference), logarithm);
  std::vector<std::size_t> all;
  for (std::size_t axis = 0; axis < call.shape(decibels).rank(); ++axis) all.push_back(axis);
  const ValueId loudest =
      call.add(ops::make_reduce(kernels::ReduceKind::kMaximum, all, true), {decibels});
  const ValueId floor = add_binary(call, BinaryKind::kSubtract, loudest,
                                   Operand::number(config.number("top_db", 80.0), false));
  return add_binary(call, BinaryKind::kMaximum, decibels, floor);
}

std::vector<ValueId> mel_spectrogram(LayerCall& call) {
  const Config config = call.config();
  const ValueId signal = as_float(call, call.input());
  const auto step = static_cast<std::size_t>(config.sizes("sequence_stride", 1, 512).front());
  ValueId spectrum = call.add(ops::make_power_spectrum(framed_window(config), step), {signal});
  // Of the power, where Keras says of the magnitude.
  const double exponent = config.number("mag_exp", 2.0) / 2.0;
  if (exponent != 1.0) {
    spectrum =
        call.add(ops::make_unary({UnaryKind::kPower, static_cast<float>(exponent)}), {spectrum});
  }
  ValueId mel = add_mel_scale(call, spectrum);
  if (config.boolean("power_to_db", true)) mel = add_decibels(call, mel);
  std::vector<std::size_t> order;
  for (std::size_t axis = 0; axis < call.shape(mel).rank(); ++axis) order.push_back(axis);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return {add_transpose(call, mel, std::move(order))};
}

}  // namespace

void register_mel_spectrogram(Registry& registry) {
  registry.add_layer("MelSpectrogram", mel_spectrogram);
}

}  // namespace weir::layers
