#include "session/refusal.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/fail.h"
#include "weir/memory_size.h"

namespace weir::session {
namespace {

// The smallest limit that works is told in whole mebibytes, with room for the pages by which a
// process differs from run to run (of the program's file more than a mebibyte was seen): advice
// that is taken must work.
constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kLimitSlack = 2 * kMebibyte;
constexpr std::size_t kMostNamed = 3;

struct Named {
  std::string name;
  std::size_t bytes;
};

/// Tensors and scratch in memory of their own while the step at `position` runs, the largest first.
std::vector<Named> alive_at(const exec::Program& program, std::size_t position) {
  std::vector<Named> alive;
  for (const plan::Placement& tensor : program.plan.tensors) {
    const bool own = tensor.storage == plan::Storage::kOwn;
    if (own && tensor.first_step <= position && position <= tensor.last_step) {
      alive.push_back({"'" + tensor.name + "'", tensor.bytes});
    }
  }
  const plan::StepId step = program.plan.order[position];
  alive.push_back(
      {"scratch of '" + program.steps[step].layer + "'", program.plan.scratch[step].bytes});
  std::ranges::sort(alive, std::greater{}, &Named::bytes);
  return alive;
}

std::size_t sum_of(const std::vector<Named>& alive) {
  std::size_t sum = 0;
  for (const Named& tensor : alive) sum += tensor.bytes;
  return sum;
}

/// What is alive at the step that needs the most.
std::vector<Named> widest(const exec::Program& program) {
  std::vector<Named> most;
  for (std::size_t position = 0; position < program.plan.order.size(); ++position) {
    std::vector<Named> alive = alive_at(program, position);
    if (sum_of(alive) > sum_of(most)) most = std::move(alive);
  }
  return most;
}

std::string tensors_text(const exec::Program& program) {
  std::vector<Named> tensors = widest(program);
  tensors.resize(std::min(tensors.size(), kMostNamed));
  std::string text;
  for (const Named& tensor : tensors) {
    if (tensor.bytes == 0) break;
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", tensor.name, format_bytes(tensor.bytes));
  }
  return text;
}

}  // namespace

void refuse_limit(const Shortage& shortage, const exec::Program& smallest) {
  const std::string tensors = tensors_text(smallest);
  fail(ErrorCode::kLimit,
       "a memory limit of {} {}is too small: this model needs at least {}MiB (weights {}, arena "
       "{}{}{})",
       format_bytes(shortage.limit), shortage.of_process ? "" : "for the device ",
       (shortage.needed + kLimitSlack) / kMebibyte + 1, format_bytes(shortage.weights),
       format_bytes(shortage.arena), tensors.empty() ? "" : ", fullest with ", tensors);
}

}  // namespace weir::session
