#include "dataset/lines_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::dataset {
namespace {

using testing::ElementsAre;

const Timestamp kNow = *parse_timestamp("2026-11-27T09:00");

struct Taken {
  std::optional<LinesAhead> ahead;
  std::vector<std::size_t> lines;  // of the rows that stay, by time
};

Taken take_out(std::initializer_list<const char*> times, Timestamp now = kNow) {
  std::string text = "timestamp,cpu\n";  // the rows begin at line 2
  for (const char* time : times) text += std::string(time) + ",50\n";
  auto parsed = parse_rows(text, "x.csv");
  EXPECT_TRUE(parsed.has_value());
  Taken taken;
  taken.ahead = take_out_lines_ahead(*parsed, now);
  taken.lines = parsed->lines;
  EXPECT_EQ(parsed->rows.size(), parsed->lines.size());
  return taken;
}

TEST(LinesAhead, ARowOfTheFutureBeforeLinesOfThePastIsTakenOut) {
  const Taken taken = take_out({"2026-11-27T08:00", "2027-11-27T08:05", "2026-11-27T08:10"});
  EXPECT_THAT(taken.lines, ElementsAre(2u, 4u));
  ASSERT_TRUE(taken.ahead);
  EXPECT_EQ(describe(*taken.ahead, "x.csv", kNow),
            "x.csv: line 3 lies ahead (2027-11-27T08:05:00Z, it is 2026-11-27T09:00:00Z now), not used; is a date "
            "mistyped?");
}

TEST(LinesAhead, OfSeveralTheFirstInTheTextIsNamed) {
  const Taken taken = take_out({"2026-11-27T08:00", "2028-11-27T08:05", "2027-11-27T08:05", "2026-11-27T08:10"});
  EXPECT_THAT(taken.lines, ElementsAre(2u, 5u));
  ASSERT_TRUE(taken.ahead);
  EXPECT_EQ(taken.ahead->earliest_start, *parse_timestamp("2027-11-27T08:05"));
  EXPECT_EQ(describe(*taken.ahead, "x.csv", kNow),
            "x.csv: 2 lines lie ahead, the first line 3 (2028-11-27T08:05:00Z, it is 2026-11-27T09:00:00Z now), not "
            "used; is a date mistyped?");
}

TEST(LinesAhead, AReplayThatGoesOnIntoTheFutureKeepsItsRows) {
  const Taken taken = take_out({"2026-11-27T08:00", "2026-11-28T08:00", "2026-11-30T08:00", "2027-01-01T08:00"});
  EXPECT_FALSE(taken.ahead);
  EXPECT_EQ(taken.lines.size(), 4u);
}

TEST(LinesAhead, LinesThatAreMixedUpByADayAtMostAreNone) {
  EXPECT_FALSE(take_out({"2026-11-28T08:00", "2026-11-27T08:00"}).ahead);
  EXPECT_TRUE(take_out({"2026-11-28T08:01", "2026-11-27T08:00"}).ahead);
}

TEST(LinesAhead, WhatHasComeIsUsedWhereverItStands) {
  EXPECT_FALSE(take_out({"2026-11-27T08:55", "2026-11-20T08:00"}).ahead);
  const std::initializer_list<const char*> typo{"2027-11-27T08:05", "2026-11-27T08:10"};
  EXPECT_TRUE(take_out(typo, *parse_timestamp("2027-11-27T08:05")).ahead) << "it starts now";
  EXPECT_FALSE(take_out(typo, *parse_timestamp("2027-11-27T08:06")).ahead);
}

TEST(LinesAhead, NoRowsAreNone) {
  EXPECT_FALSE(take_out({}).ahead);
}

}  // namespace
}  // namespace almanac::dataset
