#include "doctor/diagnose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "doctor/reports.h"

namespace weir::doctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kBase = 600e6;
constexpr double kPerStep = 200e3;

/// A record of calls, whose memory the tests shape.
class RecordOfCalls {
 public:
  explicit RecordOfCalls(int steps) : steps_(steps) {
    record_.program = {"python", "serve.py"};
    for (int step = 1; step <= steps; ++step) {
      MemorySample sample;
      sample.moment = at(step);
      sample.resident = kBase;
      sample.peak = kBase;
      sample.live = kBase / 3;
      sample.free = 1e6;
      record_.samples.push_back(sample);
    }
    for (int step = 1; step <= steps; step = step * 4 / 3 + 1)
      record_.models.push_back({at(step), {}});
    record_.models.push_back({at(steps), {}});
  }

  static Moment at(double step) { return {.time = 0.1 * step, .calls = step}; }

  template <typename Shape>
  RecordOfCalls& shape(Shape shape) {
    for (MemorySample& sample : record_.samples) shape(sample, sample.moment.calls);
    return *this;
  }

  RecordOfCalls& grow(double per_step) {
    return shape([&](MemorySample& sample, double step) {
      sample.resident += per_step * step;
      *sample.live += per_step * step;
    });
  }

  /// Looks at a container that has `length(step)` entries.
  template <typename Length>
  RecordOfCalls& hold(Holder holder, Length length) {
    holder.key = holder.name;
    for (int step = 1; step <= steps_; step = step * 4 / 3 + 1) {
      holder.moment = at(step);
      holder.amount = length(step);
      record_.holders.push_back(holder);
    }
    return *this;
  }

  AgentRecord& record() { return record_; }
  Diagnosis diagnosis() const { return diagnose(record_); }

 private:
  int steps_;
  AgentRecord record_;
};

Holder list_of_arrays(const std::string& name) {
  Holder holder;
  holder.name = name;
  holder.where = "main()";
  holder.kind = "container";
  holder.container = "list";
  holder.element = "ndarray";
  holder.bytes_each = kPerStep;
  return holder;
}

double every_step(double step) { return step; }

TEST(Diagnose, SaysLevelWithABoundWhereNothingGrows) {
  const Diagnosis diagnosis = RecordOfCalls(200).diagnosis();
  EXPECT_EQ(diagnosis.verdict, Verdict::kLevel);
  EXPECT_EQ(diagnosis.cause, Cause::kNone);
  EXPECT_THAT(diagnosis.findings, IsEmpty());
  EXPECT_THAT(diagnosis.sentence, HasSubstr("level: less than"));
}

TEST(Diagnose, NamesTheListAndTheLineThatAddsToIt) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(list_of_arrays("server.history"), every_step);
  calls.record().adders.push_back({"server.history", {"serve.py", 12, "main"}, "", true});
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.verdict, Verdict::kLeak);
  EXPECT_EQ(diagnosis.cause, Cause::kRetainedOutputs);
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.findings[0].place.line, 12);
  EXPECT_EQ(diagnosis.findings[0].name, "server.history");
  EXPECT_NEAR(diagnosis.findings[0].bytes_per_step, kPerStep, kPerStep / 100);
  EXPECT_LT(diagnosis.unexplained_share, 0.05);
}

TEST(Diagnose, TellsOnceOfContainersThatAreAlike) {
  RecordOfCalls calls(200);
  for (const char* name : {"users['anna'].turns", "users['ben'].turns", "users['eve'].turns"}) {
    Holder turns = list_of_arrays(name);
    turns.bytes_each = kPerStep / 3;
    calls.hold(turns, every_step);
  }
  calls.grow(kPerStep);
  calls.record().adders.push_back({"users['anna'].turns", {"serve.py", 9, "main"}, "", false});
  calls.record().adders.push_back({"users['ben'].turns", {"serve.py", 12, "main"}, "", true});
  const Diagnosis diagnosis = calls.diagnosis();
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.findings[0].place.line, 12);
  EXPECT_NEAR(diagnosis.findings[0].bytes_per_step, kPerStep, kPerStep / 100);
  EXPECT_THAT(diagnosis.sentence, HasSubstr("`users['ben'].turns` (main()) and 2 like it get"));
}

