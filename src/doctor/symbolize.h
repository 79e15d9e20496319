#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "doctor/trace_record.h"

namespace weir::doctor {

/// A return address in words. Members that are not known are empty, or 0.
struct Symbol {
  std::string function;  ///< As in C++ source, where it is C++.
  std::string file;
  int line = 0;
};

/// Finds names and lines of code in the modules' symbols and debug information, by libdw. Modules
/// stay open as long as the object; one that is gone, or that is no ELF file, gives empty symbols.
/// Not thread-safe.
class Symbolizer {
 public:
  Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;
  ~Symbolizer();

  Symbol symbolize(const NativeFrame& frame);

 private:
  class Module;
  Module& open(const std::string& path);

  std::map<std::string, std::unique_ptr<Module>> modules_;
};

}  // namespace weir::doctor
