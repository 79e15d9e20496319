#pragma once

#include <string>
#include <vector>

namespace weir::app {

/// A point of a plot in text, drawn as one character. Where several fall together, the last one is
/// seen.
struct PlotPoint {
  double x = 0;
  double y = 0;
  char mark = '*';
};

/// Points between two axes that are marked with their smallest and largest values; `x_label` and
/// `y_label` say what they are. At least one point.
std::string scatter_plot(const std::vector<PlotPoint>& points, const std::string& x_label,
                         const std::string& y_label);

}  // namespace weir::app
