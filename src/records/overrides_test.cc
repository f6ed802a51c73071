#include "records/overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"
#include "records/action_log.h"

namespace almanac::records {
namespace {

using testing::HasSubstr;

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

Change pause_until(Timestamp until) {
  return {Change::Kind::pause, "anna", "a migration", until};
}

class OverridesTest : public testing::Test {
 protected:
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore store{memory};
  OverrideStore overrides{store, "shop"};
  ActionLog actions{memory, "shop"};

  std::vector<Action> recorded() { return actions.between({kNoon - kDay, kNoon + 10 * kDay}).value(); }
};

TEST_F(OverridesTest, NothingStoredIsNothingSet) {
  EXPECT_TRUE(overrides.load()->none());
}

TEST_F(OverridesTest, ChangesAddUpAndAreRecordedWithWhoAndWhy) {
  ASSERT_TRUE(overrides.apply(pause_until(kNoon + kHour), kNoon));
  ASSERT_TRUE(overrides.apply({Change::Kind::floor, "ben", "a press day", kNoon + kDay, 20}, kNoon + kMinute));
  const auto set = overrides.apply({Change::Kind::mode, "ben", "", std::nullopt, 0, planning::Mode::observe}, kNoon);
  ASSERT_TRUE(set);
  EXPECT_EQ(overrides.load().value(), *set);
  EXPECT_EQ(describe(*set->pause), "paused until 2026-11-27T13:00:00Z by anna: a migration");
  EXPECT_EQ(describe(*set->floor), "a floor of 20 until 2026-11-28T12:00:00Z by ben: a press day");
  EXPECT_EQ(describe(*set->mode), "mode observe by ben");
  ASSERT_TRUE(overrides.apply({Change::Kind::resume, "anna", "done", std::nullopt}, kNoon));
  EXPECT_FALSE(overrides.load()->pause);
  const auto all = recorded();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0], (Action{kNoon, "pause", "anna", "a migration", kNoon + kHour, {}, {}, ""}));
  EXPECT_EQ(all[1].capacity, 20);
  EXPECT_EQ(all[2].mode, "observe");
  EXPECT_EQ(all[3].action, "resume");
}

TEST_F(OverridesTest, EverythingEndsByItselfExceptAModeWithoutAnEnd) {
  ASSERT_TRUE(overrides.apply(pause_until(kNoon + kHour), kNoon));
  ASSERT_TRUE(overrides.apply({Change::Kind::floor, "ben", "", kNoon + 2 * kHour, 20}, kNoon));
  ASSERT_TRUE(overrides.apply({Change::Kind::mode, "ben", "", kNoon + 3 * kHour}, kNoon));
  const Overrides set = overrides.load().value();
  EXPECT_TRUE(set.at(kNoon + kHour - Duration{1}).pause);
  EXPECT_FALSE(set.at(kNoon + kHour).pause);
  EXPECT_TRUE(set.at(kNoon + kHour).floor);
  EXPECT_FALSE(set.at(kNoon + 2 * kHour).floor);
  EXPECT_TRUE(set.at(kNoon + 3 * kHour).none());
  ASSERT_TRUE(overrides.apply({Change::Kind::mode, "ben", "", std::nullopt}, kNoon));
  EXPECT_TRUE(overrides.load()->at(kNoon + 1000 * kDay).mode);
}

TEST_F(OverridesTest, WhatMakesNoSenseIsRefusedAndNotRecorded) {
  const auto refusal = [&](const Change& change) {
    const auto done = overrides.apply(change, kNoon);
    return done ? "accepted" : done.error().message;
  };
  EXPECT_THAT(refusal({Change::Kind::pause, "anna", "", std::nullopt}), HasSubstr("needs an end"));
  EXPECT_THAT(refusal(pause_until(kNoon)), HasSubstr("expected an end after"));
  EXPECT_THAT(refusal(pause_until(kNoon + 400 * kDay)), HasSubstr("within a year"));
  EXPECT_THAT(refusal({Change::Kind::resume, "", "", std::nullopt}), HasSubstr("expected who"));
  EXPECT_THAT(refusal({Change::Kind::floor, "ben", "", kNoon + kHour, -1}), HasSubstr("0 to 1000000"));
  EXPECT_THAT(refusal({Change::Kind::resume, "ben", std::string(501, 'x'), std::nullopt}), HasSubstr("at most 500"));
  EXPECT_TRUE(recorded().empty());
}

TEST_F(OverridesTest, WhatCannotBeRecordedIsNotDone) {
  store.fail_writes(ErrorCode::storage_full);
  const auto done = overrides.apply(pause_until(kNoon + kHour), kNoon);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::storage_full);
  store.clear();
  EXPECT_TRUE(overrides.load()->none());
}

TEST_F(OverridesTest, AChangeThatFailedAfterItsLineSaysSo) {
  store.fail_at(store.operations() + 3, {ErrorCode::unavailable, false});  // get, put; get, PUT
  ASSERT_FALSE(overrides.apply(pause_until(kNoon + kHour), kNoon));
  EXPECT_TRUE(overrides.load()->none());
  ASSERT_EQ(recorded().size(), 2U);
  EXPECT_EQ(recorded()[0].failed, "");
  EXPECT_NE(recorded()[1].failed, "");
}

TEST_F(OverridesTest, TwoPeopleAtOnceLoseNothing) {
  OverrideStore other(memory, "shop");
  store.before(store.operations() + 3, [&] {
    ASSERT_TRUE(other.apply({Change::Kind::floor, "ben", "", kNoon + kHour, 7}, kNoon));
  });
  ASSERT_TRUE(overrides.apply(pause_until(kNoon + kHour), kNoon));
  EXPECT_TRUE(overrides.load()->pause);
  EXPECT_TRUE(overrides.load()->floor);
  EXPECT_EQ(recorded().size(), 2U);
}

TEST(OverridesJson, IsReadAsWritten) {
  const std::string text =
      R"({"pause":{"until":"2025-11-25T12:00:00Z","why":"x","who":"anna","since":"2025-11-25T11:26:40Z"},"floor":null,"mode":{"mode":"own","until":null,"why":"","who":"ben","since":"2025-11-25T11:26:40Z"}})";
  const auto read = overrides_from_json(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), text);
  // As files of before had them.
  const std::string in_seconds =
      R"({"pause":{"until":1764072000,"why":"x","who":"anna","since":1764070000},"floor":null,"mode":{"mode":"own","until":null,"why":"","who":"ben","since":1764070000}})";
  EXPECT_EQ(to_json(overrides_from_json(in_seconds).value()), text);
  for (const char* wrong :
       {"", "[]", "{\"pause\": 3}", "{\"pause\": {\"until\": \"soon\"}}", "{\"mode\": {\"mode\": \"on\"}}"}) {
    const auto refused = overrides_from_json(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
  }
}

}  // namespace
}  // namespace almanac::records
