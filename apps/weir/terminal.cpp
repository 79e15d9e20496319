#include "terminal.h"

#include <sys/ioctl.h>

namespace weir::app {

std::optional<std::size_t> terminal_columns(int file) {
  winsize size{};
  const bool known = ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::optional<std::size_t>(size.ws_col) : std::nullopt;
}

}  // namespace weir::app
