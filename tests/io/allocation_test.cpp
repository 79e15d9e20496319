#include <atomic>
#include <cstdlib>
#include <new>

#include "io/io_testing.h"
#include "io/open_sink.h"

namespace {

std::atomic<std::size_t> allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// Every allocation of this test program is counted.
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace weir::testing {
namespace {

std::size_t allocations_of(const std::function<void()>& action) {
  const std::size_t before = allocations;
  action();
  return allocations - before;
}

// What a stream does with each batch, from one file to another, after the first batch.
std::size_t allocations_of_copying(const std::string& input, const std::string& output) {
  const auto source = open_files({input});
  const auto sink = [&] {
    OutputOptions options;
    options.path = output;
    return open_sink(options);
  }();
  sink->open(source->tensors());
  sink->write(source->next(2));
  const std::size_t count = allocations_of([&] {
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