TEST(Diagnose, TellsContainersApartToWhichDifferentLinesAdd) {
  RecordOfCalls calls(200);
  for (const char* name : {"state['answers']", "state['inputs']"}) {
    calls.hold(list_of_arrays(name), every_step);
  }
  calls.grow(2 * kPerStep);
  calls.record().adders.push_back({"state['answers']", {"serve.py", 9, "main"}, "", true});
  calls.record().adders.push_back({"state['inputs']", {"serve.py", 12, "main"}, "", true});
  EXPECT_THAT(calls.diagnosis().findings, SizeIs(2));
}

TEST(Diagnose, TakesANameOfOneListAfterTheOtherForNoQueue) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(list_of_arrays("user.turns"), every_step);
  std::int64_t next = 0;
  for (Holder& holder : calls.record().holders) holder.identity = holder.front = ++next;
  EXPECT_EQ(calls.diagnosis().cause, Cause::kRetainedOutputs);
}

TEST(Diagnose, FindsWhatIsKeptThoughItIsLessThanTheNoise) {
  Holder small = list_of_arrays("answers");
  small.bytes_each = 500;
  const Diagnosis diagnosis = RecordOfCalls(200).hold(small, every_step).diagnosis();
  EXPECT_EQ(diagnosis.cause, Cause::kRetainedOutputs);
}

TEST(Diagnose, AccusesNoCacheThatHasFilledUp) {
  const auto filled = [](double step) { return std::min(step, 32.0); };
  EXPECT_EQ(RecordOfCalls(200).hold(list_of_arrays("cache"), filled).diagnosis().verdict,
            Verdict::kLevel);
}

TEST(Diagnose, AccusesNoListThatIsEmptiedNowAndThen) {
  const auto flushed = [](double step) { return std::fmod(step, 40); };
  EXPECT_EQ(RecordOfCalls(200).hold(list_of_arrays("pending"), flushed).diagnosis().verdict,
            Verdict::kLevel);
}

TEST(Diagnose, AccusesNoRecordOfNumbers) {
  Holder losses = list_of_arrays("losses");
  losses.element = "float";
  losses.bytes_each = 32;
  EXPECT_EQ(RecordOfCalls(200).hold(losses, every_step).diagnosis().verdict, Verdict::kLevel);
}

TEST(Diagnose, AccusesNoRecordOfAFewNumbersAStep) {
  Holder metrics = list_of_arrays("history.rows");
  metrics.element = "dict";
  metrics.bytes_each = 400;
  EXPECT_EQ(RecordOfCalls(600).hold(metrics, every_step).diagnosis().verdict, Verdict::kLevel);
}

TEST(Diagnose, AccusesSmallEntriesWhereTheyAreTheGrowth) {
  Holder seen = list_of_arrays("filter.seen");
  seen.container = "set";
  seen.element = "str";
  seen.bytes_each = 100;
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(seen, [](double step) { return step * kPerStep / 100; });
  const Diagnosis diagnosis = calls.diagnosis();
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.findings[0].name, "filter.seen");
  EXPECT_NEAR(diagnosis.findings[0].share, 1, 0.05);
}

TEST(Diagnose, CountsWhatIsInsideOfTheEntriesOnce) {
  Holder inside = list_of_arrays("kept[…].payload");
  inside.kind = "buffer";
  inside.bytes_each = 1;
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(list_of_arrays("kept"), every_step).hold(inside, [](double step) {
    return step * kPerStep;
  });
  const Diagnosis diagnosis = calls.diagnosis();
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.findings[0].name, "kept");
}

TEST(Diagnose, BlamesACallbackForWhatKerasHadItKeep) {
  RecordOfCalls calls(200);
  calls.hold(list_of_arrays("kept"), every_step);
  calls.record().adders.push_back({"kept", {"serve.py", 7, "keep"}, "callback", true});
  EXPECT_EQ(calls.diagnosis().cause, Cause::kCallbackRetention);
}

TEST(Diagnose, TellsAQueueThatRunsAheadFromAListThatIsKept) {
  RecordOfCalls calls(200);
  Holder jobs = list_of_arrays("jobs.queue");
  jobs.container = "deque";
  calls.hold(jobs, every_step);
  EXPECT_EQ(calls.diagnosis().cause, Cause::kRetainedOutputs);
  std::int64_t front = 0;
  for (Holder& look : calls.record().holders) look.front = ++front;
  EXPECT_EQ(calls.diagnosis().cause, Cause::kUnboundedQueue);
}

