#include "doctor/tracer/recorder.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>

#include "doctor/tracer/thread_state.h"

namespace weir::tracer {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

std::int64_t nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * 1000 * kMillisecond + time.tv_nsec;
}

/// Milliseconds since 1970, as the agent's times.
std::int64_t wall_time() { return nanoseconds(CLOCK_REALTIME) / kMillisecond; }

/// Reads it from a clock that is only a few milliseconds fine, and cheap.
std::int64_t coarse_now() { return nanoseconds(CLOCK_MONOTONIC_COARSE); }

/// What this thread has worked: on a busy machine a clock would count others' work as ours.
std::int64_t worked() { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

/// With %p replaced by the process's number.
std::size_t expand(const char* pattern, std::span<char> path) {
  std::size_t used = 0;
  for (const char* c = pattern; *c != '\0' && used + 24 < path.size(); ++c) {
    if (c[0] == '%' && c[1] == 'p') {
      used = static_cast<std::size_t>(
          std::to_chars(path.data() + used, path.data() + path.size(), getpid()).ptr - path.data());
      ++c;
    } else {
      path[used++] = *c;
    }
  }
  return used;
}

std::uint64_t rounded(double number) {
  return number <= 0 ? 0 : static_cast<std::uint64_t>(number + 0.5);
}

/// A time from which the file is written, until it ends.
class Writing {
 public:
  explicit Writing(JsonLines& out) : out_(out) { out_.open(); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() { out_.close(); }

 private:
  JsonLines& out_;
};

}  // namespace

bool Recorder::start(std::string_view path) {
  std::size_t used = 0;
  // Relative to where the program begins, wherever it goes.
  if (!path.starts_with('/') && getcwd(pattern_.data(), pattern_.size() / 2) != nullptr) {
    used = std::string_view(pattern_.data()).size();
    pattern_[used++] = '/';
  }
  if (used + path.size() >= pattern_.size()) return false;
  std::ranges::copy(path, pattern_.data() + used);
  if (!open_own_file()) return false;
  first_break_ = program_break();
  started_ = coarse_now();
  next_dump_ = started_ + 5000 * kMillisecond;
  const Writing writing(out_);
  write_start();
  write_settings();
  next_sample_ = started_;
  return true;
}

bool Recorder::start_in_child() {
  if (std::string_view(pattern_.data()).find("%p") == std::string_view::npos) return false;
  if (!open_own_file()) return false;
  is_module_written_.fill(false);
  const Writing writing(out_);
  write_start();
  write_settings();
  return true;
}

/// A program that this one starts has the same environment, and must not write into this one's
/// file. What this one becomes by exec goes on in it.
bool Recorder::open_own_file() {
  std::array<char, 4096> path;
  out_.set_path({path.data(), expand(pattern_.data(), path)});
  constexpr std::string_view kStart = R"({"type":"start","pid":)";
  std::array<char, kStart.size() + 24> own;
  char* end = std::ranges::copy(kStart, own.data()).out;
  end = std::to_chars(end, own.data() + own.size(), getpid()).ptr;
  *end++ = ',';
  return out_.begins_with({own.data(), static_cast<std::size_t>(end - own.data())});
}

void Recorder::begin_step(std::uint64_t step) {
  const Holding held(lock_);
  if (is_finished_) return;
  step_.store(static_cast<std::uint32_t>(std::min<std::uint64_t>(step, UINT32_MAX)));
  if (!survival_.is_due(step) || coarse_now() < next_observation_) return;
  const std::int64_t began = worked();
  survival_.observe(step, [this](const StepBuckets& buckets) { return alive_by_step(buckets); });
  next_observation_ = coarse_now() + 100 * (worked() - began);
}

BytesByStep Recorder::alive_by_step(const StepBuckets& buckets) {
  BytesByStep alive{};
  live_.for_each([&](const LiveAllocation& allocation, double chance) {
    alive[buckets.of(allocation.step)] += rounded(static_cast<double>(allocation.size) / chance);
  });
  return alive;
}

void Recorder::write_if_due() {
  if (coarse_now() < next_sample_.load(std::memory_order_relaxed) || !lock_.try_lock()) return;
  const std::int64_t now = coarse_now();
  if (!is_finished_ && now >= next_sample_.load(std::memory_order_relaxed)) {
    const Writing writing(out_);
    const std::int64_t elapsed = now - started_;
    const std::int64_t began = worked();
    books_ = read_allocator_books(first_break_);
    write_sample();
    const std::int64_t sampled = worked();
    next_sample_ = now + std::max({50 * kMillisecond, elapsed / 600, 200 * (sampled - began)});
    if (now >= next_dump_) {
      arenas_ = count_arenas();
      write_sites();
      write_survival();
      next_dump_ = now + std::max({5000 * kMillisecond, elapsed / 8, 200 * (worked() - sampled)});
    }
  }
  modules_.release_read_pages();
  lock_.unlock();
}

void Recorder::snapshot() {
  const Holding held(lock_);
  if (is_finished_) return;
  const Writing writing(out_);
  books_ = read_allocator_books(first_break_);
  write_sample();
}

void Recorder::dump_sites() {
  const Holding held(lock_);
  if (is_finished_) return;
  const Writing writing(out_);
  books_ = read_allocator_books(first_break_);
  arenas_ = count_arenas();
  write_sample();
  write_sites();
  write_survival();
}

bool Recorder::trim() {
  const Holding held(lock_);
  const std::uint64_t before = read_kernel_books().resident;
  const bool has_returned = malloc_trim(0) != 0;
  if (is_finished_) return has_returned;
  const Writing writing(out_);
  out_.begin_record("trim");
  out_.member("time", wall_time());
  out_.member("before", before);
  out_.member("after", read_kernel_books().resident);
  out_.end_record();
  return has_returned;
}

void Recorder::finish(std::string_view reason) {
  const Holding held(lock_);
  if (is_finished_) return;
  books_ = read_allocator_books(first_break_);
  arenas_ = count_arenas();
  write_end(reason);
}

void Recorder::finish_in_signal(std::string_view reason) {
  constexpr int kTries = 500;
  constexpr timespec kPause{0, kMillisecond};
  for (int i = 0; i < kTries; ++i) {
    if (lock_.try_lock()) {
      if (!is_finished_) write_end(reason);
      lock_.unlock();
      return;
    }
    nanosleep(&kPause, nullptr);
  }
}

void Recorder::write_end(std::string_view reason) {
  const Writing writing(out_);
  write_sample();
  write_sites();
  write_survival();
  out_.begin_record("end");
  out_.member("time", wall_time());
  out_.member("reason", reason);
  out_.end_record();
  is_finished_ = true;
  next_sample_ = INT64_MAX;
}

void Recorder::write_start() {
  std::array<char, 4096> program;
  const ssize_t length = readlink("/proc/self/exe", program.data(), program.size());
  out_.begin_record("start");
  out_.member("pid", getpid());
  out_.member("parent", getppid());
  out_.member("exe", std::string_view(program.data(), std::max<ssize_t>(length, 0)));
  out_.member("mode", std::string_view(live_.mean() == 0 ? "exact" : "sampled"));
  out_.member("sample_bytes", live_.mean());
  out_.member("time", wall_time());
  out_.end_record();
}

/// What of the environment decides how the C library's allocator keeps memory.
void Recorder::write_settings() {
  constexpr std::array kSettings{
      "MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_",
      "MALLOC_MMAP_MAX_", "GLIBC_TUNABLES",         "PYTHONMALLOC"};
  out_.begin_record("settings");
  out_.member("processors", sysconf(_SC_NPROCESSORS_ONLN));
  for (const char* name : kSettings) {
    if (const char* value = std::getenv(name)) {
      out_.member(name, std::string_view(value));
    }
  }
  out_.end_record();
}

void Recorder::write_sample() {
  const LiveTotals totals = live_.totals();
  const KernelBooks kernel = read_kernel_books();
  out_.begin_record("sample");
  out_.member("time", wall_time());
  out_.member("step", step());
  out_.member("live_bytes", rounded(totals.bytes));
  out_.member("live_count", rounded(totals.count));
  out_.member("mapped_live_bytes", rounded(totals.mapped_bytes));
  out_.member("allocated_bytes", allocated_.load(std::memory_order_relaxed));
  out_.member("sample_bytes", live_.mean());
  out_.member("resident", kernel.resident);
  out_.member("anonymous", kernel.anonymous);
  out_.member("file", kernel.file);
  out_.member("peak_resident", kernel.peak_resident);
  out_.member("arena_in_use", books_.in_use);
  out_.member("arena_free", books_.free);
  out_.member("arenas", arenas_);
  out_.member("mmapped", books_.mapped);
  out_.member("brk", books_.heap_end);
  out_.end_record();
}

void Recorder::write_sites() {
  const Holding held(sites_.lock());  // So that they keep their places.
  TopSites top;
  const std::size_t count = choose_top_sites(top);
  add_up_by_step();
  ++dumps_;
  for (std::size_t i = 0; i < count; ++i) write_site(top[i], by_step_[i]);
  out_.begin_record("dump");
  out_.member("time", wall_time());
  out_.member("step", step());
  out_.member("dump", dumps_);
  out_.member("sites", count);
  out_.end_record();
}

/// The sites with the most live bytes, largest first.
std::size_t Recorder::choose_top_sites(TopSites& top) {
  std::fill_n(totals_.begin(), sites_.size(), SiteTotal{});
  live_.for_each([this](const LiveAllocation& allocation, double chance) {
    SiteTotal& total = totals_[allocation.site];
    total.bytes += static_cast<double>(allocation.size) / chance;
    total.count += 1 / chance;
  });
  const auto is_larger = [this](std::uint32_t a, std::uint32_t b) {
    return totals_[a].bytes > totals_[b].bytes;
  };
  std::size_t count = 0;
  for (std::uint32_t id = 0; id < sites_.size(); ++id) {
    if (totals_[id].bytes == 0) continue;
    // A heap whose smallest member is first.
    if (count < top.size()) {
      top[count++] = id;
    } else if (is_larger(id, top[0])) {
      std::pop_heap(top.begin(), top.end(), is_larger);
      top.back() = id;
    } else {
      continue;
    }
    std::push_heap(top.begin(), top.begin() + count, is_larger);
  }
  std::sort(top.begin(), top.begin() + count, is_larger);
  for (std::size_t i = 0; i < count; ++i) {
    totals_[top[i]].rank = static_cast<std::uint32_t>(i + 1);
  }
  return count;
}

void Recorder::add_up_by_step() {
  std::fill(by_step_.begin(), by_step_.end(), BytesByStep{});
  live_.for_each([this](const LiveAllocation& allocation, double chance) {
    const std::uint32_t rank = totals_[allocation.site].rank;
    if (rank == 0) return;
    by_step_[rank - 1][survival_.buckets().of(allocation.step)] +=
        rounded(static_cast<double>(allocation.size) / chance);
  });
}

void Recorder::write_site(std::uint32_t id, const BytesByStep& by_step) {
  const Site& site = sites_[id];
  write_new_modules(site);
  out_.begin_record("site");
  out_.member("dump", dumps_);
  out_.member("site", id);
  out_.member("kind", std::string_view(site.is_mapping ? "mapping" : "heap"));
  out_.member("live_bytes", rounded(totals_[id].bytes));
  out_.member("live_count", rounded(totals_[id].count));
  out_.member("allocated_bytes", sites_.allocated(id));
  out_.member("thread_name", sites_.text(site.thread_name));
  write_native_stack(site);
  write_python_stack(site);
  out_.key("by_step");
  out_.begin_array();
  for (std::size_t bucket = 0; bucket < by_step.size(); ++bucket) {
    if (by_step[bucket] == 0) continue;
    out_.begin_array();
    out_.number(bucket * survival_.buckets().width());
    out_.number(by_step[bucket]);
    out_.end_array();
  }
  out_.end_array();
  out_.end_record();
}

void Recorder::write_new_modules(const Site& site) {
  for (std::size_t i = 0; i < site.native_count; ++i) {
    const std::size_t id = site.native[i].module;
    if (id == Modules::kNone || is_module_written_[id]) continue;
    is_module_written_[id] = true;
    out_.begin_record("module");
    out_.member("module", id);
    out_.member("path", std::string_view(modules_[id].path));
    out_.end_record();
  }
}

void Recorder::write_native_stack(const Site& site) {
  out_.key("stack");
  out_.begin_array();
  for (std::size_t i = 0; i < site.native_count; ++i) {
    const CodeAddress address = site.native[i];
    out_.begin_array();
    out_.number(static_cast<std::int64_t>(address.module == Modules::kNone ? -1 : address.module));
    out_.number(std::uint64_t{address.offset});
    out_.end_array();
  }
  out_.end_array();
}

void Recorder::write_python_stack(const Site& site) {
  out_.key("python");
  out_.begin_array();
  for (std::size_t i = 0; i < site.python_count; ++i) {
    const PythonLocation& location = sites_.location(site.python[i]);
    out_.begin_object();
    out_.member("file", sites_.text(location.file));
    out_.member("line", location.line);
    out_.member("function", sites_.text(location.function));
    out_.end_object();
  }
  out_.end_array();
}

void Recorder::write_survival() {
  const std::uint64_t width = survival_.buckets().width();
  const std::size_t last = survival_.observed();
  const auto write_multiples = [&](std::string_view name) {
    out_.key(name);
    out_.begin_array();
    for (std::size_t i = 0; i < last; ++i) out_.number(i * width);
    out_.end_array();
  };
  out_.begin_record("survival");
  out_.member("time", wall_time());
  out_.member("step", step());
  out_.member("width", width);
  write_multiples("made_in");
  write_multiples("after");
  out_.key("alive");
  out_.begin_array();
  for (std::size_t made = 0; made < last; ++made) {
    out_.begin_array();
    for (std::size_t at = made + 1; at <= last; ++at) out_.number(survival_.alive(made, at));
    out_.end_array();
  }
  out_.end_array();
  out_.end_record();
}

}  // namespace weir::tracer
