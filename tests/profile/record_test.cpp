#include "profile/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "profile/prometheus.h"
#include "profile/record_writer.h"
#include "profile/recorder.h"
#include "support/child_process.h"
#include "weir/error.h"

namespace weir::profile {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kSession = R"({
  "machine": {"processor": "p", "isa": "AVX2", "cores": 2, "memory_bytes": 1000000000, "peak_flops": 1e9},
  "model": {"name": "m", "file": "m.keras", "parameters": 3, "weight_bytes": 12},
  "plan": {"mode": "latency", "batch_size": 32, "micro_batch": 1, "threads": 1, "memory_limit": null,
           "arena_bytes": 256, "lower_bound_bytes": 256, "arena_slices": 1, "peak_bytes": 5000,
           "steps": [
             {"layer": "a", "class": "Dense", "kind": "product", "multiply_adds": 10,
              "weight_bytes": 8, "activation_bytes": 16, "bytes_made": 8},
             {"layer": "b", "class": "Dense", "kind": "product", "multiply_adds": 20,
              "weight_bytes": 8, "activation_bytes": 16, "bytes_made": 8}],
           "tensors": [{"name": "a", "storage": "own", "offset": 0, "bytes": 128, "first_step": 0,
                        "last_step": 1}]},
  "schedules": []})";

std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::path(::testing::TempDir()) /
         (name + std::to_string(getpid()) + ".weirprof");
}

std::vector<std::byte> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

void record_steps(Recorder& recorder, int count) {
  const std::uint32_t session = recorder.add_session(kSession, 0);
  for (int i = 0; i < count; ++i) {
    const std::vector<std::uint64_t> times{1'000'000, 2'000'000};
    recorder.step({session, Recorder::Clock::now(), 4, times});
  }
}

/// A finished record of three steps, a holder and two censuses.
std::vector<std::byte> small_record() {
  const std::filesystem::path path = temporary("small");
  {
    Recorder recorder(path);
    record_steps(recorder, 3);
    recorder.retained("callback Keeper", 2, 640);
    recorder.add_stream("RowsSource", "NpySink");
    recorder.finish();
  }
  std::vector<std::byte> bytes = bytes_of(path);
  std::filesystem::remove(path);
  return bytes;
}

TEST(Record, HasWhatWasRecorded) {
  const Record record = read_record(small_record());
  EXPECT_EQ(record.run.process, static_cast<std::uint64_t>(getpid()));
  ASSERT_EQ(record.sessions.size(), 1U);
  EXPECT_EQ(record.sessions[0].steps[1].layer, "b");
  EXPECT_EQ(record.sessions[0].tensors[0].bytes, 128U);
  ASSERT_EQ(record.steps.size(), 3U);
  EXPECT_EQ(record.steps[2].entry.step, 2U);
  EXPECT_EQ(record.steps[2].entry.rows, 4U);
  EXPECT_GT(record.steps[2].entry.resident, 0U);
  EXPECT_THAT(record.times(record.steps[2]), ElementsAre(0.001F, 0.002F));
  ASSERT_EQ(record.retained.size(), 1U);
  EXPECT_EQ(record.retained[0].bytes, 640U);
  EXPECT_EQ(record.holders.at(record.retained[0].holder), "callback Keeper");
  ASSERT_EQ(record.streams.size(), 1U);
  EXPECT_EQ(record.streams[0].source, "RowsSource");
  EXPECT_EQ(record.censuses.size(), 1U);
  ASSERT_TRUE(record.end.has_value());
  EXPECT_EQ(record.end->rows, 12U);
  EXPECT_EQ(record.steps_done(), 3U);
}

TEST(Record, IsReadAsFarAsItIsWritten) {
  const std::vector<std::byte> whole = small_record();
  std::size_t steps = 0;
  for (std::size_t size = 24; size < whole.size(); ++size) {
    const Record record = read_record(std::span(whole).first(size));
    EXPECT_FALSE(record.end.has_value());
    EXPECT_GE(record.steps.size(), steps);
    steps = record.steps.size();
  }
  EXPECT_EQ(steps, 3U);
}

