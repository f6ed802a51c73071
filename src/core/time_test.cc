#include "core/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace almanac {
namespace {

TEST(ParseTimestamp, ReadsTheFormsThatMetricExportsUse) {
  const Timestamp expected{Duration{1'795'766'400}};  // 2026-11-27T08:00:00Z
  for (const char* text :
       {"2026-11-27T08:00:00Z", "2026-11-27 08:00", "2026-11-27T08:00:00", "2026-11-27T09:00:00+01:00",
        "2026-11-27T03:00-0500", "2026-11-27T08:00:00.750Z", "1795766400"}) {
    ASSERT_TRUE(parse_timestamp(text).has_value()) << text;
    EXPECT_EQ(*parse_timestamp(text), expected) << text;
  }
  EXPECT_EQ(format_timestamp(*parse_timestamp("2026-11-27")), "2026-11-27T00:00:00Z");
}

TEST(ParseTimestamp, RefusesWhatIsNotATimeAndSaysWhatWasExpected) {
  for (const char* text : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-11-27T24:00", "2026-11-27T08:00:00+99:00",
                           "2026-11-27T08:00:00Zjunk", "12", "2026-11-27T08"}) {
    const auto result = parse_timestamp(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_input);
    EXPECT_NE(result.error().message.find("expected ISO 8601"), std::string::npos);
  }
}

TEST(FormatTimestamp, KeepsItsFormAtTheEdges) {
  EXPECT_EQ(format_timestamp(Timestamp{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_timestamp(Timestamp{Duration{-1}}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_timestamp(Timestamp{Duration{253'402'300'799}}), "9999-12-31T23:59:59Z");
  EXPECT_EQ(format_timestamp(Timestamp{Duration{253'402'300'800}}), "10000-01-01T00:00:00Z");
}

RC_GTEST_PROP(FormatTimestamp, IsReadBackExactly, ()) {
  const Timestamp t{Duration{*rc::gen::inRange<long long>(0, 4'102'444'800)}};
  RC_ASSERT(*parse_timestamp(format_timestamp(t)) == t);
}

RC_GTEST_PROP(FormatDuration, IsReadBackExactly, ()) {
  const Duration d{*rc::gen::inRange<long long>(0, 10'000'000)};
  RC_ASSERT(*parse_duration(format_duration(d)) == d);
}

TEST(ParseDuration, RefusesBareNumbersAndUnknownUnits) {
  for (const char* text : {"", "5", "m", "5x", "-5m", "5m5m", "5m1h", "1.5h", "99999999999d"})
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
}

TEST(FloorTo, AlignsTimesBeforeTheEpochDownwardsToo) {
  EXPECT_EQ(floor_to(Timestamp{Duration{-1}}, Duration{300}), Timestamp{Duration{-300}});
  EXPECT_EQ(floor_to(Timestamp{Duration{299}}, Duration{300}), Timestamp{Duration{0}});
  EXPECT_EQ(ceil_to(Timestamp{Duration{301}}, Duration{300}), Timestamp{Duration{600}});
  EXPECT_EQ(ceil_to(Timestamp{Duration{300}}, Duration{300}), Timestamp{Duration{300}});
}

}  // namespace
}  // namespace almanac
