#include "harness.h"
#include "profile/record.h"
#include "report/page.h"
#include "report/profile_json.h"
#include "report/profile_text.h"
#include "report/timeline_svg.h"
#include "report/top_text.h"
#include "report/trace.h"

// A record, and all that is made of it: numbers that no writer would write must do no harm either.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weir::SharedBytes bytes = weir::fuzz_bytes(data, size);
  weir::only_errors([&] {
    const weir::profile::Record record = weir::profile::read_record(bytes.bytes);
    weir::report::to_html("<!--weir-profiles-->", record);
    weir::report::to_text(record);
    weir::report::to_trace(record);
    weir::report::to_folded(record);
    weir::report::to_svg(record);
    weir::report::to_top_text(record, 1, 80);
  });
  return 0;
}