Holder queue_of_arrays(double limit) {
  Holder queue = list_of_arrays("batches.queue");
  queue.container = "deque";
  queue.limit = limit;
  return queue;
}

/// Fills for a good part of the run, and is emptied slowly then.
double fills_and_empties(double step) { return 10 * std::min(step, 100 - step / 4); }

TEST(Diagnose, RemembersAQueueThatRanAheadThoughItsProducerHasEnded) {
  RecordOfCalls calls(200);
  calls.hold(queue_of_arrays(0), fills_and_empties);
  for (Holder& look : calls.record().holders) look.front = std::llround(look.moment.calls);
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.cause, Cause::kUnboundedQueue);
  EXPECT_EQ(diagnosis.verdict, Verdict::kLeak);
}

TEST(Diagnose, AccusesNoQueueWithALimitThatFillsAndEmpties) {
  RecordOfCalls calls(200);
  calls.hold(queue_of_arrays(2000), fills_and_empties);
  for (Holder& look : calls.record().holders) look.front = std::llround(look.moment.calls);
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kLevel);
}

TEST(Diagnose, GivesTheReasonForTraces) {
  RecordOfCalls calls(100);
  calls.grow(kPerStep).shape([](MemorySample& sample, double step) { sample.traces = step; });
  for (int step = 1; step <= 100; ++step) {
    calls.record().traces.push_back({RecordOfCalls::at(step),
                                     "scaled",
                                     {"serve.py", 3, "scaled"},
                                     {"serve.py", 9, "main"},
                                     "Python value",
                                     "2 instead of 1"});
  }
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.cause, Cause::kRetracing);
  EXPECT_EQ(diagnosis.findings.at(0).place.line, 9);
  EXPECT_THAT(diagnosis.sentence, HasSubstr("2 instead of 1"));
}

TEST(Diagnose, BlamesNewShapesWhereTheFrameworkKeepsSomethingForEach) {
  RecordOfCalls calls(100);
  calls.grow(kPerStep).shape([](MemorySample& sample, double step) { sample.shapes = step; });
  calls.record().traces = {
      {RecordOfCalls::at(1), "one_step", {}, {"serve.py", 6, "main"}, "first", ""}};
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.cause, Cause::kRetracing);
  EXPECT_EQ(diagnosis.findings.at(0).place.line, 6);
  EXPECT_THAT(diagnosis.sentence, HasSubstr("a new shape"));
}

TEST(Diagnose, BlamesTheModelsThatAreMadeNotTheTracesTheyNeed) {
  RecordOfCalls calls(100);
  calls.grow(kPerStep).shape([](MemorySample& sample, double step) {
    sample.traces = step;
    sample.models = 2 * step;
  });
  for (ModelCensus& census : calls.record().models) {
    const double made = 2 * census.moment.calls;
    census.sites = {{{"serve.py", 5, "main"}, "Functional", made, made, 1e4 * made}};
  }
  for (int step = 1; step <= 100; ++step) {
    calls.record().traces.push_back({RecordOfCalls::at(step),
                                     "one_step",
                                     {},
                                     {"serve.py", 6, "main"},
                                     "new function object",
                                     ""});
  }
  const Diagnosis diagnosis = calls.diagnosis();
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.cause, Cause::kModelRebuild);
  EXPECT_EQ(diagnosis.findings[0].place.line, 5);
}

TEST(Diagnose, CallsGarbageThatWaitsALag) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep);
  calls.record().last_collection = Collection{21, 400, 0.1, 240e6, 201e6};
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kLag);
  EXPECT_FALSE(calls.diagnosis().grows());
}

TEST(Diagnose, SaysLeakWhereSomethingIsKeptAndMoreWaitsForTheCollector) {
  RecordOfCalls calls(200);
  Holder kept = list_of_arrays("kept");
  kept.bytes_each = 0.4 * kPerStep;
  calls.grow(kPerStep).hold(kept, every_step);
  calls.record().last_collection = Collection{21, 400, 0.1, 240e6, 216e6};
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.verdict, Verdict::kLeak);
  ASSERT_THAT(diagnosis.findings, SizeIs(2));
  EXPECT_EQ(diagnosis.findings[0].cause, Cause::kRetainedOutputs);
  EXPECT_EQ(diagnosis.findings[1].cause, Cause::kGcLag);
  EXPECT_NEAR(diagnosis.findings[1].share, 0.6, 0.05);
}

