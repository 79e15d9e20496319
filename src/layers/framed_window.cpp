#include "layers/framed_window.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/fail.h"
#include "layers/number_array.h"

namespace weir::layers {
namespace {

/// Longer ones are no sound's; a hostile file could ask for all memory.
constexpr std::int64_t kLongestFrame = std::int64_t{1} << 20;

std::int64_t frame_length(const Config& config) {
  const std::int64_t length = config.sizes("fft_length", 1, 2048).front();
  require(length <= kLongestFrame, ErrorCode::kUnsupported, "fft_length {} is not supported",
          length);
  return length;
}

/// TensorFlow's periodic windows, which are periodic where the length is even.
std::vector<float> raised_cosine(std::size_t length, double offset) {
  if (length == 1) return {1.0F};
  const auto period = static_cast<double>(length % 2 == 0 ? length : length - 1);
  std::vector<float> window;
  for (std::size_t i = 0; i < length; ++i) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / period;
    window.push_back(static_cast<float>(offset - (1.0 - offset) * std::cos(angle)));
  }
  return window;
}

std::vector<float> read_window(const Config& config, std::size_t length) {
  if (!config.has("window") || config.json()["window"].is_string()) {
    const std::string name = config.text("window", "hann");
    require(name == "hann" || name == "hamming", ErrorCode::kUnsupported,
            "the window '{}' is not supported", name);
    return raised_cosine(length, name == "hann" ? 0.5 : 0.54);
  }
  const std::optional<NumberArray> numbers = parse_numbers(config.json()["window"]);
  require(numbers && numbers->values.size() == length, ErrorCode::kMalformed,
          "the window is not an array of {} numbers", length);
  return {numbers->values.begin(), numbers->values.end()};
}

}  // namespace

std::vector<float> framed_window(const Config& config) {
  const auto length = static_cast<std::size_t>(frame_length(config));
  const auto used = static_cast<std::size_t>(
      config.sizes("sequence_length", 1, static_cast<std::int64_t>(length)).front());
  require(used <= length, ErrorCode::kMalformed, "sequence_length {} is above fft_length {}", used,
          length);
  const bool has_window = !config.json().contains("window") || config.has("window");
  if (!has_window) return std::vector<float>(length, 1.0F);
  const std::vector<float> window = read_window(config, used);
  std::vector<float> framed(length, 0.0F);
  std::ranges::copy(window, framed.begin() + static_cast<std::ptrdiff_t>((length - used) / 2));
  return framed;
}

}  // namespace weir::layers
