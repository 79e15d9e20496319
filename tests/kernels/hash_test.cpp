#include <gtest/gtest.h>

#include <string>

#include "kernels/fingerprint64.h"
#include "kernels/siphash.h"

namespace weir::kernels {
namespace {

struct Hashed {
  std::size_t length;
  std::uint64_t fingerprint;
  std::uint64_t siphash;
};

/// What TensorFlow's to_hash_bucket_fast and to_hash_bucket_strong answer.
constexpr std::uint64_t kBuckets = std::uint64_t{1} << 62;
constexpr SipKey kKey{7, 123456789012345};
constexpr Hashed kAnswers[] = {
    {0, 1936946117179621455, 2938183492639004110},   {1, 176124231402506090, 2253071058571385143},
    {3, 3979540680440595841, 2032075469509056562},   {4, 873266774625119593, 2403644143668385909},
    {7, 1587581522672208245, 1967224868834759957},   {8, 4418154542647930109, 4287725145134778926},
    {16, 1744661084023387350, 1590588819206048289},  {17, 2080336246966180550, 4484106313816215349},
    {32, 2320199202392403367, 3822109302425719796},  {33, 257079882033485462, 4600849238449485161},
    {64, 4226431515964725, 1109200570394397974},     {65, 4266611235320368566, 2647189858290066715},
    {128, 3742283891066476345, 208231001716806506},  {129, 219130151501489373, 4179110521347926777},
    {300, 3463707813542824117, 1030482380929392694},
};

std::string bytes_of_length(std::size_t length) {
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(i * 37 + 11);
  return bytes;
}

TEST(Hashes, AreThoseOfTensorFlow) {
  for (const Hashed& answer : kAnswers) {
    const std::string bytes = bytes_of_length(answer.length);
    EXPECT_EQ(fingerprint64(bytes) % kBuckets, answer.fingerprint) << answer.length;
    EXPECT_EQ(siphash(kKey, bytes) % kBuckets, answer.siphash) << answer.length;
  }
}

}  // namespace
}  // namespace weir::kernels
