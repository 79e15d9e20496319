#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/agent_record.h"
#include "doctor/trace_record.h"
#include "doctor/trial.h"
#include "weir/growth.h"

namespace weir::doctor {

enum class Verdict : std::uint8_t { kLeak, kLag, kAllocator, kPeak, kLevel, kUnknown };

enum class Cause : std::uint8_t {
  kRetainedOutputs,
  kCallbackRetention,
  kRetracing,
  kModelRebuild,
  kAllocator,
  kGcLag,
  kNativeLeak,
  kUnboundedQueue,
  kOversizedBatch,
  kNone,
};

/// "leak", "retained_outputs", …: stable names, as the JSON has them.
std::string_view to_string(Verdict verdict);
std::string_view to_string(Cause cause);

/// What a step of the program was taken to be.
enum class Unit : std::uint8_t { kMark, kCall, kBatch, kFunction, kSecond };

/// "step", "call", "batch", "call" or "second".
std::string_view to_string(Unit unit);

/// One cause that was found, with its evidence.
struct Finding {
  Cause cause = Cause::kNone;
  Place place;       ///< The line to change; line 0 if it is not known.
  std::string name;  ///< What holds it: `server.history`; or the function, class, setting.
  std::string key;   ///< Of the holder (see Holder) that it is about; empty where it is about none.
  double bytes_per_step = 0;
  double low = 0;  ///< Interval of `bytes_per_step`.
  double high = 0;
  double share = 0;                        ///< Of the growth; 0 to 1.
  std::string sentence;                    ///< What was seen.
  std::string fix;                         ///< What to change, in words and code.
  std::vector<NativeFrame> native_frames;  ///< What allocated it, innermost first, if traced.
  std::vector<std::string> native_stack;   ///< The same in words: name_native_frames().
};

/// What the records say about the program.
struct Diagnosis {
  Verdict verdict = Verdict::kUnknown;
  Cause cause = Cause::kNone;
  std::string sentence;
  Unit unit = Unit::kSecond;
  double steps = 0;
  double seconds = 0;
  Growth growth;                  ///< Of resident memory.
  std::vector<Finding> findings;  ///< The one with the largest share first.
  double unexplained_per_step = 0;
  double unexplained_share = 0;
  std::vector<GrowthSample> resident;
  std::optional<Trial> trial;      ///< Of the same loop in Weir, where it was asked for.
  std::vector<std::string> notes;  ///< What limits the diagnosis: the agent failed, few steps, …

  bool grows() const { return verdict == Verdict::kLeak || verdict == Verdict::kAllocator; }
};

}  // namespace weir::doctor
