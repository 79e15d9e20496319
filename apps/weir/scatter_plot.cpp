#include "scatter_plot.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::app {
namespace {

constexpr std::size_t kWidth = 60;
constexpr std::size_t kHeight = 14;
constexpr std::size_t kMargin = 9;

/// Values mapped onto the cells [0, cells).
struct Axis {
  double low;
  double high;
  std::size_t cells;

  std::size_t cell(double value) const {
    const double span = high > low ? high - low : 1.0;
    return static_cast<std::size_t>((value - low) / span * static_cast<double>(cells - 1) + 0.5);
  }
};

Axis axis_over(const std::vector<PlotPoint>& points, double PlotPoint::*value, std::size_t cells) {
  const auto [low, high] = std::ranges::minmax_element(points, {}, value);
  return {(*low).*value, (*high).*value, cells};
}

std::string margin_text(const Axis& axis, std::size_t line) {
  if (line == 0) return fmt::format("{:>{}.0f}", axis.high, kMargin);
  if (line == kHeight - 1) return fmt::format("{:>{}.0f}", axis.low, kMargin);
  return std::string(kMargin, ' ');
}

}  // namespace

std::string scatter_plot(const std::vector<PlotPoint>& points, const std::string& x_label,
                         const std::string& y_label) {
  const Axis x = axis_over(points, &PlotPoint::x, kWidth);
  const Axis y = axis_over(points, &PlotPoint::y, kHeight);
  std::vector<std::string> lines(kHeight, std::string(kWidth, ' '));
  for (const PlotPoint& point : points) {
    lines[kHeight - 1 - y.cell(point.y)][x.cell(point.x)] = point.mark;
  }
  std::string text = y_label + "\n";
  for (std::size_t line = 0; line < kHeight; ++line) {
    const std::size_t end = lines[line].find_last_not_of(' ') + 1;
    text += margin_text(y, line) + " |" + lines[line].substr(0, end) + "\n";
  }
  const std::string indent(kMargin + 1, ' ');
  text += indent + "+" + std::string(kWidth, '-') + "\n";
  const std::string low = fmt::format("{:.1f}", x.low);
  const std::string high = fmt::format("{:.1f}", x.high);
  const std::size_t room = kWidth - low.size() - high.size();
  return text + indent + " " + low + fmt::format("{:^{}}", x_label, room) + high + "\n";
}

}  // namespace weir::app