TEST(Diagnose, GivesTheAllocatorItsShareBesideAList) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(list_of_arrays("kept"), every_step);
  calls.shape([](MemorySample& sample, double step) {
    sample.resident += kPerStep * step;
    sample.free = kPerStep * step;
  });
  const Diagnosis diagnosis = calls.diagnosis();
  ASSERT_THAT(diagnosis.findings, SizeIs(2));
  EXPECT_EQ(diagnosis.findings[0].cause, Cause::kRetainedOutputs);
  EXPECT_EQ(diagnosis.findings[1].cause, Cause::kAllocator);
  EXPECT_NEAR(diagnosis.findings[1].share, 0.5, 0.05);
}

TEST(Diagnose, CountsNoPagesOfFilesAsGrowth) {
  RecordOfCalls calls(200);
  calls.shape([](MemorySample& sample, double step) {
    sample.resident += 1e6 * step;
    sample.file = 1e6 * step;
  });
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.verdict, Verdict::kLevel);
  EXPECT_THAT(diagnosis.notes, ElementsAre(HasSubstr("of files")));
}

TEST(Diagnose, BlamesNoPipelineForMoreThanItCanHold) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep);
  calls.record().pipelines = {{"shuffle", 1000, 256, {"serve.py", 8, "main"}}};
  EXPECT_NE(calls.diagnosis().cause, Cause::kUnboundedQueue);
  calls.record().pipelines = {{"shuffle", 1000, kPerStep, {"serve.py", 8, "main"}}};
  EXPECT_EQ(calls.diagnosis().cause, Cause::kUnboundedQueue);
}

TEST(Diagnose, AccusesNobodyOfALittleGarbageThatWaits) {
  RecordOfCalls calls(120);
  calls.grow(50e3).shape([](MemorySample& sample, double step) { sample.blocks += 100 * step; });
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kLeak);
  calls.record().last_collection = Collection{21, 6000, 0.1, 203.5e6, 200e6};
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.verdict, Verdict::kLevel);
  EXPECT_EQ(diagnosis.cause, Cause::kNone);
}

TEST(Diagnose, AccusesNoDictThatFillsUp) {
  RecordOfCalls calls(400);
  // The last of 40 users comes late.
  calls.hold(list_of_arrays("last"),
             [](double step) { return step > 350 ? 40.0 : std::min(39.0, step / 2); });
  // What is in each of them, once they are too many to be looked at one by one.
  Holder entries = list_of_arrays("last[…]");
  entries.kind = "buffer";
  entries.bytes_each = 1;
  calls.hold(entries, [](double step) {
    return 65'536 * (step > 350 ? 40 : std::min(39.0, 33 + step / 20));
  });
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kLevel);
}

TEST(Diagnose, AccusesNoSmallObjectsWhereTheAllocatorsBooksAreFlat) {
  RecordOfCalls calls(200);
  calls.shape([](MemorySample& sample, double step) {
    sample.resident += 60e3 * step;  // The pages of an array that was made in the beginning.
    sample.blocks = 6 * step;
  });
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kUnknown);
}

TEST(Diagnose, AccusesNoModelsThatAreMadeAndLetGoInLevelMemory) {
  RecordOfCalls calls(100);
  calls.shape([](MemorySample& sample, double step) { sample.models = step; });
  for (ModelCensus& census : calls.record().models) {
    census.sites = {{{"fold.py", 5, "main"}, "Sequential", census.moment.calls, 1, 1e4}};
  }
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kLevel);
}

/// A program without steps, which has so many modules at a second.
template <typename Modules>
Diagnosis of_seconds(Modules modules) {
  RecordOfCalls calls(60);
  calls.grow(4 * kPerStep).shape([&](MemorySample& sample, double second) {
    sample.moment.calls = 0;
    sample.moment.time = second;
    sample.modules = modules(second);
  });
  return calls.diagnosis();
}

TEST(Diagnose, TakesNoImportsForGrowth) {
  EXPECT_EQ(of_seconds([](double second) { return 50 * second; }).verdict, Verdict::kUnknown);
  EXPECT_EQ(of_seconds([](double) { return 3000; }).verdict, Verdict::kLeak);
  const Diagnosis late = of_seconds([](double second) { return std::min(100 * second, 2000.0); });
  EXPECT_EQ(late.verdict, Verdict::kLeak) << "the program goes on after it";
  EXPECT_NEAR(late.seconds, 60 - 18, 1);
}

