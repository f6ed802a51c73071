#include "dataset/number_style.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace almanac::dataset {
namespace {

using testing::HasSubstr;
using Column = NumberSurvey::Column;

Result<NumberStyle> style_of(std::vector<std::string_view> cells, Column column = Column::any,
                             NumberSurvey::Custom custom = {}) {
  NumberSurvey survey;
  std::size_t line = 2;
  for (const auto cell : cells) survey.see(cell, line++, column);
  return survey.conclude(custom);
}

double read(std::string_view cell, NumberStyle style) {
  const auto number = parse_cell_number(cell, style);
  EXPECT_TRUE(number.has_value()) << cell;
  return number ? number->value : -1;
}

TEST(NumberStyle, ThousandsAreGroupedByAnyCustomThatLeavesNoDoubt) {
  EXPECT_EQ(read("1,721,992,142.283", NumberStyle::point), 1721992142.283);
  EXPECT_EQ(read("1.721.992.142,283", NumberStyle::comma), 1721992142.283);
  EXPECT_EQ(read("12 345", NumberStyle::point), 12345);
  EXPECT_EQ(read("12\xC2\xA0"
                 "345,5",
                 NumberStyle::comma),
            12345.5)
      << "a no-break space";
  EXPECT_EQ(read("12'345.5", NumberStyle::point), 12345.5);
  EXPECT_EQ(read("-41,5", NumberStyle::comma), -41.5);
  EXPECT_EQ(read("1.5e3", NumberStyle::point), 1500);
  for (const auto cell : {"1,72,992", "12,3456", "1,234,56.7", "0,123.5", "1.2.3", ","})
    EXPECT_FALSE(parse_cell_number(cell, NumberStyle::point)) << cell;
  EXPECT_FALSE(parse_cell_number("1,100", NumberStyle::plain)) << "our own files have no such numbers";
}

TEST(NumberStyle, WhatFollowsANumberIsItsUnit) {
  EXPECT_EQ(parse_cell_number("12.5 %", NumberStyle::point)->unit, "%");
  EXPECT_EQ(parse_cell_number("41,5%", NumberStyle::comma)->unit, "%");
  EXPECT_EQ(parse_cell_number("1.2 K", NumberStyle::point)->unit, "K");
  EXPECT_EQ(parse_cell_number("853 req/s", NumberStyle::point)->unit, "req/s");
  EXPECT_EQ(parse_cell_number("12 34", NumberStyle::point)->unit, "34") << "no group of three";
  EXPECT_FALSE(parse_cell_number("about 12", NumberStyle::point));
}

TEST(NumberSurvey, ACellThatCanOnlyBeReadOneWayDecidesForTheFile) {
  EXPECT_EQ(style_of({"41.5", "1,100"}), NumberStyle::point);
  EXPECT_EQ(style_of({"1,100", "41,5"}), NumberStyle::comma);
  EXPECT_EQ(style_of({"1,100", "1,100,200"}), NumberStyle::point);
  EXPECT_EQ(style_of({"1.100.200", "7"}), NumberStyle::comma);
  EXPECT_EQ(style_of({"0,512"}), NumberStyle::comma) << "no group of thousands begins with 0";
  EXPECT_EQ(style_of({"1234,567"}), NumberStyle::comma) << "four digits before it would be a group more";
  EXPECT_EQ(style_of({"1.234", "7"}), NumberStyle::point) << "a point is decimal unless the file has decimal commas";
  EXPECT_EQ(style_of({"null", "7", "web"}), NumberStyle::point);
}

TEST(NumberSurvey, TheColumnTellsWhereTheCellDoesNot) {
  EXPECT_EQ(style_of({"41,500"}, Column::percent), NumberStyle::comma) << "no CPU is at 41,500 %";
  EXPECT_EQ(style_of({"1,100"}, Column::count), NumberStyle::point) << "nobody counts thousandths of a request";
}

TEST(NumberSurvey, WhatMayBeTwoNumbersIsRefusedWithBoth) {
  const auto open = style_of({"950", "1,100"});
  ASSERT_FALSE(open.has_value());
  EXPECT_THAT(open.error().message, HasSubstr("line 3: \"1,100\" may be 1100 or 1.100, and no other line tells"));
  EXPECT_FALSE(style_of({"1,100"}, Column::count, {.comma_separates = false}).has_value())
      << "semicolons between the columns speak for decimal commas";
}

TEST(NumberSurvey, APointBeforeThreeDigitsOfACountIsOpenWhereCommasDoNotSeparate) {
  const NumberSurvey::Custom semicolons{.comma_separates = false}, german{false, true};
  const auto open = style_of({"987", "1.002", "998"}, Column::count, semicolons);
  ASSERT_FALSE(open.has_value());
  EXPECT_THAT(open.error().message, HasSubstr("line 3: \"1.002\" may be 1002 or 1.002, and no other line tells"));
  EXPECT_EQ(style_of({"987", "1.002"}, Column::count, german), NumberStyle::comma) << "who writes 05.11.2026 and ;";
  EXPECT_EQ(style_of({"987", "1.002"}, Column::count), NumberStyle::point) << "1.002 as %.3f writes it";
  for (const auto decides : {"0.750", "1234.500", "3.25", "1.234e3"})
    EXPECT_EQ(style_of({"1.002", decides}, Column::count, german), NumberStyle::point) << decides;
  EXPECT_EQ(style_of({"41.500"}, Column::percent, german), NumberStyle::point) << "no CPU is at 41,500 %";
  EXPECT_EQ(style_of({"1.500"}, Column::any, german), NumberStyle::point) << "a mean of instances";
}

TEST(NumberSurvey, AMeanWithAPointSpeaksAgainstThousandsWithOne) {
  NumberSurvey survey;
  survey.see("1.500", 2, Column::any);
  survey.see("1.002", 2, Column::count);
  EXPECT_FALSE(survey.conclude({false, true}).has_value()) << "1500 instances are as unlikely as 1.002 requests";
}

TEST(NumberSurvey, LinesThatContradictEachOtherAreBothNamed) {
  const auto mixed = style_of({"41.5", "42,5"});
  ASSERT_FALSE(mixed.has_value());
  EXPECT_THAT(mixed.error().message,
              HasSubstr("line 3: \"42,5\" has a decimal comma, but line 2: \"41.5\" has a decimal point"));
}

}  // namespace
}  // namespace almanac::dataset
