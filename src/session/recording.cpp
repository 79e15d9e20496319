#include "session/recording.h"

#include "session/description.h"

namespace weir::session {

Recording::~Recording() {
  if (announced_ != nullptr) recorder().set_ranges(number_, {});
}

exec::StepTimes* Recording::begin(const RowPlan& rows) {
  // Programs of other shapes have the same steps, under the same names.
  if (announced_ == nullptr || announced_->steps.size() != rows.program->steps.size()) {
    announce(rows);
  }
  timed_ = recorder().wants_times();
  if (timed_) times_.reset(rows.schedule.slices(), announced_->steps.size());
  begin_ = profile::Recorder::Clock::now();
  return timed_ ? &times_ : nullptr;
}

void Recording::announce(const RowPlan& rows) {
  if (announced_ != nullptr) recorder().set_ranges(number_, {});
  number_ = recorder().add_session(describe_for_profile(rows, preparation_, device_.pool()),
                                   preparation_.peak_bytes(rows));
  announced_ = rows.program;
  recorder().set_ranges(number_, ranges());
}

void Recording::end(std::size_t rows) {
  if (timed_) order_times();
  recorder().step({number_, begin_, rows, timed_ ? ordered_ : std::span<std::uint64_t>{}});
  if (!recorder().wants_census()) return;
  recorder().set_ranges(number_, ranges());
  recorder().take_census();
}

void Recording::order_times() {
  ordered_.clear();
  for (const plan::StepId id : announced_->plan.order) ordered_.push_back(times_.total(id));
}

std::vector<profile::NamedRange> Recording::ranges() const {
  using profile::Owner;
  const Model::Impl& model = preparation_.model();
  std::vector<profile::NamedRange> ranges{{Owner::kModelFile, model.original.bytes},
                                          {Owner::kArena, device_.arena_now()}};
  if (!model.original.mapped) ranges.front().bytes = {};
  for (const WeightsMode mode : {WeightsMode::kResident, WeightsMode::kStream}) {
    for (const auto& [key, weight] : model.weights_for(mode).entries()) {
      ranges.push_back({Owner::kPackedWeights, weight.bytes});
    }
  }
  return ranges;
}

}  // namespace weir::session