TEST(Diagnose, TakesTimeForTheStepsWhereTheCallsWereAWarmUp) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).shape(
      [](MemorySample& sample, double step) { sample.moment.calls = std::min(step, 10.0); });
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.unit, Unit::kSecond);
  EXPECT_TRUE(diagnosis.growth.grows());
}

TEST(Diagnose, BlamesTheAllocatorWhereLiveBytesAreFlat) {
  RecordOfCalls calls(200);
  calls.shape([](MemorySample& sample, double step) {
    sample.resident += kPerStep * step;
    sample.free = kPerStep * step;
  });
  calls.record().trims.push_back({true, kBase + 40e6, kBase + 2e6});
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kAllocator);
}

TEST(Diagnose, SaysNativeWhereNoObjectOfPythonGrows) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep);
  calls.record().traced_steps.push_back({3, 0.1, {{{"serve.py", 14, "native"}, 3 * kPerStep, 3}}});
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.cause, Cause::kNativeLeak);
  EXPECT_EQ(diagnosis.findings.at(0).place.line, 14);
}

TEST(Diagnose, BlamesTheAllocatorForHolesThatItCannotGiveBack) {
  RecordOfCalls calls(200);
  calls.shape([](MemorySample& sample, double step) {
    sample.resident += kPerStep * step;
    sample.free = kPerStep * step;
  });
  EXPECT_EQ(calls.diagnosis().verdict, Verdict::kAllocator);
}

/// A trace of steps 0 to 200 with one site, whose steps' bytes are `alive(step)`.
template <typename Alive>
TraceRecord trace_of(const std::string& module, Alive alive) {
  TraceRecord trace;
  double live = 50e6;
  TraceSite site;
  site.stack = {{module, 0x10}};
  site.python = {{"/usr/lib/python3.11/ctypes/__init__.py", 3, "call"}, {"serve.py", 21, "native"}};
  for (std::uint64_t step = 0; step < 200; step += 4) {
    const auto bytes = static_cast<std::uint64_t>(alive(step));
    site.by_step.emplace_back(step, bytes);
    site.live_bytes += bytes;
    live += static_cast<double>(bytes);
    TraceSample sample;
    sample.step = step + 4;
    sample.live_bytes = static_cast<std::uint64_t>(live);
    trace.samples.push_back(sample);
  }
  site.allocated_bytes = site.live_bytes;
  trace.sites.push_back(site);
  return trace;
}

double four_steps(std::uint64_t /*step*/) { return 4 * kPerStep; }
double first_steps(std::uint64_t step) { return step < 12 ? 4 * kPerStep : 0; }

TEST(DiagnoseTrace, NamesTheLineOfTheProgramThatCalledTheNativeCode) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep);
  const TraceRecord trace = trace_of("/opt/lib/libcodec.so", four_steps);
  const Diagnosis diagnosis = diagnose(calls.record(), &trace);
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.cause, Cause::kNativeLeak);
  EXPECT_EQ(diagnosis.findings[0].place.file, "serve.py");
  EXPECT_EQ(diagnosis.findings[0].place.line, 21);
  EXPECT_EQ(diagnosis.findings[0].native_frames.at(0).module, "/opt/lib/libcodec.so");
  EXPECT_THAT(diagnosis.sentence, HasSubstr("100 % are alive"));
}

/// Of a library's objects, which do not say how much memory they have.
Holder list_of_images() {
  Holder images = list_of_arrays("images");
  images.element = "Image";
  images.native = "ImagingCore";
  images.bytes_each = 100;
  return images;
}

