#include "report/timeline_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/markup.h"
#include "report/verdict.h"
#include "weir/memory_size.h"

namespace weir::report {
namespace {

using profile::CensusEntry;
using profile::Record;

constexpr double kWidth = 960;
constexpr double kHeight = 420;
constexpr double kLeft = 84;
constexpr double kRight = 230;  // The legend.
constexpr double kTop = 64;
constexpr double kBottom = 44;
constexpr std::size_t kMostPoints = 600;

// Okabe and Ito's palette, which eyes of all kinds can tell apart, and tints of it.
constexpr std::array<std::string_view, profile::kOwnerCount> kColours{
    "#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00", "#B84A00",
    "#A33D7A", "#8C96A3", "#CC79A7", "#C9CED6", "#5E6B7A", "#4DB899", "#E0E3E8"};

/// A text of one line, without the control characters that XML does not allow.
std::string escaped(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return escape_markup(text);
}

/// Words in lines of at most `length` characters.
std::vector<std::string> wrapped(const std::string& text, std::size_t length) {
  std::vector<std::string> lines(1);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!lines.back().empty() && lines.back().size() + word.size() + 1 > length) {
      lines.emplace_back();
    }
    lines.back() += (lines.back().empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return lines;
}

/// From a record's times and bytes to places in the picture.
struct Scale {
  double seconds = 1;
  double bytes = 1;

  double x(const CensusEntry& census) const {
    return kLeft + static_cast<double>(census.time) * 1e-9 / seconds * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    return kHeight - kBottom - value / bytes * (kHeight - kTop - kBottom);
  }
};

Scale scale_of(const std::vector<const CensusEntry*>& censuses) {
  Scale scale{1e-9, 1};
  for (const CensusEntry* census : censuses) {
    scale.seconds = std::max(scale.seconds, static_cast<double>(census->time) * 1e-9);
    scale.bytes = std::max(scale.bytes, static_cast<double>(census->resident) * 1.05);
  }
  return scale;
}

class Picture {
 public:
  explicit Picture(const Record& record) {
    const std::size_t every = record.censuses.size() / kMostPoints + 1;
    for (std::size_t i = 0; i < record.censuses.size(); i += every) {
      censuses_.push_back(&record.censuses[i]);
    }
    scale_ = scale_of(censuses_);
  }

  std::string draw(const std::string& title) {
    add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" "
        "font-family=\"system-ui, sans-serif\" font-size=\"12\">\n"
        "<title>{}</title>\n<style>\n"
        "  .paper {{ fill: #fff }} .ink {{ fill: #1c2430 }} .line {{ stroke: #d5dae1 }}\n"
        "  @media (prefers-color-scheme: dark) {{\n"
        "    .paper {{ fill: #14181f }} .ink {{ fill: #e6e9ee }} .line {{ stroke: #343c48 }}\n"
        "  }}\n</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
        kWidth, kHeight, escaped(title));
    add_title(title);
    add_grid();
    add_owners();
    add("</svg>\n");
    return std::move(text_);
  }

 private:
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  void add_title(const std::string& title) {
    double y = 24;
    for (const std::string& line : wrapped(title, 120)) {
      add("<text class=\"ink\" x=\"16\" y=\"{}\" font-size=\"14\">{}</text>\n", y, escaped(line));
      y += 18;
    }
  }

  void add_grid() {
    constexpr int kLines = 4;
    for (int i = 0; i <= kLines; ++i) {
      const double bytes = scale_.bytes * i / kLines;
      const double y = scale_.y(bytes);
      add("<line class=\"line\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>\n", kLeft,
          kWidth - kRight, y);
      add("<text class=\"ink\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 8,
          y + 4, format_bytes(static_cast<std::uint64_t>(bytes)));
    }
    add("<text class=\"ink\" x=\"{}\" y=\"{}\">0 s</text>\n", kLeft, kHeight - 20);
    add("<text class=\"ink\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.1f} s</text>\n",
        kWidth - kRight, kHeight - 20, scale_.seconds);
  }

  /// Areas one on top of the other, each with its line in the legend; those never seen are left
  /// out.
  void add_owners() {
    std::vector<double> floor(censuses_.size());
    double legend = kTop + 12;
    for (std::size_t owner = 0; owner < profile::kOwnerCount; ++owner) {
      const bool seen = std::ranges::any_of(
          censuses_, [&](const CensusEntry* census) { return census->owners[owner] > 0; });
      if (!seen) continue;
      add_area(owner, floor);
      const std::string_view name = profile::name_of(static_cast<profile::Owner>(owner));
      add("<rect x=\"{0}\" y=\"{1}\" width=\"12\" height=\"12\" fill=\"{2}\"/>"
          "<text class=\"ink\" x=\"{3}\" y=\"{4}\">{5}</text>\n",
          kWidth - kRight + 16, legend - 10, kColours[owner], kWidth - kRight + 34, legend, name);
      legend += 20;
    }
  }

  void add_area(std::size_t owner, std::vector<double>& floor) {
    std::string upper;
    std::string lower;
    for (std::size_t i = 0; i < censuses_.size(); ++i) {
      const double x = scale_.x(*censuses_[i]);
      lower = fmt::format("{:.1f},{:.1f} ", x, scale_.y(floor[i])) + lower;
      floor[i] += static_cast<double>(censuses_[i]->owners[owner]);
      upper += fmt::format("{:.1f},{:.1f} ", x, scale_.y(floor[i]));
    }
    add("<polygon fill=\"{}\" points=\"{}{}\"/>\n", kColours[owner], upper, lower);
  }

  std::vector<const CensusEntry*> censuses_;
  Scale scale_;
  std::string text_;
};

}  // namespace

std::string to_svg(const Record& record) { return Picture(record).draw(judge(record).sentence); }

}  // namespace weir::report
