#include "adapters/prometheus/interval_value.h"

#include <gtest/gtest.h>

namespace almanac::adapters::prometheus {
namespace {

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();
const TimeRange kFive{kNoon, kNoon + Duration(300)};
constexpr Duration kQuarter{15};

// Values at noon + step, + 2 step, ...; "-" is none.
Points every(Duration step, const std::vector<std::string>& values) {
  Points points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != "-") points[kNoon + step * static_cast<int>(i + 1)] = std::stod(values[i]);
  }
  return points;
}

TEST(IntervalValue, IsTheMeanOfItsMinutesAndTheHighestOfThem) {
  EXPECT_EQ(interval_value(every(kMinute, {"1", "2", "6", "2", "4"}), kFive, kMinute), (IntervalValue{3, 6}));
}

TEST(IntervalValue, AValueIsOfTheTimeThatEndsAtIt) {
  Points points = every(kMinute, {"1", "1", "1", "1", "1"});
  points[kNoon] = 100;                   // of the minute before noon
  points[kNoon + Duration(360)] = 1000;  // of the minute after five past
  EXPECT_EQ(interval_value(points, kFive, kMinute), (IntervalValue{1, 1}));
}

TEST(IntervalValue, ByHalfOfItsMinutesItIsKnownByLessItIsNot) {
  EXPECT_EQ(interval_value(every(kMinute, {"-", "2", "-", "3", "4"}), kFive, kMinute), (IntervalValue{3, 4}));
  EXPECT_EQ(interval_value(every(kMinute, {"-", "2", "-", "3", "-"}), kFive, kMinute), std::nullopt);
  EXPECT_EQ(interval_value({}, kFive, kMinute), std::nullopt);
}

TEST(IntervalValue, CloserValuesMakeTheMeanOfTheirMinute) {
  // Minutes of 4 (2 of 4 values), nothing (1 of 4), 1, 2 and 5: mean 3.
  const Points points = every(
      kQuarter, {"2", "6", "-", "-", "9", "-", "-", "-", "1", "1", "1", "1", "2", "2", "2", "2", "5", "5", "5", "5"});
  EXPECT_EQ(interval_value(points, kFive, kQuarter), (IntervalValue{3, 5}));
}

TEST(IntervalValue, ValuesFartherApartThanAMinuteHaveNoHighestMinute) {
  EXPECT_EQ(interval_value(every(Duration(300), {"7"}), kFive, Duration(300)), (IntervalValue{7, std::nullopt}));
  EXPECT_EQ(interval_value(every(Duration(120), {"1", "3", "5"}), {kNoon, kNoon + Duration(360)}, Duration(120)),
            (IntervalValue{3, std::nullopt}));
}

TEST(IntervalValue, NothingIsNeverZeroAndZeroIsAValue) {
  EXPECT_EQ(interval_value(every(kMinute, {"0", "0", "0", "-", "-"}), kFive, kMinute), (IntervalValue{0, 0}));
}

}  // namespace
}  // namespace almanac::adapters::prometheus
