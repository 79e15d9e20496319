#include "profile/census.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>
#include <vector>

#include "base/memory.h"
#include "profile/named_memory.h"
#include "profile/process_map.h"
#include "profile/record_writer.h"
#include "support/child_process.h"

namespace weir::profile {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::uint64_t sum_of(const OwnerBytes& owners) {
  return std::accumulate(owners.begin(), owners.end(), std::uint64_t{0});
}

TEST(ProcessMap, HasEveryMappingInOrder) {
  ProcessMap map;
  Mapping mapping;
  std::uintptr_t last_end = 0;
  bool has_stack = false;
  std::uint64_t resident = 0;
  while (map.next(mapping)) {
    EXPECT_GE(mapping.begin, last_end);
    EXPECT_GT(mapping.end, mapping.begin);
    EXPECT_LE(mapping.resident, mapping.end - mapping.begin);
    last_end = mapping.end;
    resident += mapping.resident;
    has_stack = has_stack || mapping.path == "[stack]";
  }
  EXPECT_TRUE(has_stack);
  EXPECT_GT(resident, kMiB);
}

TEST(ProcessMap, HasTheLastMappingWhereverTheBufferEnds) {
  const std::string last =
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n"
      "Rss:                   0 kB\nVmFlags: ex \n";
  const std::filesystem::path file =
      std::filesystem::path(::testing::TempDir()) / ("smaps" + std::to_string(getpid()));
  for (std::size_t path = 1; path < 200; ++path) {
    std::string text = "1000-2000 rw-p 00000000 00:00 0 /" + std::string(path, 'p') + "\n";
    for (int address = 3; text.size() < (std::size_t{64} << 10); ++address) {
      text +=
          fmt::format("{0}000-{0}999 rw-p 00000000 00:00 0\nRss: 4 kB\nVmFlags: rd \n", address);
    }
    std::ofstream(file) << text << last;
    ProcessMap map(file.c_str());
    Mapping mapping;
    while (map.next(mapping)) {
    }
    EXPECT_EQ(mapping.begin, 0xffffffffff600000U) << path;
    EXPECT_EQ(mapping.path, "[vsyscall]") << path;
  }
  std::filesystem::remove(file);
}

TEST(Census, GivesEveryResidentByteToSomebody) {
  const Census census = take_census({});
  EXPECT_EQ(sum_of(census.owners), census.resident);
  EXPECT_GT(at(census.owners, Owner::kProgram), kMiB);
  EXPECT_GT(at(census.owners, Owner::kStacks), 0U);
}

TEST(Census, CountsThePagesOfNamedMemoryThatAreTouched) {
  const AlignedBuffer arena(8 * kMiB);
  const AlignedBuffer queue(4 * kMiB);  // The kernel may join the two to one mapping.
  std::memset(arena.data(), 1, 3 * kMiB);
  std::memset(queue.data(), 1, 2 * kMiB);
  const std::vector<NamedRange> ranges{{Owner::kArena, arena.as<const std::byte>()},
                                       {Owner::kQueue, queue.as<const std::byte>()}};
  const Census census = take_census(ranges);
  EXPECT_EQ(at(census.owners, Owner::kArena), 3 * kMiB);
  EXPECT_EQ(at(census.owners, Owner::kQueue), 2 * kMiB);
  EXPECT_EQ(sum_of(census.owners), census.resident);
}

TEST(Census, KnowsNamedMemoryBehindAFileThatIsMapped) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / ("window" + std::to_string(getpid()));
  // The kernel puts what is mapped next in front of what was mapped last.
  const AlignedBuffer arena(kMiB);
  std::memset(arena.data(), 1, kMiB);
  RecordWriter writer(path);
  const AlignedBuffer other(kMiB);
  std::memset(other.data(), 1, kMiB);
  const std::vector<NamedRange> ranges{{Owner::kArena, arena.as<const std::byte>()},
                                       {Owner::kQueue, other.as<const std::byte>()},
                                       {Owner::kRecorder, writer.window()}};
  const Census census = take_census(ranges);
  EXPECT_EQ(at(census.owners, Owner::kArena), kMiB);
  EXPECT_EQ(at(census.owners, Owner::kQueue), kMiB);
  EXPECT_EQ(at(census.owners, Owner::kRecorder), writer.window().size());
  std::filesystem::remove(path);
}

TEST(Census, TellsHeapInUseFromHeapThatIsFree) {
  if (testing::kSanitized) GTEST_SKIP() << "a sanitizer's allocator keeps no such books";
  std::vector<std::vector<char>> blocks;
  const Census before = take_census({});
  for (int i = 0; i < 2000; ++i) blocks.emplace_back(4000, 'x');
  const Census during = take_census({});
  EXPECT_GE(at(during.owners, Owner::kHeap), at(before.owners, Owner::kHeap) + 7 * kMiB);
  HeapShares shares{};
  at(shares, Owner::kSource) = 5 * kMiB;
  const Census shared = take_census({}, shares);
  EXPECT_EQ(at(shared.owners, Owner::kSource), 5 * kMiB);
  EXPECT_EQ(sum_of(shared.owners), shared.resident);
}

TEST(Census, KnowsTheStacksOfThreads) {
  const std::uint64_t before = at(take_census({}).owners, Owner::kStacks);
  std::uint64_t during = 0;
  std::thread([&] {
    std::array<volatile char, 512 * 1024> frame{};
    for (std::size_t i = 0; i < frame.size(); i += 4096) frame[i] = 1;
    during = at(take_census({}).owners, Owner::kStacks);
  }).join();
  EXPECT_GE(during, before + 512 * 1024);
}

// Two heaps in a row, of which the first one is nearly full, and a stack behind its guard: all
// three begin where heaps do.
TEST(Census, TellsAStackFromAHeapWhereverItBegins) {
  constexpr std::size_t kHeap = 64 * kMiB;
  constexpr std::size_t kGuard = 4096;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const OwnerBytes before = take_census({}).owners;
  auto* const room = static_cast<std::byte*>(mmap(nullptr, 5 * kHeap, PROT_NONE, kFlags, -1, 0));
  ASSERT_NE(room, MAP_FAILED);
  std::byte* const first = room + (kHeap - reinterpret_cast<std::uintptr_t>(room) % kHeap);
  std::byte* const second = first + kHeap;
  std::byte* const stack = second + kHeap;
  const auto touch = [](std::byte* begin, std::size_t bytes) {
    ASSERT_EQ(mprotect(begin, bytes, PROT_READ | PROT_WRITE), 0);
    std::memset(begin, 1, bytes);
  };
  munmap(room, static_cast<std::size_t>(first - room));
  touch(first, kHeap - kMiB);
  touch(second, 2 * kMiB);
  munmap(second + 3 * kMiB, static_cast<std::size_t>(stack - kGuard - (second + 3 * kMiB)));
  touch(stack, kMiB);
  const OwnerBytes during = take_census({}).owners;
  munmap(first, static_cast<std::size_t>(room + 5 * kHeap - first));
  EXPECT_GE(at(during, Owner::kStacks), at(before, Owner::kStacks) + kMiB);
  EXPECT_LT(at(during, Owner::kStacks), at(before, Owner::kStacks) + 2 * kMiB);
}

}  // namespace
}  // namespace weir::profile
