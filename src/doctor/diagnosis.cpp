#include "doctor/diagnosis.h"

namespace weir::doctor {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kLeak:
      return "leak";
    case Verdict::kLag:
      return "lag";
    case Verdict::kAllocator:
      return "allocator";
    case Verdict::kPeak:
      return "peak";
    case Verdict::kLevel:
      return "level";
    case Verdict::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::kRetainedOutputs:
      return "retained_outputs";
    case Cause::kCallbackRetention:
      return "callback_retention";
    case Cause::kRetracing:
      return "retracing";
    case Cause::kModelRebuild:
      return "model_rebuild";
    case Cause::kAllocator:
      return "allocator";
    case Cause::kGcLag:
      return "gc_lag";
    case Cause::kNativeLeak:
      return "native_leak";
    case Cause::kUnboundedQueue:
      return "unbounded_queue";
    case Cause::kOversizedBatch:
      return "oversized_batch";
    case Cause::kNone:
      break;
  }
  return "none";
}

std::string_view to_string(Unit unit) {
  switch (unit) {
    case Unit::kMark:
      return "step";
    case Unit::kCall:
    case Unit::kFunction:
      return "call";
    case Unit::kBatch:
      return "batch";
    case Unit::kSecond:
      break;
  }
  return "second";
}

}  // namespace weir::doctor
