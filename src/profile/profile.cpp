#include "weir/profile.h"

#include <mutex>
#include <vector>

#include "profile/listener.h"
#include "profile/named_memory.h"
#include "profile/prometheus.h"
#include "profile/recorder.h"

namespace weir {

struct Profile::Listeners {
  std::mutex mutex;
  std::vector<profile::Listener> all;
};

Profile::Profile(const std::filesystem::path& path)
    : path_(path),
      recorder_(std::make_shared<profile::Recorder>(path)),
      listeners_(std::make_shared<Listeners>()) {}

void Profile::finish() const {
  {
    const std::lock_guard lock(listeners_->mutex);
    listeners_->all.clear();
  }
  recorder_->finish();
}

void Profile::retained(std::string_view holder, std::uint64_t outputs, std::uint64_t bytes) const {
  recorder_->retained(holder, outputs, bytes);
}

std::shared_ptr<const void> Profile::name_outputs(std::span<const std::byte> bytes) const {
  return std::make_shared<profile::NamedMemory>(
      *this, profile::NamedRange{profile::Owner::kOutputs, bytes});
}

void Profile::queue_depth(std::size_t batches) const { recorder_->set_queue_depth(batches); }

void Profile::sample() const { recorder_->take_census(); }

Growth Profile::growth() const { return recorder_->counters().resident.judge(); }

std::string Profile::metrics() const { return profile::prometheus_text(recorder_->counters()); }

void Profile::each_metric(const MetricCallback& callback) const {
  profile::each_metric(recorder_->counters(), callback);
}

void Profile::listen(const std::filesystem::path& socket) const {
  const std::lock_guard lock(listeners_->mutex);
  listeners_->all.push_back(
      profile::Listener::on_socket(socket, [path = path_](const FileDescriptor& connection) {
        profile::send_file(connection, open_for_reading(path));
      }));
}

std::uint16_t Profile::serve_metrics(std::uint16_t port) const {
  const std::lock_guard lock(listeners_->mutex);
  listeners_->all.push_back(profile::Listener::on_loopback(
      port, [recorder = recorder_.get()](const FileDescriptor& connection) {
        profile::answer_http(connection, profile::prometheus_text(recorder->counters()));
      }));
  return listeners_->all.back().port();
}

}  // namespace weir
