#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "base/denormals.h"

namespace weir {
namespace {

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (const std::size_t threads : {1, 2, 3, 8}) {
    const ThreadPool pool(threads);
    for (const std::size_t tasks : {0, 1, 2, 7, 100}) {
      std::vector<std::atomic<int>> runs(tasks);
      pool.run(tasks, [&](std::size_t i, std::size_t) { ++runs[i]; });
      for (const std::atomic<int>& count : runs) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, RangesCoverEveryIndexOnceWithSlotsOfTheirOwn) {
  for (const std::size_t threads : {1, 2, 3, 5}) {
    const ThreadPool pool(threads);
    for (const std::size_t count : {0, 1, 2, 9, 10, 11, 64, 1000}) {
      for (const std::size_t grain : {1, 3, 10, 64, 5000}) {
        std::vector<std::atomic<int>> covered(count);
        std::vector<std::atomic<int>> busy(threads);
        pool.for_ranges(count, grain, [&](std::size_t slot, std::size_t begin, std::size_t end) {
          EXPECT_EQ(++busy.at(slot), 1);
          EXPECT_EQ(begin % grain, 0U);
          for (std::size_t i = begin; i < end; ++i) ++covered[i];
          --busy.at(slot);
        });
        for (const std::atomic<int>& times : covered) EXPECT_EQ(times, 1) << count << " " << grain;
      }
    }
  }
}

TEST(ThreadPool, APartTakesNoMoreThreadsThanItHas) {
  const ThreadPool pool(4);
  for (const std::size_t threads : {2, 3, 4, 2}) {
    const ThreadPool part = pool.part(threads);
    for (int call = 0; call < 200; ++call) {
      std::vector<std::atomic<int>> busy(threads);
      part.run(50, [&](std::size_t, std::size_t slot) {
        EXPECT_EQ(++busy.at(slot), 1);
        --busy.at(slot);
      });
    }
  }
}

TEST(ThreadPool, TreatsDenormalsAsTheCallerDoes) {
  const ThreadPool pool(3);
  for (const Denormals denormals : {Denormals::kZeros, Denormals::kExact, Denormals::kZeros}) {
    const DenormalsGuard guard(denormals);
    for (int call = 0; call < 100; ++call) {
      pool.run(10, [&](std::size_t, std::size_t) { EXPECT_EQ(denormals_of_thread(), denormals); });
    }
  }
}

TEST(ThreadPool, OtherThreadsDoTheShareOfOneThatIsHeldUp) {
  const ThreadPool pool(2);
  std::atomic<std::size_t> done{0};
  std::atomic<bool> held{false};
  pool.run(pool.shares(), [&](std::size_t, std::size_t) {
    // The first to come stays until all the others are done.
    if (!held.exchange(true)) {
      while (done != pool.shares() - 1) std::this_thread::yield();
    }
    ++done;
  });
  EXPECT_EQ(done, pool.shares());
}

TEST(ThreadPool, DoesWorkOfOneGrainOnTheCallersThread) {
  const ThreadPool pool(4);
  std::set<std::thread::id> threads;
  pool.for_ranges(64, 64, [&](std::size_t, std::size_t, std::size_t) {
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
}

TEST(ThreadPool, TakesCallsFromSeveralThreadsAtOnce) {
  const ThreadPool pool(3);
  std::vector<std::size_t> sums(4);
  std::vector<std::thread> callers;
  for (std::size_t& sum : sums) {
    callers.emplace_back([&pool, &sum] {
      for (int call = 0; call < 200; ++call) {
        std::vector<std::size_t> parts(10);
        pool.run(parts.size(), [&](std::size_t i, std::size_t) { parts[i] = i; });
        sum += std::accumulate(parts.begin(), parts.end(), std::size_t{0});
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const std::size_t sum : sums) EXPECT_EQ(sum, 200U * 45U);
}

TEST(ThreadPool, OfSizeZeroHasAThreadForEachProcessor) {
  EXPECT_EQ(ThreadPool(0).size(), available_processors());
  EXPECT_GE(available_processors(), 1U);
}

}  // namespace
}  // namespace weir
