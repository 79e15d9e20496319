#include "write_text.h"

#include <memory>
#include <span>

#include "base/output_file.h"

namespace weir::app {

void write_text(const std::string& path, std::string_view text, StopFlag stop) {
  const std::unique_ptr<OutputFile> file = open_output_file(path, stop);
  file->write(std::as_bytes(std::span(text)));
  file->finish();
}

}  // namespace weir::app
