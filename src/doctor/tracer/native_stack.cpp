#include "doctor/tracer/native_stack.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <bit>

#include "doctor/tracer/hash.h"
#include "doctor/tracer/sites.h"

// Where the main thread's stack ends, from the dynamic loader; and where this library begins and
// ends, from the linker.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
extern void* __libc_stack_end;
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _etext[] __attribute__((visibility("hidden")));
// NOLINTEND(bugprone-reserved-identifier)
}

namespace weir::tracer {
namespace {

constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);

std::uintptr_t load(std::uintptr_t address) {
  return *reinterpret_cast<const std::uintptr_t*>(address);
}

bool is_own(std::uintptr_t address) {
  return address >= reinterpret_cast<std::uintptr_t>(__ehdr_start) &&
         address < reinterpret_cast<std::uintptr_t>(_etext);
}

/// Nothing above this is read. The C library keeps a thread's descriptor at the top of its stack;
/// the main thread's lies elsewhere. On a stack of the program's own making (coroutines, signals)
/// neither helps, and the walk ends within what any caller must have below itself.
std::uintptr_t stack_limit(std::uintptr_t stack_pointer) {
  constexpr std::uintptr_t kLargestStack = std::uintptr_t{1} << 30;
  constexpr std::uintptr_t kUnknownStack = 4096;
  const auto above = [&](std::uintptr_t top) {
    return top > stack_pointer && top - stack_pointer < kLargestStack;
  };
  const auto descriptor = static_cast<std::uintptr_t>(pthread_self());
  if (above(descriptor)) return descriptor;
  const auto main_end = reinterpret_cast<std::uintptr_t>(__libc_stack_end);
  if (above(main_end)) return main_end;
  return stack_pointer + kUnknownStack;
}

struct Frame {
  std::uintptr_t address;
  std::uintptr_t stack_pointer;
  std::uintptr_t frame_pointer;

  friend bool operator==(const Frame&, const Frame&) = default;
};

/// The frames of the thread's last walk, innermost first. One that is met again at the next walk of
/// the thread has the same callers, if their return addresses still lie where they lay: outer
/// frames, which are most, cost a comparison each.
class LastWalk {
 public:
  static constexpr std::size_t kMost = kMostNativeFrames;

  void become(std::span<const Frame> frames) {
    std::ranges::copy(frames, frames_.begin());
    count_ = frames.size();
    next_ = 0;
  }

  /// Goes on to where `frame` would be: asked for a walk's frames in their order.
  bool meets(const Frame& frame) {
    while (next_ < count_ && frames_[next_].stack_pointer < frame.stack_pointer) ++next_;
    return next_ < count_ && frames_[next_] == frame;
  }
  /// The callers of the frame that was met, if they are as they were; else none.
  std::span<const Frame> callers(std::uintptr_t limit) const {
    const std::span all = std::span(frames_).subspan(next_ + 1, count_ - next_ - 1);
    const auto is_there = [limit](const Frame& frame) {
      return frame.stack_pointer <= limit && load(frame.stack_pointer - kWord) == frame.address;
    };
    return std::ranges::all_of(all, is_there) ? all : std::span<const Frame>();
  }

 private:
  std::array<Frame, kMost> frames_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

constinit thread_local LastWalk last_walk __attribute__((tls_model("initial-exec")));

/// False where the stack ends or cannot be followed.
bool go_up(Frame& frame, const FrameRule& rule, std::uintptr_t limit) {
  const auto is_on_stack = [&](std::uintptr_t address) {
    return address >= frame.stack_pointer && address <= limit - kWord && address % kWord == 0;
  };
  std::uintptr_t cfa = 0;
  const auto offset = static_cast<std::intptr_t>(rule.offset);
  switch (rule.base) {
    case FrameRule::Base::kNone:
      return false;
    case FrameRule::Base::kStackPointer:
      cfa = frame.stack_pointer + offset;
      break;
    case FrameRule::Base::kFramePointer:
      cfa = frame.frame_pointer + offset;
      break;
    case FrameRule::Base::kAtFramePointer:
      if (!is_on_stack(frame.frame_pointer + offset)) return false;
      cfa = load(frame.frame_pointer + offset);
  }
  if (cfa <= frame.stack_pointer || !is_on_stack(cfa - kWord)) return false;
  if (rule.saved != FrameRule::Saved::kSame) {
    const std::uintptr_t from = rule.saved == FrameRule::Saved::kAtCfa ? cfa : frame.frame_pointer;
    const std::uintptr_t place = from + static_cast<std::intptr_t>(rule.saved_offset);
    if (!is_on_stack(place)) return false;
    frame.frame_pointer = load(place);
  }
  frame.address = load(cfa - kWord);
  frame.stack_pointer = cfa;
  return frame.address != 0;
}

}  // namespace

FrameRule RuleCache::find(std::uintptr_t return_address, Modules& modules) {
  const std::uint64_t mixed = mix(return_address);
  Set& set = sets_[mixed % sets_.size()];
  for (const Entry& entry : set) {
    const std::uint64_t cached = entry.rule.load(std::memory_order_relaxed);
    if ((entry.key.load(std::memory_order_relaxed) ^ cached) == return_address) {
      return std::bit_cast<FrameRule>(cached);
    }
  }
  const std::size_t id = modules.find(return_address);
  if (id == Modules::kNone || modules[id].unwinding == nullptr) return {};
  // The call is the instruction before the return address, which may lie in another row.
  const auto [rule, place] = read_frame_rule(modules[id].unwinding, return_address - 1);
  modules.note_read(id, place);
  const auto word = std::bit_cast<std::uint64_t>(rule);
  const auto unused = std::ranges::find_if(set, [](const Entry& entry) { return entry.key == 0; });
  Entry& entry = unused == set.end() ? set[(mixed >> 32) % set.size()] : *unused;
  entry.rule.store(word, std::memory_order_relaxed);
  entry.key.store(return_address ^ word, std::memory_order_relaxed);
  return rule;
}

void RuleCache::clear() {
  for (Set& set : sets_) {
    for (Entry& entry : set) {
      entry.key.store(0, std::memory_order_relaxed);
      entry.rule.store(0, std::memory_order_relaxed);
    }
  }
}

// Compiled with a frame pointer, so that its own frame is known without reading registers.
__attribute__((noinline)) std::size_t read_native_stack(std::span<std::uintptr_t> frames,
                                                        const Python& python, RuleCache& rules,
                                                        Modules& modules) {
  const auto own = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  Frame frame{load(own + kWord), own + 2 * kWord, load(own)};
  const std::uintptr_t limit = stack_limit(frame.stack_pointer);
  std::array<Frame, LastWalk::kMost> walked;
  std::size_t steps = 0;
  std::size_t count = 0;
  const auto note = [&](const Frame& met) {
    if (!is_own(met.address)) frames[count++] = met.address;
    if (steps < walked.size()) walked[steps++] = met;
    frame = met;
  };
  note(frame);
  while (count < frames.size() && !python.is_in_loop(frame.address)) {
    if (last_walk.meets(frame)) {
      for (const Frame& caller : last_walk.callers(limit)) {
        if (count < frames.size()) note(caller);
      }
      if (count == frames.size() || python.is_in_loop(frame.address)) break;
    }
    if (!go_up(frame, rules.find(frame.address, modules), limit)) break;
    note(frame);
  }
  last_walk.become(std::span(walked).first(steps));
  return count;
}

}  // namespace weir::tracer
