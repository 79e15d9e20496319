#include "support.h"

#include <numeric>

namespace weir::report {
namespace {

profile::SessionInfo made_session() {
  profile::SessionInfo session;
  session.machine = {"Processor", "AVX2", 2, 8'000'000'000, 1e9};
  session.model = "made <up>";
  session.file = "made.keras";
  session.parameters = 100;
  session.weight_bytes = 400;
  session.schedule = {2, 1, "latency", 9'000'000, 0};
  session.batch_size = 32;
  session.arena_bytes = 384;
  session.lower_bound_bytes = 320;
  session.steps = {{"first", "Dense", "product", 1000, 400, 192, 128},
                   {"second", "Activation", "map", 0, 0, 256, 64}};
  session.tensors = {{"input 0", "own", 0, 64, 0, 0},
                     {"first", "own", 64, 128, 0, 1},
                     {"second", "own", 192, 64, 1, 1},
                     {"first", "scratch", 256, 128, 0, 0}};
  session.schedules = {{1, 1, "latency", 8'500'000, 900}, {2, 1, "latency", 9'000'000, 1000}};
  return session;
}

}  // namespace

profile::Record made_record(std::size_t steps,
                            const std::function<void(std::size_t, profile::OwnerBytes&)>& owners) {
  profile::Record record;
  record.run = {"2026-01-02T03:04:05Z", 7, "host"};
  record.sessions.push_back(made_session());
  for (std::size_t i = 0; i < steps; ++i) {
    profile::CensusEntry census;
    census.step = i + 1;
    census.time = (i + 1) * 1'000'000;
    profile::at(census.owners, profile::Owner::kProgram) = 5'000'000;
    owners(i, census.owners);
    census.resident = std::accumulate(census.owners.begin(), census.owners.end(), std::uint64_t{0});
    census.proportional = census.anonymous = census.resident / 2;
    record.censuses.push_back(census);
    profile::Step step;
    step.entry = {i, census.time, 800'000, 2, census.resident, 0, 3};
    step.first = record.seconds.size();
    step.count = 2;
    record.seconds.push_back(0.0006F);
    record.seconds.push_back(0.0002F);
    record.steps.push_back(step);
  }
  record.end = profile::EndEntry{steps, 2 * steps, steps * 1'000'000};
  return record;
}

}  // namespace weir::report
