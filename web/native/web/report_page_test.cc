#include "web/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace almanac::web {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kOpen = R"(<script type="application/json" id="report">)";

// What a browser hands to JSON.parse: everything up to the first end tag.
std::string embedded_data(const std::string& page) {
  const auto begin = page.find(kOpen) + kOpen.size();
  return page.substr(begin, page.find("</script", begin) - begin);
}

TEST(ReportPage, CarriesTheData) {
  const std::string page = render_report(R"({"format":"almanac-report/1"})");
  EXPECT_EQ(embedded_data(page), R"({"format":"almanac-report/1"})");
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST(ReportPage, CannotBeBrokenOutOf) {
  const std::string page = render_report(R"({"name":"</script><script>alert(1)</script><!--"})");
  EXPECT_EQ(embedded_data(page), R"({"name":"\u003c/script>\u003cscript>alert(1)\u003c/script>\u003c!--"})");
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
}

TEST(ReportPage, KeepsAMarkOfTheTemplateInsideTheData) {
  EXPECT_EQ(embedded_data(render_report(R"({"name":"@@REPORT@@ @@SCRIPT@@"})")), R"({"name":"@@REPORT@@ @@SCRIPT@@"})");
}

TEST(ReportPage, AsksNobodyForAnything) {
  const std::string page = render_report("{}");
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* outside :
       {"<link", "src=\"", "@import", "url(http", "url(//", "fetch(", "XMLHttpRequest", "import("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
  }
}

RC_GTEST_PROP(ReportPage, LosesNoByteOfTheData, (const std::vector<std::string>& pieces)) {
  // Escaping maps '<' to one sequence and everything else to itself, so pieces can be expected one by one.
  std::string report, expected;
  for (std::string piece : pieces) {
    std::erase(piece, '<');
    report += piece + "<";
    expected += piece + "\\u003c";
  }
  RC_ASSERT(embedded_data(render_report(report)) == expected);
}

}  // namespace
}  // namespace almanac::web
