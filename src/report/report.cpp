#include "weir/report.h"

#include "report/formats.h"

namespace weir {

std::string report_of(const std::filesystem::path& record_path, std::string_view format,
                      const std::optional<std::filesystem::path>& other_path) {
  const profile::Record record = profile::read_record_file(record_path);
  std::optional<profile::Record> other;
  if (other_path) other = profile::read_record_file(*other_path);
  return report::in_format(format, record, other);
}

}  // namespace weir
