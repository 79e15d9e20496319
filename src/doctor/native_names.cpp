#include "doctor/native_names.h"

#include <fmt/format.h>

#include <filesystem>

#include "doctor/symbolize.h"

namespace weir::doctor {
namespace {

std::string in_words(const NativeFrame& frame, const Symbol& symbol) {
  const std::string module = std::filesystem::path(frame.module).filename().string();
  std::string text = symbol.function.empty() ? fmt::format("{}+{:#x}", module, frame.offset)
                                             : fmt::format("{} ({})", symbol.function, module);
  if (symbol.line > 0) text += fmt::format(" {}:{}", symbol.file, symbol.line);
  return text;
}

}  // namespace

void name_native_frames(Diagnosis& diagnosis) {
  Symbolizer symbolizer;
  for (Finding& finding : diagnosis.findings) {
    finding.native_stack.clear();
    for (const NativeFrame& frame : finding.native_frames) {
      finding.native_stack.push_back(in_words(frame, symbolizer.symbolize(frame)));
    }
  }
}

}  // namespace weir::doctor
