#include "harness.h"
#include "keras/json_text.h"
#include "keras/model_config.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weir::SharedBytes bytes = weir::fuzz_bytes(data, size);
  for (const char* version : {"3.15.1", "2.21.0"}) {
    weir::only_errors([&] {
      weir::keras::parse_model(weir::keras::parse_json(bytes.bytes, "the model"), version);
    });
  }
  return 0;
}
