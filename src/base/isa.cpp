#include "base/isa.h"

#include <hwy/highway.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/fail.h"

namespace weir {
namespace {

std::int64_t named_target(std::string_view name) {
  if (name == "avx512") return HWY_AVX3;
  if (name == "avx2") return HWY_AVX2;
  if (name == "sse4") return HWY_SSE4;
  if (name == "neon") return HWY_NEON;
  fail(ErrorCode::kInvalidArgument, "WEIR_ISA={} is none of avx512, avx2, sse4, neon", name);
}

std::string select() {
  const char* wanted = std::getenv("WEIR_ISA");
  const std::int64_t supported = hwy::SupportedTargets();
  std::int64_t best = supported & -supported;  // Highway: the better the set, the lower its bit.
  if (wanted != nullptr && *wanted != '\0') {
    const std::int64_t target = named_target(wanted);
    require((supported & target) != 0, ErrorCode::kInvalidArgument,
            "WEIR_ISA={}: this machine does not have it", wanted);
    hwy::SetSupportedTargetsForTest(supported & ~(target - 1));
    best = target;
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return hwy::TargetName(best);
}

}  // namespace

std::string select_isa() {
  static const std::string isa = select();
  return isa;
}

}  // namespace weir
