#include "doctor/tracer/tracer.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "doctor/tracer/hash.h"

namespace weir::tracer {
namespace {

constexpr std::uint64_t kDefaultMean = 128 * 1024;
constexpr std::uint32_t kSitesOfSamples = 16384;
// Shorter stacks where every allocation has one.
constexpr std::size_t kExactNativeFrames = 16;
constexpr std::size_t kExactPythonFrames = 12;
constexpr std::size_t kDefaultLimit = std::size_t{8} << 20;
constexpr std::size_t kExactLimit = std::size_t{256} << 20;

std::string_view setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  const std::uint64_t number = value == nullptr ? 0 : std::strtoull(value, nullptr, 10);
  return number == 0 ? otherwise : number;
}

std::uint64_t thread_seed() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return mix(reinterpret_cast<std::uintptr_t>(&thread_state)) ^
         mix(static_cast<std::uint64_t>(time.tv_nsec) + static_cast<std::uint64_t>(getpid()));
}

}  // namespace

constinit thread_local ThreadState thread_state __attribute__((tls_model("initial-exec")));
constinit std::atomic<Tracer*> tracer{nullptr};

void allocated_slowly(void* address, std::size_t size, Kind kind) {
  if (thread_state.is_inside) return;
  Tracer* traced = current_tracer();
  if (traced == nullptr) {
    thread_state.gap = 0;
    return;
  }
  const Inside inside;
  traced->allocated(address, size, kind);
}

std::optional<LiveAllocation> freed_slowly(const void* address) {
  Tracer* traced = current_tracer();
  // Inside, a lock that this thread holds may be the one that is needed; so a signal handler that
  // frees a sampled block leaves its entry behind, until the address is used again.
  if (traced == nullptr || thread_state.is_inside) return std::nullopt;
  const Inside inside;
  return traced->freed(address);
}

bool Tracer::start() {
  const std::string_view path = setting("WEIR_TRACE_OUT");
  const bool is_mapped = modules_.is_mapped() && rules_.is_mapped() && texts_.is_mapped() &&
                         locations_.is_mapped() && sites_.is_mapped() && recorder_.is_mapped();
  if (path.empty() || !is_mapped) return false;
  const bool is_exact = setting("WEIR_TRACE") == "exact";
  live_.start(is_exact ? 0 : setting("WEIR_TRACE_SAMPLE_BYTES", kDefaultMean),
              setting("WEIR_TRACE_TABLE_BYTES", is_exact ? kExactLimit : kDefaultLimit));
  sites_.start(is_exact ? Sites::kMost : kSitesOfSamples);
  if (is_exact) {
    native_frames_ = kExactNativeFrames;
    python_frames_ = kExactPythonFrames;
  }
  process_ = getpid();
  modules_.refresh();
  python_.attach();
  return recorder_.start(path);
}

void Tracer::allocated(void* address, std::size_t size, Kind kind) {
  ThreadState& thread = thread_state;
  if (!thread.is_seeded) {
    thread.is_seeded = true;
    thread.random.seed(thread_seed());
    thread.mean = live_.mean();
    thread.gap = thread.random.next_gap(thread.mean) - static_cast<std::int64_t>(size);
    if (thread.gap >= 0) return;
  }
  take_sample(thread, address, size, kind);
  thread.mean = live_.mean();
  thread.gap = thread.random.next_gap(thread.mean);
  recorder_.write_if_due();
}

void Tracer::take_sample(ThreadState& thread, void* address, std::size_t size, Kind kind) {
  live_.expect(address);
  std::array<std::uintptr_t, kMostNativeFrames> native;
  std::array<PythonFrame, kMostPythonFrames> python;
  const std::size_t native_count =
      read_native_stack(std::span(native).first(native_frames_), python_, rules_, modules_);
  const std::size_t python_count = python_.read_stack(std::span(python).first(python_frames_));
  const bool is_mapping = kind == Kind::kMapping;
  const auto weight =
      static_cast<std::uint64_t>(static_cast<double>(size) / sampling_chance(size, thread.mean));
  const std::uint32_t site =
      sites_.note({std::span(native).first(native_count), std::span(python).first(python_count),
                   name_of(thread), is_mapping},
                  weight);
  if (!is_mapping) recorder_.count_allocated(weight);
  live_.insert({reinterpret_cast<std::uintptr_t>(address), size, recorder_.step(), site,
                is_mapping ? 1U : 0U},
               thread.mean, thread.random);
}

/// Threads are named after they have begun, so the name is asked for again from time to time: more
/// and more seldom, because it takes a call of the kernel.
std::uint32_t Tracer::name_of(ThreadState& thread) {
  constexpr std::uint16_t kOldest = 4096;
  if (std::has_single_bit(++thread.name_age) || thread.name_age % kOldest == 0) {
    std::array<char, 16> name{};
    prctl(PR_GET_NAME, name.data());
    thread.name = sites_.thread_name_id(name.data());
  }
  return thread.name;
}

std::optional<LiveAllocation> Tracer::freed(const void* address) { return live_.erase(address); }

void Tracer::restore(const LiveAllocation& allocation) {
  const Inside inside;
  live_.insert(allocation, live_.mean(), thread_state.random);
}

void Tracer::modules_changed() {
  const Inside inside;
  modules_.refresh();
  rules_.clear();
}

bool Tracer::is_own_process() const { return getpid() == process_; }

void Tracer::before_fork() {
  thread_state.is_inside = true;
  recorder_.lock().lock();
  sites_.lock().lock();
  live_.lock();
  modules_.lock().lock();
}

void Tracer::after_fork() {
  modules_.lock().unlock();
  live_.unlock();
  sites_.lock().unlock();
  recorder_.lock().unlock();
  thread_state.is_inside = false;
}

bool Tracer::start_in_child() {
  const Inside inside;
  process_ = getpid();
  return recorder_.start_in_child();
}

}  // namespace weir::tracer
