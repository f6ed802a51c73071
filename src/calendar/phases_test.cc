#include "calendar/phases.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace almanac::calendar {
namespace {

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

const TimeRange kSale{at("2026-11-27T08:00"), at("2026-11-27T17:00")};  // 9 hours: edges of 30 minutes

TEST(Phases, AnEventOpensGoesOnAndCloses) {
  const auto phase = [](std::string_view time) { return phase_at(kSale, at(time)); };
  EXPECT_EQ(phase("2026-11-27T07:35"), (PhaseAt{Phase::before, 25 * kMinute}));
  EXPECT_EQ(phase("2026-11-27T08:00"), (PhaseAt{Phase::opening, Duration{0}}));
  EXPECT_EQ(phase("2026-11-27T08:29"), (PhaseAt{Phase::opening, 29 * kMinute}));
  EXPECT_EQ(phase("2026-11-27T08:30"), (PhaseAt{Phase::middle, 30 * kMinute}));
  EXPECT_EQ(phase("2026-11-27T16:30"), (PhaseAt{Phase::closing, 30 * kMinute}));
  EXPECT_EQ(phase("2026-11-27T17:00"), (PhaseAt{Phase::after, Duration{0}}));
  EXPECT_EQ(phase("2026-11-27T17:40"), (PhaseAt{Phase::after, 40 * kMinute}));
}

TEST(Phases, EdgesOfAShortEventAreAQuarterOfIt) {
  // 40 minutes: 10 to open, 20 in the middle, 10 to close.
  const TimeRange mail{at("2026-11-27T08:00"), at("2026-11-27T08:40")};
  const PhaseWindows expected{at("2026-11-27T06:00"), at("2026-11-27T08:10"), at("2026-11-27T08:30"),
                              at("2026-11-27T10:40")};
  EXPECT_EQ(phase_windows(mail), expected);
}

TEST(Phases, AreSaidInWords) {
  Event event;
  event.name = "Black Friday";
  event.kind = "sale";
  event.span = kSale;
  const auto said = [&](std::string_view time) { return describe(event, at(time)); };
  EXPECT_EQ(said("2026-11-24T07:00"), "Black Friday (sale): before, 3 days to the start");
  EXPECT_EQ(said("2026-11-27T04:40"), "Black Friday (sale): before, 3 h 20 min to the start");
  EXPECT_EQ(said("2026-11-27T07:59"), "Black Friday (sale): before, 1 minute to the start");
  EXPECT_EQ(said("2026-11-27T08:10"), "Black Friday (sale): opening, 10 minutes after the start");
  EXPECT_EQ(said("2026-11-27T12:00"), "Black Friday (sale): middle, 4 h after the start");
  EXPECT_EQ(said("2026-11-27T16:50"), "Black Friday (sale): closing, 10 minutes to the end");
  EXPECT_EQ(said("2026-11-27T17:40"), "Black Friday (sale): after, 40 minutes since the end");
}

RC_GTEST_PROP(PhasesProperty, PhasesFollowEachOtherAndDistancesAreNeverNegative, ()) {
  const Timestamp start = at("2026-01-01");
  const TimeRange span{start, start + Duration{*rc::gen::inRange(1, 400'000)}};
  const Timestamp t = start + Duration{*rc::gen::inRange(-500'000, 900'000)};
  const Timestamp later = t + Duration{*rc::gen::inRange(0, 500'000)};
  RC_ASSERT(phase_at(span, t).phase <= phase_at(span, later).phase);
  RC_ASSERT(phase_at(span, t).distance >= Duration{0});
  const PhaseWindows w = phase_windows(span);
  RC_ASSERT(w.near_from < span.start && span.start <= w.opening_until && w.opening_until <= w.closing_from &&
            w.closing_from <= span.end && span.end < w.near_until);
}

}  // namespace
}  // namespace almanac::calendar
