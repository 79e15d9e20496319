// roof THREADS: what the machine can do, as JSON.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/isa.h"
#include "base/thread_pool.h"
#include "roof.h"

int main(int count, char** arguments) {
  const std::string isa = weir::select_isa();
  const weir::ThreadPool pool(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 0);
  const weir::bench::Roof roof = weir::bench::measure_roof(pool);
  std::printf(R"({"isa": "%s", "threads": %zu, "flops": %.4g, "bytes_per_second": %.4g})"
              "\n",
              isa.c_str(), pool.size(), roof.operations, roof.bytes);
  return 0;
}
