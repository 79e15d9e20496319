#include "doctor/tracer/live_filter.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "doctor/tracer/sampling.h"

namespace weir::tracer {
namespace {

const void* as_pointer(std::uintptr_t address) { return reinterpret_cast<const void*>(address); }

std::vector<std::uintptr_t> some_addresses(std::size_t count) {
  Random random;
  std::vector<std::uintptr_t> addresses(count);
  for (std::uintptr_t& address : addresses)
    address = 0x7f0000000000 + random.next() % (1 << 30) * 16;
  return addresses;
}

TEST(LiveFilter, HoldsWhatHasEnteredUntilItLeaves) {
  const auto filter = std::make_unique<LiveFilter>();
  const auto addresses = some_addresses(4000);
  for (const auto address : addresses) filter->enter(address);
  for (const auto address : addresses) EXPECT_TRUE(filter->may_hold(as_pointer(address)));
  for (const auto address : addresses) filter->leave(address);
  for (const auto address : addresses) EXPECT_FALSE(filter->may_hold(as_pointer(address)));
}

TEST(LiveFilter, SeldomHoldsWhatHasNotEntered) {
  const auto filter = std::make_unique<LiveFilter>();
  for (const auto address : some_addresses(1000)) filter->enter(address);
  int held = 0;
  for (std::uintptr_t address = 0x560000000000; address < 0x560000000000 + 160'000; address += 16) {
    held += filter->may_hold(as_pointer(address)) ? 1 : 0;
  }
  EXPECT_LT(held, 200);  // Of 10,000.
}

TEST(LiveFilter, OneOfManyOnAPlaceLeavesTheOthers) {
  const auto filter = std::make_unique<LiveFilter>();
  constexpr std::uintptr_t kAddress = 0x7f0000001230;
  for (int i = 0; i < 300; ++i) filter->enter(kAddress);
  for (int i = 0; i < 299; ++i) filter->leave(kAddress);
  EXPECT_TRUE(filter->may_hold(as_pointer(kAddress)));
}

TEST(LiveFilter, HoldsAllUntilItHoldsWhatHasEntered) {
  const auto filter = std::make_unique<LiveFilter>();
  filter->hold_all();
  const auto addresses = some_addresses(100);
  EXPECT_TRUE(filter->may_hold(as_pointer(addresses[1])));
  filter->enter(addresses[0]);
  filter->hold_entered();
  EXPECT_TRUE(filter->may_hold(as_pointer(addresses[0])));
  EXPECT_FALSE(filter->may_hold(as_pointer(addresses[1])));
}

}  // namespace
}  // namespace weir::tracer
