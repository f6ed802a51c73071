#include "calendar/floor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::calendar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Timestamp kNine = parse_timestamp("2026-11-05T09:00:00Z").value();

Event event(std::string name, Duration from, Duration to, std::optional<int> minimum) {
  return {.uid = name, .name = name, .kind = "shift", .span = {kNine + from, kNine + to}, .minimum_instances = minimum};
}

const std::vector<Event> kDayOfShifts{event("office", -kHour, 4 * kHour, 8), event("quiet", -kHour, 4 * kHour, {}),
                                      event("lunch", kHour, 2 * kHour, 12), event("tail", kHour, 5 * kHour, 9)};

TEST(Floor, TheHighestMinimumCountsWhereverItStandsInTheList) {
  EXPECT_EQ(floor_of(kDayOfShifts), (Floor{12, "lunch"}));
  EXPECT_EQ(floor_over(kDayOfShifts, {kNine, kNine + kHour}), (Floor{8, "office"}));
  EXPECT_EQ(floor_over(kDayOfShifts, {kNine + 2 * kHour, kNine + 3 * kHour}), (Floor{9, "tail"}));
}

TEST(Floor, StandsAsSoonAsTheWindowReachesTheEventAndNotAfterItsEnd) {
  const auto at = [](Timestamp t) { return floor_over(kDayOfShifts, {t, t + 2 * Duration{300}})->minimum; };
  EXPECT_EQ(at(kNine + kHour - Duration{600}), 8);  // the window ends as lunch begins
  EXPECT_EQ(at(kNine + kHour - Duration{300}), 12);
  EXPECT_EQ(at(kNine + 2 * kHour - Duration{1}), 12);
  EXPECT_EQ(at(kNine + 2 * kHour), 9);
}

TEST(Floor, NobodyAsksIsNotAMinimumOfZero) {
  EXPECT_EQ(floor_of({}), std::nullopt);
  EXPECT_EQ(floor_of(std::vector{event("quiet", Duration{0}, kHour, {})}), std::nullopt);
  EXPECT_EQ(floor_of(std::vector{event("none", Duration{0}, kHour, 0)}), (Floor{0, "none"}));
}

TEST(Floor, MinimumsThatTheMaximumDoesNotAllowAreNamedOnceEach) {
  const std::vector<Event> launches{event("launch", Duration{0}, kHour, 100), event("launch", kDay, kDay + kHour, 100),
                                    event("full", Duration{0}, kHour, 40), event("drop", Duration{0}, kHour, 41)};
  EXPECT_THAT(floors_above(launches, 40), ElementsAre("a minimum of 100 asked for by \"launch\" is above max 40",
                                                      "a minimum of 41 asked for by \"drop\" is above max 40"));
  EXPECT_THAT(floors_above(launches, 100), IsEmpty());
}

}  // namespace
}  // namespace almanac::calendar
