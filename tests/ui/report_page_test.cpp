// The page as the program carries it: whole, with one place for the profiles, asking nobody for
// anything.
#include "report_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace weir {
namespace {

TEST(ReportPage, IsEmptyExactlyInABuildWithoutIt) {
  EXPECT_EQ(report_page().empty(), WEIR_UI == 0);
}

#if WEIR_UI
TEST(ReportPage, HasOneLineForTheProfiles) {
  const std::string line = "\n" + std::string(kProfilesPlaceholder) + "\n";
  const std::size_t first = report_page().find(line);
  ASSERT_NE(first, std::string_view::npos);
  EXPECT_EQ(report_page().find(kProfilesPlaceholder, first + line.size()), std::string_view::npos);
}

TEST(ReportPage, IsWhole) {
  EXPECT_TRUE(report_page().starts_with("<!doctype html>"));
  EXPECT_TRUE(report_page().ends_with("</html>\n"));
  EXPECT_EQ(std::ranges::count(report_page(), '\0'), 0);
}

TEST(ReportPage, LoadsNothing) {
  for (const char* loading : {"src=\"", "src='", "<link", "@import", "url(http"}) {
    EXPECT_EQ(report_page().find(loading), std::string_view::npos) << loading;
  }
  EXPECT_NE(report_page().find("default-src 'none'"), std::string_view::npos);
}
#endif

}  // namespace
}  // namespace weir
