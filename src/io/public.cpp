#include "io/open_sink.h"
#include "io/open_source.h"
#include "weir/io.h"

namespace weir {

std::unique_ptr<Source> open_source(const std::string& file, std::span<const TensorSpec> expected) {
  InputOptions options;
  options.inputs = {file};
  options.expected = expected;
  return open_source(options);
}

std::unique_ptr<Sink> open_sink(const std::string& file) {
  OutputOptions options;
  options.path = file;
  return open_sink(options);
}

}  // namespace weir
