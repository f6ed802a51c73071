#include "dataset/time_style.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace almanac::dataset {
namespace {

using testing::HasSubstr;

std::string read(std::string_view cell, DayOrder order = DayOrder::unknown) {
  const auto time = parse_cell_time(cell, order);
  return time ? format_timestamp(time->at) + (time->zoned ? "" : " without a zone") : time.error().message;
}

Result<DayOrder> order_of(std::vector<std::string_view> cells) {
  TimeSurvey survey;
  std::size_t line = 2;
  for (const auto cell : cells) survey.see(cell, line++);
  return survey.conclude();
}

TEST(CellTime, TheDigitsOfATimeSince1970TellItsUnit) {
  // 1793880000 = 2026-11-05T12:00:00Z.
  for (const auto cell :
       {"1793880000", "1793880000.781", "1793880000000", "1793880000000.5", "1793880000000000", "1793880000000000000"})
    EXPECT_EQ(read(cell), "2026-11-05T12:00:00Z") << cell;
  EXPECT_THAT(read("1793880"), HasSubstr("is not a time"));
}

TEST(CellTime, DatesThatCanBeOnlyOneDayAreRead) {
  for (const auto cell :
       {"2026/11/05 12:00:00", "2026/11/05T12:00", "2026.11.05 12:00", "05.11.2026 12:00", "5.11.2026 12:00:00",
        "5 Nov 2026 12:00", "Nov 5, 2026, 12:00:00 PM", "November 5 2026 12:00", "5-Nov-2026 12:00",
        "2026-11-05 12:00:00,123", "2026-11-05 12:00 PM", "20261105T120000", "Nov 5, 2026, 12:00:00\xE2\x80\xAFPM"})
    EXPECT_EQ(read(cell), "2026-11-05T12:00:00Z without a zone") << cell;
  EXPECT_EQ(read("5 Nov 2026 12:05 AM"), "2026-11-05T00:05:00Z without a zone");
  EXPECT_EQ(read("2026/11/05"), "2026-11-05T00:00:00Z without a zone");
}

TEST(CellTime, ZonesOfAllSpellingsAreTakenIntoAccount) {
  for (const auto cell : {"2026-11-05 12:00:00 +0000 UTC", "2026-11-05 12:00:00 UTC", "2026/11/05 12:00 GMT",
                          "Thu, 05 Nov 2026 12:00:00 GMT", "20261105T120000Z", "2026-11-05T23:00:00+11:00",
                          "2026/11/05 13:00 +0100", "2026/11/05 12:00:00Z"})
    EXPECT_EQ(read(cell), "2026-11-05T12:00:00Z") << cell;
}

TEST(CellTime, TheOrderOfTheFileSaysWhichNumberIsTheDay) {
  EXPECT_EQ(read("11/05/2026 12:00", DayOrder::month_first), "2026-11-05T12:00:00Z without a zone");
  EXPECT_EQ(read("11/05/2026 12:00", DayOrder::day_first), "2026-05-11T12:00:00Z without a zone");
  EXPECT_EQ(read("5/11/2026, 9:05:00 PM", DayOrder::day_first), "2026-11-05T21:05:00Z without a zone");
}

TEST(CellTime, WhatCannotBeReadSaysWhyAndHowToMendIt) {
  EXPECT_THAT(read("46331.5"), HasSubstr("a spreadsheet's serial date; format the column as 2026-11-27 08:00:00"));
  EXPECT_THAT(read("1.79388E+12"), HasSubstr("a number that a spreadsheet has shortened"));
  EXPECT_THAT(read("11/05/26 12:00"), HasSubstr("a year of two digits"));
  EXPECT_THAT(read("2026/11/05 12:00 CST"), HasSubstr("the zone \"CST\" may be several; write the offset"));
  EXPECT_THAT(read("2026/02/30 12:00"), HasSubstr("no day of the calendar"));
  for (const auto cell : {"yesterday", "2026/11/05 25:00", "2026/11/05 12:60", "2026/11/05 13:00 PM", "12:00",
                          "Nov 2026", "2026/11/05 2026/11/06", "5 6 7", ""})
    EXPECT_THAT(read(cell), HasSubstr("is not a time")) << cell;
}

TEST(TimeSurvey, ANumberAboveTwelveIsTheDayOfAllLines) {
  EXPECT_EQ(order_of({"11/05/2026 12:00", "11/13/2026 12:00"}), DayOrder::month_first);
  EXPECT_EQ(order_of({"05/11/2026 12:00", "13/11/2026 12:00"}), DayOrder::day_first);
  EXPECT_EQ(order_of({"2026-11-05", "05.11.2026", "1793880000"}), DayOrder::unknown) << "nothing is open";
  EXPECT_EQ(order_of({"05/05/2026 12:00", "05/05/2026 12:05"}), DayOrder::unknown) << "the same day either way";
}

TEST(TimeSurvey, TheNextDayTellsSinceTheWrongOrderMakesItTheNextMonth) {
  EXPECT_EQ(order_of({"11/05/2026 23:55", "11/06/2026 00:00", "11/07/2026 00:00"}), DayOrder::month_first);
  EXPECT_EQ(order_of({"05/11/2026 23:55", "06/11/2026 00:00"}), DayOrder::day_first);
  EXPECT_EQ(order_of({"06/11/2026 00:00", "05/11/2026 23:55"}), DayOrder::day_first) << "the newest first";
}

TEST(TimeSurvey, WhereNothingTellsOrLinesContradictTheFileIsRefused) {
  const auto open = order_of({"11/05/2026 12:00", "11/05/2026 12:05"});
  ASSERT_FALSE(open.has_value());
  EXPECT_THAT(open.error().message, HasSubstr("line 2: \"11/05/2026 12:00\" may have the day or the month first"));
  const auto both = order_of({"11/13/2026 12:00", "13/11/2026 12:00"});
  ASSERT_FALSE(both.has_value());
  EXPECT_THAT(both.error().message,
              HasSubstr("line 3: \"13/11/2026 12:00\" has the day first, but line 2: \"11/13/2026 12:00\" the month"));
}

}  // namespace
}  // namespace almanac::dataset
