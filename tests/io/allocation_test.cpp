#include <functional>
#include <memory>
#include <string>

#include "io/io_testing.h"
#include "io/open_sink.h"
#include "weir/allocations.h"

namespace weir::testing {
namespace {

std::uint64_t allocations_of(const std::function<void()>& action) {
  const std::uint64_t before = allocation_count();
  action();
  return allocation_count() - before;
}

// What a stream does with each batch, from one file to another, after the first batch.
std::uint64_t allocations_of_copying(const std::string& input, const std::string& output) {
  const auto source = open_files({input});
  const auto sink = [&] {
    OutputOptions options;
    options.path = output;
    return open_sink(options);
  }();
  sink->open(source->tensors());
  sink->write(source->next(2));
  const std::uint64_t count = allocations_of([&] {
    for (auto batch = source->next(2); !batch.empty(); batch = source->next(2)) sink->write(batch);
  });
  sink->finish();
  return count;
}

TEST(Allocations, AreCounted) {
  EXPECT_GT(allocations_of([] { std::make_unique<std::string>(100, 'x'); }), 0U);
}

TEST(Allocations, AreNoneInABatchFromFileToFile) {
  const TemporaryFolder folder;
  for (const char* input : {"version_1.npy", "fortran_f4.npy", "big_endian_f8.npy", "stored.npz",
                            "deflated.npz", "savetxt.csv"}) {
    for (const char* output : {"out.npz", "out.csv", "out.jsonl"}) {
      EXPECT_EQ(allocations_of_copying(fixture(input), folder / output), 0U)
          << input << " to " << output;
    }
  }
  EXPECT_EQ(allocations_of_copying(fixture("version_1.npy"), folder / "out.npy"), 0U);
}

}  // namespace
}  // namespace weir::testing