TEST(DiagnoseTrace, NamesTheListThatKeepsObjectsOfALibraryWithNativeMemory) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(list_of_images(), every_step);
  calls.record().adders.push_back({"images", {"serve.py", 12, "main"}, "", true});
  const TraceRecord native = trace_of("/opt/lib/libcodec.so", four_steps);
  const TraceRecord python = trace_of("/usr/bin/python3.11", four_steps);
  for (const TraceRecord* traced : {&native, &python, static_cast<const TraceRecord*>(nullptr)}) {
    const Diagnosis diagnosis = diagnose(calls.record(), traced);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.cause, Cause::kRetainedOutputs);
    EXPECT_EQ(diagnosis.findings[0].name, "images");
    EXPECT_EQ(diagnosis.findings[0].place.line, 12);
    EXPECT_NEAR(diagnosis.findings[0].bytes_per_step, kPerStep, kPerStep / 100);
    EXPECT_THAT(diagnosis.sentence, HasSubstr("memory of C or C++ code behind each ImagingCore"));
  }
}

TEST(DiagnoseTrace, GivesOneFindingForAListOfArraysAndNativeMemory) {
  RecordOfCalls calls(200);
  Holder tables = list_of_images();
  tables.bytes_each = kPerStep / 4;
  calls.grow(kPerStep).hold(tables, every_step);
  const TraceRecord trace =
      trace_of("/opt/lib/libcodec.so", [](std::uint64_t) { return 3 * kPerStep; });
  const Diagnosis diagnosis = diagnose(calls.record(), &trace);
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_NEAR(diagnosis.findings[0].bytes_per_step, kPerStep, kPerStep / 50);
  EXPECT_THAT(diagnosis.sentence, HasSubstr("memory of C or C++ code behind each ImagingCore"));
  EXPECT_NEAR(diagnosis.unexplained_share, 0, 0.02);
}

TEST(DiagnoseTrace, BlamesNoListOfNativeObjectsThatDoesNotGrow) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(list_of_images(), [](double step) { return std::min(step, 20.0); });
  const TraceRecord trace = trace_of("/opt/lib/libcodec.so", four_steps);
  EXPECT_EQ(diagnose(calls.record(), &trace).cause, Cause::kNativeLeak);
}

TEST(DiagnoseTrace, TellsPythonsMemoryFromNativeMemory) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep);
  const TraceRecord trace = trace_of("/usr/bin/python3.11", four_steps);
  EXPECT_EQ(diagnose(calls.record(), &trace).cause, Cause::kRetainedOutputs);
}

TEST(DiagnoseTrace, BlamesModelsForWhatALibraryMostlyGivesBack) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).shape([](MemorySample& sample, double step) { sample.models = step; });
  for (ModelCensus& census : calls.record().models) {
    census.sites = {{{"fold.py", 5, "main"}, "Sequential", census.moment.calls, 1, 1e4}};
  }
  TraceRecord trace = trace_of("/opt/lib/libhdf5.so", four_steps);
  EXPECT_EQ(diagnose(calls.record(), &trace).cause, Cause::kNativeLeak)
      << "of a line, and all of it";
  trace.sites[0].python.clear();
  trace.sites[0].allocated_bytes *= 50;
  EXPECT_EQ(diagnose(calls.record(), &trace).cause, Cause::kModelRebuild);
}

TEST(DiagnoseTrace, AccusesNothingThatStaysOfTheFirstStepsAlone) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep);
  const TraceRecord trace = trace_of("/opt/lib/libcodec.so", first_steps);
  const Diagnosis diagnosis = diagnose(calls.record(), &trace);
  EXPECT_THAT(diagnosis.findings, IsEmpty());
  EXPECT_EQ(diagnosis.verdict, Verdict::kUnknown);
}

TEST(DiagnoseTrace, AccusesNobodyWhereResidentMemoryIsLevel) {
  const TraceRecord trace = trace_of("/opt/lib/libcodec.so", four_steps);
  RecordOfCalls calls(200);
  EXPECT_EQ(diagnose(calls.record(), &trace).verdict, Verdict::kLevel);
}

TEST(DiagnoseTrace, NamesNativeMemoryThatFillsWhatTheAllocatorHadFree) {
  const TraceRecord trace = trace_of("/opt/lib/libcodec.so", four_steps);
  RecordOfCalls calls(200);
  calls.shape([](MemorySample& sample, double step) {
    sample.live = 100e6 + kPerStep * step;
    sample.free = kPerStep * (200 - step);
  });
  const Diagnosis diagnosis = diagnose(calls.record(), &trace);
  EXPECT_EQ(diagnosis.verdict, Verdict::kLeak);
  EXPECT_EQ(diagnosis.cause, Cause::kNativeLeak);
}

