#include "harness.h"
#include "io/csv_source.h"
#include "piece_reader.h"

/// The first byte chooses the options, the rest is the table.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  weir::CsvOptions options;
  options.delimiter = (data[0] & 1) != 0 ? ',' : '\t';
  options.header = static_cast<weir::CsvHeader>(data[0] >> 1 & 1);
  options.skip_lines = data[0] >> 2 & 1;
  if ((data[0] & 8) != 0) options.columns = {"2-", "x"};
  const std::vector<weir::TensorSpec> inputs = {
      {"x", weir::DType::kInt32, {weir::Shape::kFree, 1}},
      {"y", weir::DType::kFloat32, {weir::Shape::kFree, 1}}};
  const bool is_for_model = (data[0] & 16) != 0;
  const weir::SharedBytes bytes = weir::fuzz_bytes(data, size);
  weir::only_errors([&] {
    const auto source =
        weir::open_csv(std::make_unique<weir::PieceReader>(bytes.bytes.subspan(1)), options,
                       is_for_model ? inputs : std::vector<weir::TensorSpec>{});
    while (!source->next(3).empty()) continue;
  });
  return 0;
}
