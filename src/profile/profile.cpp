#include "weir/profile.h"

#include "profile/recorder.h"

namespace weir {

Profile::Profile(const std::filesystem::path& path)
    : path_(path), recorder_(std::make_shared<profile::Recorder>(path)) {}

void Profile::finish() const { recorder_->finish(); }

void Profile::retained(std::string_view holder, std::uint64_t outputs, std::uint64_t bytes) const {
  recorder_->retained(holder, outputs, bytes);
}

void Profile::queue_depth(std::size_t batches) const { recorder_->set_queue_depth(batches); }

void Profile::sample() const { recorder_->take_census(); }

Growth Profile::growth() const { return judge_growth(recorder_->counters().resident.samples()); }

std::string Profile::metrics() const { return profile::prometheus_text(recorder_->counters()); }

}  // namespace weir
