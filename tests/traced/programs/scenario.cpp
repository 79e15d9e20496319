// A program to be traced: does what its first argument names. Everything that it prints, and its
// exit code, must be the same with and without the tracer.

#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

template <typename Function>
Function tracer_function(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

void begin_step(unsigned long long step) {
  if (auto* begin = tracer_function<void (*)(unsigned long long)>("weir_tracer_step")) begin(step);
}

void dump_sites() {
  if (auto* dump = tracer_function<void (*)()>("weir_tracer_site_dump")) dump();
}

/// Keeps the compiler from leaving out what nobody reads.
void use(void* memory) {
  if (memory == nullptr) std::abort();
  asm volatile("" : : "r"(memory) : "memory");
}

__attribute__((noinline)) void leak_here(std::size_t size) { use(std::malloc(size)); }

__attribute__((noinline)) void work_here(std::size_t size) {
  void* memory = std::malloc(size);
  use(memory);
  std::free(memory);
}

int leak() {
  for (unsigned step = 0; step < 2000; ++step) {
    begin_step(step);
    leak_here(10'000);
    work_here(50'000);
  }
  dump_sites();
  std::puts("leaked");
  return 0;
}

/// Functions whose frames are as large as they find out: their callers are found by the frame
/// pointer, which each saves for the one before.
__attribute__((noinline)) void leak_below(int depth, std::size_t frame) {
  use(__builtin_alloca(frame));
  if (depth == 0) {
    leak_here(12'321);
  } else {
    leak_below(depth - 1, frame * 2);
  }
  asm volatile("" : : : "memory");
}

int variable_frames() {
  leak_below(5, 10);
  dump_sites();
  return 0;
}

int reallocate() {
  void* memory = std::malloc(100);
  for (std::size_t size = 200; size <= 1'000'000; size *= 2) memory = std::realloc(memory, size);
  use(memory);
  // A realloc that fails leaves the block as it was.
  void* kept = std::malloc(70'000);
  if (std::realloc(kept, SIZE_MAX / 2) != nullptr) return 1;
  use(kept);
  dump_sites();
  std::free(memory);
  return 0;
}

int align() {
  std::array<void*, 5> blocks{};
  blocks[0] = std::aligned_alloc(64, 6400);
  if (posix_memalign(&blocks[1], 4096, 100'000) != 0) return 1;
  blocks[2] = memalign(128, 5000);
  blocks[3] = ::operator new (3000, std::align_val_t{256});
  blocks[4] = std::calloc(100, 70);
  const std::array<std::uintptr_t, 5> alignments{64, 4096, 128, 256, 16};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    use(blocks[i]);
    if (reinterpret_cast<std::uintptr_t>(blocks[i]) % alignments[i] != 0) return 2;
  }
  for (std::size_t i = 0; i < 7000; ++i) {
    if (static_cast<const char*>(blocks[4])[i] != 0) return 3;
  }
  dump_sites();
  return 0;
}

/// Each block is made by one thread and freed by another; nothing is left.
int cross() {
  constexpr std::size_t kBlocks = 20'000;
  std::vector<std::atomic<void*>> places(kBlocks);
  const auto make = [&] {
    for (auto& place : places) place.store(std::malloc(777), std::memory_order_release);
  };
  const auto take = [&] {
    for (auto& place : places) {
      void* memory = nullptr;
      while ((memory = place.load(std::memory_order_acquire)) == nullptr) sched_yield();
      std::free(memory);
    }
  };
  std::thread maker(make);
  std::thread taker(take);
  maker.join();
  taker.join();
  dump_sites();
  return 0;
}

int many_threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 200; ++round) work_here(5000);
      leak_here(4321);
    });
  }
  for (std::thread& thread : threads) thread.join();
  dump_sites();
  return 0;
}

int fork_child() {
  leak_here(300'000);
  for (int i = 0; i < 5; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int round = 0; round < 100; ++round) work_here(200'000);
      leak_here(200'000);
      _exit(7);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) return 1;
  }
  std::puts("five children");
  return 0;
}

/// Forks while other threads are in the middle of the tracer.
int fork_busy() {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) work_here(100'000);
    });
  }
  int ended = 0;
  for (int i = 0; i < 50; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int round = 0; round < 20; ++round) work_here(100'000);
      std::_Exit(0);
    }
    int status = 1;
    waitpid(child, &status, 0);
    if (status == 0) ++ended;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  std::printf("%d children\n", ended);
  return 0;
}

