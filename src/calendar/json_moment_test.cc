#include "calendar/json_moment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::calendar {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// "date 2026-11-27", "local 2026-11-27T09:00:00", "utc 2026-11-27T08:00:00Z", or the refusal.
std::string read(std::string_view text) {
  const auto moment = parse_json_moment(text);
  if (!moment) return moment.error().message;
  if (moment->kind == JsonMoment::Kind::absolute) return "utc " + format_timestamp(moment->utc);
  const std::string local = format_timestamp(Timestamp{moment->local.time_since_epoch()});
  return moment->kind == JsonMoment::Kind::date ? "date " + local.substr(0, 10) : "local " + local.substr(0, 19);
}

TEST(JsonMoment, IsoInAllItsForms) {
  EXPECT_EQ(read("2026-11-27"), "date 2026-11-27");
  EXPECT_EQ(read("2026-11-27T09:00"), "local 2026-11-27T09:00:00");
  EXPECT_EQ(read(" 2026-11-27 09:00:30 "), "local 2026-11-27T09:00:30");
  EXPECT_EQ(read("2026-11-27T08:00:00.000Z"), "utc 2026-11-27T08:00:00Z");
  EXPECT_EQ(read("2026-11-27T09:00:00.000+0100"), "utc 2026-11-27T08:00:00Z");
  EXPECT_EQ(read("2026-11-27T09:00+01"), "utc 2026-11-27T08:00:00Z");
  EXPECT_EQ(read("2026-11-27 08:00 UTC"), "utc 2026-11-27T08:00:00Z");
  EXPECT_EQ(read("20261127"), "date 2026-11-27");
  EXPECT_EQ(read("20261127T080000Z"), "utc 2026-11-27T08:00:00Z");
}

TEST(JsonMoment, OtherFormsWhereOnlyOneDayCanBeMeant) {
  EXPECT_EQ(read("2026/11/27 09:00"), "local 2026-11-27T09:00:00");
  EXPECT_EQ(read("2026-1-5"), "date 2026-01-05");
  EXPECT_EQ(read("27/11/2026"), "date 2026-11-27");
  EXPECT_EQ(read("27.11.2026 9:00"), "local 2026-11-27T09:00:00");
  EXPECT_EQ(read("11/27/2026 9:00 PM"), "local 2026-11-27T21:00:00");
  EXPECT_EQ(read("11/27/2026, 12:05 am"), "local 2026-11-27T00:05:00");
  EXPECT_EQ(read("05/05/2026"), "date 2026-05-05") << "the same either way";
}

TEST(JsonMoment, ADayThatCanBeReadTwoWaysIsRefusedWithBoth) {
  for (const char* text : {"11/12/2026", "11.12.2026", "11-12-2026 09:00"})
    EXPECT_THAT(read(text),
                AllOf(HasSubstr(text), HasSubstr("can be 2026-12-11 or 2026-11-12; expected the year first")));
}

TEST(JsonMoment, MidnightAs24IsTheNextDays) {
  EXPECT_EQ(read("2026-12-31T24:00"), "local 2027-01-01T00:00:00");
  EXPECT_EQ(read("2026-12-31T24:00Z"), "utc 2027-01-01T00:00:00Z");
  EXPECT_THAT(read("2026-12-31T24:01"), HasSubstr("expected a time such as"));
}

TEST(JsonMoment, EverythingElseIsRefusedWithWhatWasExpected) {
  for (const char* text : {"", "soon", "1796000000", "2026-13-02", "2026-02-30", "27/13/2026", "30/30/2026", "27/11/26",
                           "2026-11-27T25:00", "2026-11-27T9", "2026-11-27 13:00 PM", "2026-11-27T09:00 EST",
                           "2026-11-27T09:00Zulu", "2026-11/27", "2026-11-27x", "12-11"})
    EXPECT_THAT(read(text), HasSubstr("expected a time such as 2026-11-27T09:00")) << text;
}

}  // namespace
}  // namespace almanac::calendar
