#include "doctor/trace_record.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "doctor/symbolize.h"
#include "weir/error.h"

namespace weir::doctor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kStart =
    R"({"type":"start","pid":7,"parent":1,"exe":"/bin/x","mode":"exact","sample_bytes":0,"time":5})"
    "\n";
const std::string kSample =
    R"({"type":"sample","time":6,"step":3,"live_bytes":10,"live_count":2,"mapped_live_bytes":0,)"
    R"("allocated_bytes":20,"sample_bytes":0,"resident":100,"anonymous":60,"file":40,)"
    R"("peak_resident":120,"arena_in_use":30,"arena_free":9,"arenas":2,"mmapped":1,"brk":4})"
    "\n";
const std::string kSite =
    R"({"type":"module","module":4,"path":"/lib/m.so"})"
    "\n"
    R"({"type":"site","dump":1,"site":9,"kind":"heap","live_bytes":10,"live_count":2,)"
    R"("allocated_bytes":20,"thread_name":"main","stack":[[4,99],[-1,1234]],)"
    R"("python":[{"file":"a.py","line":3,"function":"f"}],"by_step":[[0,4],[2,6]]})"
    "\n";
const std::string kDump = R"({"type":"dump","time":6,"step":3,"dump":1,"sites":1})"
                          "\n";

std::string message_of(const std::string& text) {
  try {
    parse_trace_record(text);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(TraceRecord, AfterACleanExitHasTheSitesBeforeIt) {
  const std::string end = R"({"type":"end","time":8,"reason":"exit"})"
                          "\n";
  EXPECT_THAT(parse_trace_record(kStart + kSite + kDump + kDump + end).sites, SizeIs(1));
  EXPECT_THAT(parse_trace_record(kStart + kSite + kDump + kDump).sites, IsEmpty());
  EXPECT_THAT(parse_trace_record(kStart + kSite + kDump + end).sites, SizeIs(1));
}

TEST(TraceRecord, HasWhatTheLinesSay) {
  const TraceRecord record = parse_trace_record(kStart + kSample + kSite + kDump);
  EXPECT_EQ(record.start.pid, 7);
  EXPECT_TRUE(record.start.is_exact);
  ASSERT_THAT(record.samples, SizeIs(1));
  EXPECT_EQ(record.samples[0].step, 3U);
  EXPECT_EQ(record.samples[0].brk, 4U);
  ASSERT_THAT(record.sites, SizeIs(1));
  const TraceSite& site = record.sites[0];
  EXPECT_EQ(site.stack[0].module, "/lib/m.so");
  EXPECT_EQ(site.stack[0].offset, 99U);
  EXPECT_EQ(site.stack[1].module, "");
  EXPECT_EQ(site.python[0].line, 3);
  EXPECT_EQ(site.by_step[1].second, 6U);
  EXPECT_FALSE(record.is_cut);
  EXPECT_THAT(record.end_reason, IsEmpty());
}

TEST(TraceRecord, LeavesOutALineThatWasCut) {
  const TraceRecord record = parse_trace_record(kStart + kSample + kSample.substr(0, 40));
  EXPECT_THAT(record.samples, SizeIs(1));
  EXPECT_TRUE(record.is_cut);
}

TEST(TraceRecord, KeepsTheLastDumpThatIsComplete) {
  const TraceRecord record = parse_trace_record(kStart + kSite + kDump + kSite + kSite);
  EXPECT_THAT(record.sites, SizeIs(1));
}

TEST(TraceRecord, BeginsAnewAfterExec) {
  const TraceRecord record = parse_trace_record(kStart + kSample + kStart);
  EXPECT_THAT(record.samples, IsEmpty());
}

TEST(TraceRecord, PassesOverTypesThatAreNew) {
  EXPECT_EQ(message_of(kStart + "{\"type\":\"weather\"}\n"), "no error");
}

TEST(TraceRecord, NamesTheLineThatIsWrong) {
  EXPECT_THAT(message_of(kStart + "nonsense\n"), HasSubstr("line 2 is not a JSON object"));
  EXPECT_THAT(message_of(kStart + "[1]\n"), HasSubstr("line 2"));
  EXPECT_THAT(message_of(kStart + R"({"type":"trim","time":1,"before":-1,"after":0})"
                                  "\n"),
              HasSubstr("'before' is not a whole number"));
  EXPECT_THAT(message_of(kStart + R"({"type":"module","module":1})"
                                  "\n"),
              HasSubstr("has no 'path'"));
  std::string unnamed = kSite.substr(kSite.find('\n') + 1);
  EXPECT_THAT(message_of(kStart + unnamed), HasSubstr("module 4"));
  EXPECT_THAT(message_of(kSample), HasSubstr("no start"));
  EXPECT_THAT(message_of(""), HasSubstr("no start"));
}

TEST(TraceRecord, BoundsALine) {
  EXPECT_THAT(message_of(kStart + std::string(kMostTraceLineBytes + 1, ' ') + "\n"),
              HasSubstr("longer than"));
}

TEST(TraceRecord, SaysWhichFileIsNotThere) {
  EXPECT_THROW(read_trace_record("/no/such/trace.jsonl"), Error);
}

TEST(Symbolizer, KnowsAFunctionOfThisProgram) {
  // The test's own code, wherever it was loaded: found through the file's symbols.
  const auto address = reinterpret_cast<std::uintptr_t>(&parse_trace_record);
  Dl_info program{};
  ASSERT_NE(dladdr(reinterpret_cast<void*>(&parse_trace_record), &program), 0);
  const auto base = reinterpret_cast<std::uintptr_t>(program.dli_fbase);
  Symbolizer symbolizer;
  const Symbol symbol = symbolizer.symbolize({"/proc/self/exe", address - base + 5});
  EXPECT_THAT(symbol.function, HasSubstr("weir::doctor::parse_trace_record"));
}

TEST(Symbolizer, KnowsNothingOfWhatIsNoProgram) {
  Symbolizer symbolizer;
  EXPECT_EQ(symbolizer.symbolize({"/proc/self/status", 100}).function, "");
  EXPECT_EQ(symbolizer.symbolize({"/no/such/file", 100}).function, "");
  EXPECT_EQ(symbolizer.symbolize({"", 100}).function, "");
}

}  // namespace
}  // namespace weir::doctor
