#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "weir/growth.h"
#include "weir/metric.h"

namespace weir {

namespace profile {
class Recorder;
}

/// A record of what sessions and streams do: steps, times of layers, and resident memory by who
/// owns it. It lies in a file (docs/profile-format.md) that can be read while it is written, and
/// that survives a killed process. `weir report` draws it, `weir top` watches it. Cheap to copy;
/// all copies are the same record. Thread-safe.
class Profile {
 public:
  /// Begins a record at `path`, replacing what is there. Throws kIo or kNotFound.
  explicit Profile(const std::filesystem::path& path);

  /// Ends the record. What comes later is not written. The last copy's end does the same.
  void finish() const;

  /// Tells what a holder (a callback, a consumer) has kept of the predictions so far.
  void retained(std::string_view holder, std::uint64_t outputs, std::uint64_t bytes) const;
  /// Names memory in which predictions wait for whoever asked for them, for as long as the result
  /// lives. It is theirs and has its final size: filling it is no growth.
  std::shared_ptr<const void> name_outputs(std::span<const std::byte> bytes) const;
  /// Tells how many batches wait to be predicted.
  void queue_depth(std::size_t batches) const;
  /// Writes what is resident now, beside the moments at which sessions do so.
  void sample() const;

  /// Whether resident memory grows with the steps, judged by the samples of the last hour.
  Growth growth() const;
  /// Counters and gauges of the run so far, in Prometheus's text format.
  std::string metrics() const;
  /// The same one by one, under OpenTelemetry's names and units, for an exporter of one's own.
  void each_metric(const MetricCallback& callback) const;

  /// Offers the record to `weir top` on a local socket of this name, until the record's end. Throws
  /// kIo.
  void listen(const std::filesystem::path& socket) const;
  /// Answers requests for `metrics` on this port of the loopback interface (0: a free one) until
  /// the record's end; returns the port. Throws kIo.
  std::uint16_t serve_metrics(std::uint16_t port) const;

  const std::filesystem::path& path() const { return path_; }
  /// The seam, for Weir's own parts.
  profile::Recorder& recorder() const { return *recorder_; }

 private:
  std::filesystem::path path_;
  struct Listeners;

  std::shared_ptr<profile::Recorder> recorder_;
  std::shared_ptr<Listeners> listeners_;  ///< They use the recorder, and go before it.
};

}  // namespace weir
