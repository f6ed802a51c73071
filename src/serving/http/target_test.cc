#include "serving/http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "serving/http/text.h"

namespace almanac::serving {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Target parsed(std::string_view text) {
  auto target = parse_target(text);
  EXPECT_TRUE(target.has_value()) << text << ": " << (target ? "" : target.error().message);
  return target.value_or(Target{});
}

std::string refusal(std::string_view text) {
  const auto target = parse_target(text);
  EXPECT_FALSE(target.has_value()) << text;
  return target ? "" : target.error().message;
}

TEST(Target, IsTakenApartBeforeItIsDecoded) {
  const Target target = parsed("/api/v1/groups/a%2Fb%20c%3F?query=x%26y+z&limit=5&&flag");
  EXPECT_THAT(target.segments, ElementsAre("api", "v1", "groups", "a/b c?"));
  EXPECT_EQ(target.text("query"), "x&y z");
  EXPECT_EQ(target.text("limit"), "5");
  EXPECT_EQ(target.text("flag"), "");
  EXPECT_EQ(target.text("cursor"), std::nullopt);
  EXPECT_THAT(parsed("/").segments, ElementsAre(""));
  EXPECT_THAT(parsed("/a//b/").segments, ElementsAre("a", "", "b", ""));
  EXPECT_EQ(parsed("/a+b").path, "/a+b") << "'+' is a space in queries only";
}

TEST(Target, RefusesWhatCouldMeanSomethingElseToSomebodyElse) {
  EXPECT_THAT(refusal("/../etc/passwd"), HasSubstr("'..'"));
  EXPECT_THAT(refusal("/assets/%2e%2E/x"), HasSubstr("'..'"));
  EXPECT_THAT(refusal("/./x"), HasSubstr("'.'"));
  EXPECT_THAT(refusal("/a%00b"), HasSubstr("control"));
  EXPECT_THAT(refusal("/a%0d%0aSet-Cookie:x"), HasSubstr("control"));
  EXPECT_THAT(refusal("/a%zz"), HasSubstr("%"));
  EXPECT_THAT(refusal("/a%2"), HasSubstr("%"));
  EXPECT_THAT(refusal("/%c0%ae%c0%ae/"), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("/x?limit=1&limit=2"), HasSubstr("twice"));
  EXPECT_THAT(refusal("http://elsewhere/x"), HasSubstr("'/'"));
  EXPECT_THAT(refusal("*"), HasSubstr("'/'"));
}

RC_GTEST_PROP(Target, AnyBytesAreReadOrRefusedAndNamesComeBack, (const std::string& bytes)) {
  (void)parse_target(bytes);
  (void)parse_target("/" + bytes);
  std::string encoded;
  for (const char c : bytes) {
    static constexpr const char* kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  const auto target = parse_target("/groups/" + encoded);
  const bool is_name = is_utf8(bytes) && !has_control_characters(bytes) && bytes != "." && bytes != "..";
  RC_ASSERT(target.has_value() == is_name);
  if (is_name) RC_ASSERT(target->segments.at(1) == bytes);
}

TEST(Parameters, NumbersAreWholeAndWithinTheirLimits) {
  EXPECT_EQ(parsed("/?days=14").number("days", 1, 31), 14);
  EXPECT_EQ(parsed("/").number("days", 1, 31), std::nullopt);
  for (const char* wrong : {"0", "32", "-1", "1.5", "1e3", "", " 1", "0x5", "99999999999999999999", "eleven"}) {
    const auto number =
        parsed(std::string("/?days=") + (wrong == std::string(" 1") ? "%201" : wrong)).number("days", 1, 31);
    ASSERT_FALSE(number.has_value()) << wrong;
    EXPECT_THAT(number.error().message, HasSubstr("days: expected a whole number from 1 to 31"));
  }
}

TEST(Parameters, TimesAreSecondsOrIso) {
  const Timestamp time{Duration{1764072000}};
  EXPECT_EQ(parsed("/?from=1764072000").time("from"), time);
  EXPECT_EQ(parsed("/?from=2025-11-25T12:00:00Z").time("from"), time);
  for (const char* wrong : {"-1", "253402300800", "soon", "9223372036854775807", "1e9"}) {
    EXPECT_FALSE(parsed(std::string("/?from=") + wrong).time("from").has_value()) << wrong;
  }
}

TEST(Parameters, DurationsAreSecondsOrWords) {
  EXPECT_EQ(parsed("/?ahead=6h").duration("ahead", kDay), Duration{21600});
  EXPECT_EQ(parsed("/?ahead=90").duration("ahead", kDay), Duration{90});
  for (const char* wrong : {"0", "-5", "0s", "25h", "86401", "h", "9223372036854775807"}) {
    EXPECT_FALSE(parsed(std::string("/?ahead=") + wrong).duration("ahead", kDay).has_value()) << wrong;
  }
}

TEST(Parameters, ARangeRunsForward) {
  EXPECT_TRUE(parsed("/?from=5&to=6").range().has_value());
  EXPECT_FALSE(parsed("/?from=6&to=6").range().has_value());
  EXPECT_EQ(parsed("/?to=6").range()->from, std::nullopt);
}

TEST(Parameters, APageHasLimits) {
  EXPECT_EQ(parsed("/").page()->limit, 100);
  EXPECT_EQ(parsed("/?limit=1000&sort=name&query=a&cursor=b").page()->limit, 1000);
  EXPECT_FALSE(parsed("/?limit=1001").page().has_value());
  EXPECT_FALSE(parsed("/?sort=" + std::string(300, 'a')).page().has_value());
  EXPECT_FALSE(parsed("/?query=" + std::string(300, 'a')).page().has_value());
  EXPECT_FALSE(parsed("/?cursor=" + std::string(3000, 'a')).page().has_value());
}

}  // namespace
}  // namespace almanac::serving
