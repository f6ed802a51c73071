#include "web/dashboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace almanac::web {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

std::string page() {
  return std::string(dashboard_assets().front().bytes);
}

TEST(Dashboard, BeginsWithThePage) {
  const Asset& first = dashboard_assets().front();
  EXPECT_EQ(first.path, "/");
  EXPECT_EQ(first.content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(first.bytes.starts_with("<!doctype html>"));
}

TEST(Dashboard, NamesFilesByTheirContent) {
  std::set<std::string_view> paths, etags;
  for (const Asset& asset : dashboard_assets()) {
    EXPECT_FALSE(asset.bytes.empty()) << asset.path;
    EXPECT_THAT(std::string(asset.etag), MatchesRegex("\"[0-9a-f]{16}\""));
    paths.insert(asset.path);
    etags.insert(asset.etag);
    if (asset.path != "/") {
      EXPECT_THAT(std::string(asset.path), MatchesRegex("/assets/[a-z]+-[0-9a-f]{12}\\.(js|css|svg)"));
    }
  }
  EXPECT_EQ(paths.size(), dashboard_assets().size());
  EXPECT_EQ(etags.size(), dashboard_assets().size());
}

TEST(Dashboard, AsksOnlyForFilesThatAreThere) {
  std::set<std::string> wanted, there;
  for (const Asset& asset : dashboard_assets().subspan(1)) there.insert(std::string(asset.path));
  const std::string html = page();
  const std::regex reference(R"re((?:src|href)="([^"]*)")re");
  for (std::sregex_iterator found(html.begin(), html.end(), reference), end; found != end; ++found) {
    wanted.insert("/" + (*found)[1].str());
  }
  EXPECT_EQ(wanted, there);
}

// What a strict Content-Security-Policy would refuse.
TEST(Dashboard, HasNothingInline) {
  const std::string html = page();
  for (const char* refused : {"<style", "style=", "onload=", "onclick=", "javascript:", "http:", "https:"}) {
    EXPECT_THAT(html, Not(HasSubstr(refused))) << refused;
  }
  EXPECT_FALSE(std::regex_search(html, std::regex("<script[^>]*>[^<]")));
}

}  // namespace
}  // namespace almanac::web
