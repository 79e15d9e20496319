#include "doctor/agent_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "weir/error.h"

namespace weir::doctor {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const std::string kStart = R"({"type":"start","argv":["python","a.py"],"time":5})"
                           "\n";
const std::string kSample =
    R"({"type":"sample","time":6,"calls":1,"resident":4096,"live":null,"gc":false})"
    "\n";

AgentRecord read(const std::string& text) {
  std::istringstream lines(text);
  return read_agent_record(lines);
}

TEST(AgentRecord, ReadsWhatThereIs) {
  const AgentRecord record = read(kStart + kSample);
  EXPECT_EQ(record.program.at(1), "a.py");
  ASSERT_THAT(record.samples, SizeIs(1));
  EXPECT_EQ(record.samples[0].resident, 4096);
  EXPECT_FALSE(record.samples[0].live.has_value());
  EXPECT_FALSE(record.samples[0].collects);
}

TEST(AgentRecord, PassesOverHalfALineAtTheEnd) {
  EXPECT_THAT(read(kStart + kSample + R"({"type":"sam)").samples, SizeIs(1));
}

TEST(AgentRecord, PassesOverKindsItDoesNotKnow) {
  EXPECT_THAT(read(kStart +
                   R"({"type":"later"})"
                   "\n" +
                   kSample)
                  .samples,
              SizeIs(1));
}

TEST(AgentRecord, NamesALineThatIsNoneOfAnAgents) {
  for (const char* line : {"{}\n", "[1]\n", "nonsense\n",
                           R"({"type":"sample","resident":"x"})"
                           "\n",
                           R"({"type":"census","models":7})"
                           "\n"}) {
    try {
      read(kStart + line);
      ADD_FAILURE() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kMalformed);
      EXPECT_THAT(error.what(), HasSubstr("line 2"));
    }
  }
}

}  // namespace
}  // namespace weir::doctor