TEST(Record, RefusesWhatIsNoRecord) {
  const auto code_of = [](std::vector<std::byte> bytes) {
    try {
      read_record(bytes);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  EXPECT_EQ(code_of({}), ErrorCode::kMalformed);
  std::vector<std::byte> bytes = small_record();
  bytes[0] = std::byte{'X'};
  EXPECT_EQ(code_of(bytes), ErrorCode::kMalformed);
  bytes = small_record();
  bytes[8] = std::byte{99};
  EXPECT_EQ(code_of(bytes), ErrorCode::kUnsupported);
}

TEST(Record, HasAnErrorOrAMeaningForAnyChangedByte) {
  const std::vector<std::byte> whole = small_record();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> changed = whole;
    changed[i] ^= std::byte{0xFF};
    try {
      read_record(changed);
    } catch (const Error&) {
      continue;
    }
  }
}

TEST(Record, PassesOverEntriesOfLaterWriters) {
  const std::filesystem::path path = temporary("later");
  {
    RecordWriter writer(path);
    const std::string_view text = "what?";
    const std::array parts{std::as_bytes(std::span(text))};
    writer.append(static_cast<EntryKind>(77), parts);
    const EndEntry end{5, 6, 7};
    const std::array<std::span<const std::byte>, 1> last{std::as_bytes(std::span(&end, 1))};
    writer.append(EntryKind::kEnd, last);
  }
  const Record record = read_record_file(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(record.end.has_value());
  EXPECT_EQ(record.end->steps, 5U);
}

TEST(Record, OutgrowsItsWindow) {
  const std::filesystem::path path = temporary("long");
  constexpr int kSteps = 30'000;
  {
    Recorder recorder(path);
    record_steps(recorder, kSteps);
  }
  const Record record = read_record_file(path);
  std::filesystem::remove(path);
  ASSERT_EQ(record.steps.size(), static_cast<std::size_t>(kSteps));
  EXPECT_EQ(record.steps.back().entry.step, static_cast<std::uint64_t>(kSteps - 1));
  EXPECT_EQ(record.times(record.steps.back())[1], 0.002F);
}

TEST(Record, SurvivesAKilledProcess) {
  const std::filesystem::path path = temporary("killed");
  testing::run_in_child([&] {
    Recorder recorder(path);
    record_steps(recorder, 100);
    kill(getpid(), SIGKILL);
    return std::string();
  });
  const Record record = read_record_file(path);
  std::filesystem::remove(path);
  EXPECT_EQ(record.steps.size(), 100U);
  EXPECT_FALSE(record.end.has_value());
}

TEST(RecordFollower, ReadsOnWhileItIsWritten) {
  const std::filesystem::path path = temporary("followed");
  Recorder recorder(path);
  RecordFollower follower(open_for_reading(path));
  EXPECT_EQ(follower.process(), static_cast<std::uint32_t>(getpid()));
  EXPECT_TRUE(follower.record().steps.empty());
  record_steps(recorder, 2000);
  follower.read_on();
  EXPECT_EQ(follower.record().steps.size(), 2000U);
  follower.forget_old(10);
  EXPECT_EQ(follower.record().steps.size(), 10U);
  EXPECT_EQ(follower.record().times(follower.record().steps.back())[0], 0.001F);
  recorder.finish();
  follower.read_on();
  EXPECT_TRUE(follower.record().end.has_value());
  std::filesystem::remove(path);
}

TEST(Recorder, CountsWhatItDoesNotWrite) {
  const std::filesystem::path path = temporary("counted");
  Recorder recorder(path);
  const std::uint32_t session = recorder.add_session(kSession, 0);
  for (int i = 0; i < 50; ++i) recorder.step({session, Recorder::Clock::now(), 2, {}});
  const Counters counters = recorder.counters();
  EXPECT_EQ(counters.steps, 50U);
  EXPECT_EQ(counters.rows, 100U);
  std::uint64_t in_buckets = 0;
  for (const std::uint64_t steps : counters.latencies) in_buckets += steps;
  EXPECT_EQ(in_buckets, 50U);
  recorder.finish();
  const Record record = read_record_file(path);
  EXPECT_TRUE(record.steps.empty());
  EXPECT_EQ(record.steps_done(), 50U);
  std::filesystem::remove(path);
}

TEST(Counters, AreMetricsUnderOpenTelemetrysNames) {
  Counters counters;
  counters.rows = 7;
  counters.planned_peak = 4096;
  std::map<std::string, double> values;
  std::size_t owners = 0;
  each_metric(counters, [&](const Metric& metric) {
    if (metric.attribute == "owner") ++owners;
    if (metric.unit == "By") values[std::string(metric.name)] = metric.value;
    if (metric.kind == MetricKind::kHistogram) {
      ASSERT_TRUE(metric.buckets.has_value());
      EXPECT_EQ(metric.buckets->counts.size(), metric.buckets->bounds.size() + 1);
    }
  });
  EXPECT_EQ(owners, kOwnerCount);
  EXPECT_EQ(values.at("weir.memory.planned_peak"), 4096);
  EXPECT_TRUE(values.contains("weir.process.memory.resident"));
}

TEST(RecentGrowth, ForgetsWhatIsOlderThanAnHour) {
  RecentGrowth recent;
  for (int second = 0; second < 20'000; ++second) {
    const double grown = second < 10'000 ? 1000.0 * second : 1e7;
    recent.add(second, {static_cast<double>(second), grown});
    if (second == 9'999) {
      EXPECT_TRUE(recent.judge().grows());
    }
  }
  EXPECT_EQ(recent.judge().kind, GrowthKind::kLevel);
  EXPECT_GE(recent.judge().first_step, 20'000 - 3'600 - 1);
}

TEST(Counters, AreTextForPrometheus) {
  Counters counters;
  counters.steps = 3;
  counters.latencies[2] = 3;
  const std::string text = prometheus_text(counters);
  EXPECT_THAT(text, ::testing::HasSubstr("# TYPE weir_steps_total counter\nweir_steps_total 3\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("weir_step_duration_seconds_bucket{le=\"1e-05\"} 0\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("weir_step_duration_seconds_bucket{le=\"0.0001\"} 3\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("weir_step_duration_seconds_bucket{le=\"+Inf\"} 3\n"));
}

}  // namespace
}  // namespace weir::profile