TEST(DiagnoseTrace, GivesNativeMemoryItsShareBesideAList) {
  RecordOfCalls calls(200);
  calls.grow(2 * kPerStep).hold(list_of_arrays("kept"), every_step);
  const TraceRecord trace = trace_of("/opt/lib/libcodec.so", four_steps);
  const Diagnosis diagnosis = diagnose(calls.record(), &trace);
  ASSERT_THAT(diagnosis.findings, SizeIs(2));
  EXPECT_NEAR(diagnosis.findings[0].share, 0.5, 0.05);
  EXPECT_NEAR(diagnosis.findings[1].share, 0.5, 0.05);
}

TEST(DiagnoseTrace, GivesNativeMemoryItsShareBesideTraces) {
  RecordOfCalls calls(200);
  calls.grow(2 * kPerStep).shape([](MemorySample& sample, double step) { sample.traces = step; });
  for (int step = 1; step <= 200; ++step) {
    calls.record().traces.push_back(
        {RecordOfCalls::at(step), "f", {}, {"serve.py", 9, "main"}, "Python value", ""});
  }
  const TraceRecord trace = trace_of("/opt/lib/libcodec.so", four_steps);
  const Diagnosis diagnosis = diagnose(calls.record(), &trace);
  ASSERT_THAT(diagnosis.findings, SizeIs(2));
  for (const Finding& finding : diagnosis.findings) EXPECT_NEAR(finding.share, 0.5, 0.05);
}

TEST(Diagnose, TellsAPeakFromALeak) {
  RecordOfCalls calls(30);
  calls.shape([](MemorySample& sample, double) { sample.peak = kBase + 800e6; });
  calls.record().largest_batch = LargestBatch{0, 10'000, kBase, {"serve.py", 4, "main"}};
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.verdict, Verdict::kPeak);
  EXPECT_EQ(diagnosis.cause, Cause::kOversizedBatch);
}

TEST(Diagnose, BlamesNoBatchForAPeakThatCameLater) {
  RecordOfCalls calls(30);
  calls.shape([](MemorySample& sample, double step) {
    sample.resident = step < 3 ? kBase : kBase + 800e6;
    sample.peak = step < 3 ? kBase : kBase + 810e6;
  });
  calls.record().largest_batch = LargestBatch{0, 16, kBase, {"serve.py", 4, "main"}};
  EXPECT_NE(calls.diagnosis().verdict, Verdict::kPeak);
}

TEST(Diagnose, ShowsWhatItCannotExplain) {
  RecordOfCalls calls(200);
  calls.grow(1.2 * kPerStep).hold(list_of_arrays("kept"), every_step);
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_NEAR(diagnosis.unexplained_share, 0.2 / 1.2, 0.05);
  EXPECT_THAT(to_text(diagnosis), HasSubstr("unexplained 1"));
}

TEST(Diagnose, GivesEachOfSeveralCausesItsShare) {
  RecordOfCalls calls(200);
  Holder second = list_of_arrays("more");
  second.bytes_each = kPerStep / 3;
  calls.grow(kPerStep * 4 / 3).hold(list_of_arrays("kept"), every_step).hold(second, every_step);
  const Diagnosis diagnosis = calls.diagnosis();
  ASSERT_THAT(diagnosis.findings, SizeIs(2));
  EXPECT_EQ(diagnosis.findings[0].name, "kept");
  EXPECT_NEAR(diagnosis.findings[0].share, 0.75, 0.03);
}

TEST(Diagnose, FromOutsideTellsGrowthButNoCause) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).record().program.clear();
  const Diagnosis diagnosis = calls.diagnosis();
  EXPECT_EQ(diagnosis.verdict, Verdict::kLeak);
  EXPECT_EQ(diagnosis.cause, Cause::kNone);
  EXPECT_THAT(diagnosis.notes, Not(IsEmpty()));
}

TEST(Diagnose, KnowsNothingOfAnEmptyRecord) {
  EXPECT_EQ(diagnose({}).verdict, Verdict::kUnknown);
  EXPECT_THAT(to_html(diagnose({})), HasSubstr("unknown"));
}

TEST(DoctorHtml, EscapesWhatTheProgramsNamesHold) {
  RecordOfCalls calls(200);
  calls.grow(kPerStep).hold(list_of_arrays("<script>"), every_step);
  EXPECT_THAT(to_html(calls.diagnosis()), Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace weir::doctor