int keep_errno() {
  errno = 77;
  for (int i = 0; i < 1000; ++i) work_here(100'000);
  begin_step(1);
  dump_sites();
  if (errno != 77) return 1;
  volatile std::size_t too_much = SIZE_MAX / 2;
  if (std::malloc(too_much) != nullptr || errno != ENOMEM) return 2;
  if (mmap(nullptr, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) return 3;
  return errno == EINVAL ? 0 : 4;
}

int map_pages() {
  constexpr std::size_t kSize = 1 << 20;
  const auto map = [] {
    return mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  };
  void* kept = map();
  void* gone = map();
  void* cut = map();
  use(kept);
  munmap(gone, kSize);
  munmap(cut, kSize / 4);
  void* moved = mremap(kept, kSize, 3 * kSize, MREMAP_MAYMOVE);
  use(moved);
  dump_sites();
  return 0;
}

/// Ends as the default action of signal `number` says, although it looks as if nothing handled it.
int end_by(int number) {
  leak_here(1'000'000);
  struct sigaction action {};
  if (sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return 1;
  if (number == SIGSEGV) {
    *static_cast<volatile int*>(nullptr) = 1;
  }
  std::raise(number);
  return 2;
}

int handle_signals() {
  static volatile std::sig_atomic_t handled = 0;
  if (std::signal(SIGTERM, [](int) { handled = 1; }) != SIG_DFL) return 1;
  std::raise(SIGTERM);
  return handled == 1 ? 0 : 2;
}

int load_library(const char* path) {
  for (int round = 0; round < 20; ++round) {
    void* library = dlopen(path, RTLD_NOW);
    if (library == nullptr) return 1;
    auto* allocate = reinterpret_cast<void* (*)(std::size_t)>(dlsym(library, "allocate_in_plugin"));
    if (allocate == nullptr) return 2;
    use(allocate(11'000));
    dlclose(library);
  }
  dump_sites();
  return 0;
}

/// Throws through frames whose call frame information the tracer has read and given back.
int throw_exceptions() {
  int caught = 0;
  for (int i = 0; i < 2000; ++i) {
    try {
      work_here(60'000);
      throw std::string("thrown");
    } catch (const std::string& text) {
      caught += text == "thrown" ? 1 : 0;
    }
  }
  std::printf("%d caught\n", caught);
  return 0;
}

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (std::fscanf(file, "%zu %zu", &total, &resident) != 2) resident = 0;
  std::fclose(file);
  return resident * 4096;
}

/// Allocates at ever new stacks, and keeps the last blocks: the tracer's tables must not grow.
/// Tells how much the process has grown from one half of the run to the next, which the caller
/// judges.
__attribute__((noinline)) void* allocate_deep(unsigned path, std::size_t size) {
  if (path <= 1) return std::malloc(size);
  void* memory = path % 2 == 0 ? allocate_deep(path / 2, size) : allocate_deep(path / 2, size + 1);
  use(memory);
  return memory;
}

int run_long() {
  constexpr unsigned kRounds = 300'000;
  std::vector<void*> ring(1000);
  std::size_t before = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    begin_step(round);
    void*& place = ring[round % ring.size()];
    std::free(place);
    place = allocate_deep(round % 65'536, 1000);
    if (round == kRounds / 2) before = resident_bytes();
  }
  std::printf("%zd\n", static_cast<ssize_t>(resident_bytes() - before));
  return 0;
}

/// More live blocks than a small table takes.
int fill_table() {
  for (int i = 0; i < 200'000; ++i) leak_here(64);
  for (int i = 0; i < 200; ++i) leak_here(100'000);
  dump_sites();
  return 0;
}

int wait_to_be_killed() {
  leak_here(5'000'000);
  dump_sites();
  std::puts("ready");
  std::fflush(stdout);
  pause();
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 64;
  const std::string_view name = arguments[1];
  if (name == "end_by") return end_by(std::atoi(arguments[2]));
  if (name == "load_library") return load_library(arguments[2]);
  if (name == "exec") {
    leak_here(500'000);
    execl(arguments[0], arguments[0], "leak", nullptr);
  }
  const std::map<std::string_view, int (*)()> scenarios{{"leak", leak},
                                                        {"variable_frames", variable_frames},
                                                        {"reallocate", reallocate},
                                                        {"align", align},
                                                        {"cross", cross},
                                                        {"many_threads", many_threads},
                                                        {"fork_child", fork_child},
                                                        {"fork_busy", fork_busy},
                                                        {"keep_errno", keep_errno},
                                                        {"map_pages", map_pages},
                                                        {"handle_signals", handle_signals},
                                                        {"throw_exceptions", throw_exceptions},
                                                        {"run_long", run_long},
                                                        {"fill_table", fill_table},
                                                        {"wait_to_be_killed", wait_to_be_killed}};
  const auto found = scenarios.find(name);
  return found == scenarios.end() ? 64 : found->second();
}
