#include "doctor/words.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "weir/memory_size.h"

namespace weir::doctor {
namespace {

/// A container that the program may bound, where the name is one of the program's.
std::string bounded(const std::string& name) {
  if (name.find(' ') != std::string::npos || name.ends_with("…")) return ".\n";
  const std::string last_word = name.substr(name.rfind('.') + 1);
  return fmt::format(":\n    {} = collections.deque(maxlen=100)\n", last_word);
}

}  // namespace

std::string bytes_text(double bytes) {
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(std::abs(bytes), 1e18)));
  return (bytes < 0 ? "-" : "") + format_bytes(whole);
}

std::string place_text(const Place& place) {
  if (!place.known()) return "an unknown line";
  return fmt::format("{}:{}", std::filesystem::path(place.file).filename().string(), place.line);
}

std::string fix_for(const Finding& finding) {
  switch (finding.cause) {
    case Cause::kRetainedOutputs:
      return fmt::format(
          "Use each output and let it go, write it out, or keep a bounded number{}"
          "A small part must be copied (`out[0].copy()`), or it keeps the whole array.",
          bounded(finding.name));
    case Cause::kCallbackRetention:
      return "Keep numbers, not arrays, and drop them when the run begins anew:\n"
             "    def on_predict_begin(self, logs=None): self.kept.clear()\n"
             "    def on_predict_batch_end(self, batch, logs=None): self.sum += "
             "float(logs[\"outputs\"].sum())";
    case Cause::kRetracing:
      return "Make one tf.function, outside of the loop, and pass it tensors of one signature:\n"
             "    @tf.function(input_signature=[tf.TensorSpec([None, width], tf.float32)])\n"
             "    f(x, tf.constant(value))     # not f(x, value)";
    case Cause::kModelRebuild:
      return "Make or load the model once, before the loop, and use it again:\n"
             "    model = build()\n"
             "    for request in requests: model.predict_on_batch(request)\n"
             "If it must change, call keras.backend.clear_session() after dropping the old one.";
    case Cause::kAllocator:
      return "The program has freed this memory; the allocator keeps it. Limit its arenas, or use "
             "another:\n"
             "    MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 python ...\n"
             "    LD_PRELOAD=libjemalloc.so.2 python ...\n"
             "    ctypes.CDLL(None).malloc_trim(0)     # now and then";
    case Cause::kGcLag:
      return "Not a leak: cycles wait for Python's collector. Break them, or collect more often:\n"
             "    gc.collect()     # every hundred steps, say\n"
             "    weakref.ref(parent) instead of parent";
    case Cause::kNativeLeak:
      return "Memory that C or C++ code allocated here is never freed: call the library's function "
             "that frees it, or update the library.";
    case Cause::kUnboundedQueue:
      return "Let the producer wait for the consumer:\n"
             "    queue.Queue(maxsize=8)     # put() waits when it is full\n"
             "    dataset.prefetch(2)";
    case Cause::kOversizedBatch:
      return "Pass fewer rows at a time:\n"
             "    model.predict(x, batch_size=64)     # instead of model(x) or all rows at once";
    case Cause::kNone:
      break;
  }
  return {};
}

}  // namespace weir::doctor
