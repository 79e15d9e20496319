#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/base64.h"
#include "report/layers.h"
#include "report/page.h"
#include "report/profile_json.h"
#include "report/profile_text.h"
#include "report/timeline_svg.h"
#include "report/top_text.h"
#include "report/trace.h"
#include "support.h"
#include "weir/error.h"

namespace weir::report {
namespace {

using nlohmann::json;
using profile::Owner;
using ::testing::HasSubstr;
using ::testing::Not;

profile::Record small() {
  return made_record(20, [](std::size_t step, profile::OwnerBytes& owners) {
    profile::at(owners, Owner::kArena) = 400;
    profile::at(owners, Owner::kUnnamed) = step;
  });
}

TEST(ProfileJson, HasWhatWasRecorded) {
  const json found = to_json(small());
  EXPECT_EQ(found["format"], "weir-profile");
  EXPECT_EQ(found["run"]["steps"], 20);
  EXPECT_EQ(found["run"]["rows"], 40);
  EXPECT_EQ(found["resident_bytes"], 5'000'419);
  EXPECT_EQ(found["named_bytes"], 5'000'400);
  EXPECT_EQ(found["series"]["step"].size(), 20U);
  EXPECT_EQ(found["series"]["owners"].size(), found["owners"].size());
  EXPECT_EQ(found["series"]["owners"][2][7], 400);
  EXPECT_EQ(found["owners"][2]["name"], "arena");
  EXPECT_EQ(found["arena"]["widest_step"], 0);
  EXPECT_EQ(found["arena"]["tensors"].size(), 4U);
  EXPECT_EQ(found["explorer"]["predicted"][0]["peak_bytes"], 8'500'000);
  EXPECT_NEAR(found["explorer"]["measured"][0]["rows_per_second"].get<double>(), 2500, 1);
  EXPECT_EQ(found["explorer"]["smallest_limit"], 8'500'000);
  EXPECT_TRUE(found["layer_seconds"].is_null());
}

TEST(ProfileJson, PacksTheTimesOfLayers) {
  const json found = to_json(small(), true);
  EXPECT_EQ(found["layer_seconds"]["shape"], (json{20, 2}));
  EXPECT_EQ(found["layer_seconds"]["data"].get<std::string>().size(), (20 * 2 * 4 + 2) / 3 * 4U);
}

TEST(ProfileJson, ThinsOutLongRecords) {
  const json found = to_json(made_record(25'000, [](std::size_t, profile::OwnerBytes&) {}));
  EXPECT_LE(found["series"]["step"].size(), 10'000U);
  EXPECT_GE(found["series"]["step"].size(), 5'000U);
  EXPECT_EQ(found["run"]["recorded_steps"], 25'000);
}

TEST(ProfileJson, IsThereForAnEmptyRecord) {
  const json found = to_json(profile::Record{}, true);
  EXPECT_EQ(found["verdict"]["kind"], "unknown");
  EXPECT_TRUE(found["arena"].is_null());
}

TEST(LayerCosts, ComeFromTheTimesAndThePlan) {
  const std::vector<LayerCost> costs = layer_costs(small());
  ASSERT_EQ(costs.size(), 2U);
  EXPECT_EQ(costs[0].calls, 20U);
  EXPECT_NEAR(costs[0].total, 0.012, 1e-6);
  EXPECT_NEAR(costs[0].median, 0.0006, 1e-9);
  EXPECT_EQ(costs[0].multiply_adds, 500U);
  // 40 rows of 500 multiply-adds in 12 ms, of 1e9 operations a second.
  EXPECT_NEAR(costs[0].peak_share, 2 * 500 * 40 / 0.012 / 1e9, 1e-6);
  EXPECT_EQ(costs[0].bytes_alive, 320U);
  EXPECT_EQ(costs[1].bytes_alive, 192U);
}

TEST(ProfileText, BeginsWithTheVerdict) {
  const std::string text = to_text(small());
  EXPECT_THAT(text, ::testing::StartsWith("Memory is level"));
  EXPECT_THAT(text, HasSubstr("program and libraries"));
  EXPECT_THAT(text, HasSubstr("75.0 %     600 us"));
}

TEST(Trace, IsJsonWithASliceForEachLayer) {
  const json trace = json::parse(to_trace(small()));
  std::size_t slices = 0;
  for (const json& event : trace["traceEvents"]) slices += event["ph"] == "X" ? 1 : 0;
  EXPECT_EQ(slices, 20U * 3);
}

TEST(Folded, HasALineForEachLayer) {
  EXPECT_EQ(to_folded(small()), "made <up>;first;product 12000\nmade <up>;second;map 4000\n");
}

TEST(Svg, ShowsOwnersAndEscapesText) {
  profile::Record record = small();
  record.streams.push_back({"<Source>", "s"});
  const std::string svg = to_svg(record);
  EXPECT_THAT(svg, ::testing::StartsWith("<svg "));
  EXPECT_THAT(svg, HasSubstr(">arena<"));
  EXPECT_THAT(svg, Not(HasSubstr("queues")));
  EXPECT_THAT(svg, Not(HasSubstr("<Source>")));
  EXPECT_THAT(to_svg(profile::Record{}), HasSubstr("</svg>"));
}

TEST(Page, CarriesTheProfile) {
  const std::string page = to_html("<body>\n<!--weir-profiles-->\n</body>", small(), small());
  EXPECT_THAT(page, HasSubstr("id=\"profile\""));
  EXPECT_THAT(page, HasSubstr("id=\"other-profile\""));
  EXPECT_THAT(page, ::testing::EndsWith("\n</body>"));
  EXPECT_THROW(to_html("", small()), Error);
}

TEST(TopText, FitsTheTerminal) {
  const std::string text = to_top_text(small(), 7, 60);
  EXPECT_THAT(text, HasSubstr("process 7"));
  EXPECT_THAT(text, HasSubstr("steps/s"));
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    std::size_t characters = 0;
    for (std::size_t i = begin; i < end; ++i) {
      characters += (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U ? 1 : 0;
    }
    EXPECT_LE(characters, 60U);
    begin = end + 1;
  }
}

TEST(Base64, IsThatOfTheStandard) {
  const auto encoded = [](std::string_view text) {
    return to_base64(std::as_bytes(std::span(text)));
  };
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace weir::report
