#include "records/decision_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "records/ledger.h"
#include "records/test_record.h"

namespace almanac::records {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class DecisionLogTest : public testing::Test {
 protected:
  ports::MemoryObjectStore store;
  DecisionLog log{store, "shop"};

  void decide(Timestamp now, int desired) { ASSERT_TRUE(Ledger(store, "shop").add(test_record(now, 10, desired))); }
  std::vector<int> desired(TimeRange range) {
    std::vector<int> found;
    const auto points = log.between(range);
    for (const auto& point : *points) found.push_back(point.desired);
    return found;
  }
};

TEST_F(DecisionLogTest, PointsOfARangeInTheirOrderOverDays) {
  decide(kTestNow, 12);
  decide(kTestNow - 2 * kDay, 10);
  decide(kTestNow - kDay, 11);
  EXPECT_THAT(desired({kTestNow - 3 * kDay, kTestNow}), ElementsAre(10, 11));
  EXPECT_THAT(desired({kTestNow - kDay, kTestNow + kDay}), ElementsAre(11, 12));
  EXPECT_THAT(desired({kTestNow + kDay, kTestNow}), IsEmpty());
}

TEST_F(DecisionLogTest, SeesWhatIsAddedToTheDaysThatMayStillGrow) {
  decide(kTestNow - kDay, 11);
  decide(kTestNow, 12);
  EXPECT_THAT(desired({kTestNow - kWeek, kTestNow + kWeek}), ElementsAre(11, 12));
  decide(kTestNow + Duration{300}, 13);
  decide(kTestNow - kDay + Duration{300}, 14);
  EXPECT_THAT(desired({kTestNow - kWeek, kTestNow + kWeek}), ElementsAre(11, 14, 12, 13));
  // Read while it was today, and grown before it was over.
  decide(kTestNow + kDay, 15);
  decide(kTestNow + Duration{600}, 16);
  decide(kTestNow + 2 * kDay, 17);
  EXPECT_THAT(desired({kTestNow, kTestNow + kWeek}), ElementsAre(12, 13, 16, 15, 17));
}

TEST_F(DecisionLogTest, DryRunsAndDamagedLinesAreLeftOut) {
  decide(kTestNow, 12);
  auto rehearsed = test_record(kTestNow + Duration{300}, 10, 13);
  rehearsed.decision.dry_run = true;
  ASSERT_TRUE(Ledger(store, "shop").add(rehearsed));
  const std::string key = "shop/decisions/2026-11-25.jsonl";
  const auto object = store.get(key).value();
  ASSERT_TRUE(store.put(key, "{\"now\": broken\n" + object.bytes, ports::PutCondition::always()));
  EXPECT_THAT(desired({kTestNow - kDay, kTestNow + kDay}), ElementsAre(12));
  EXPECT_THAT(log.newest({kTestNow - kDay, kTestNow + kDay}, 10).value(), SizeIs(1));
}

TEST_F(DecisionLogTest, WholeRecordsNewestFirstAsManyAsAsked) {
  for (int i = 0; i < 5; ++i) decide(kTestNow - kDay * i, 10 + i);
  const auto records = log.newest({Timestamp{}, kTestNow + kDay}, 3).value();
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0].decision.desired, 10);
  EXPECT_EQ(records[2].decision.desired, 12);
}

TEST_F(DecisionLogTest, TheTailHoldsTheLastPointsAndTheLastRecord) {
  for (int i = 0; i < 6; ++i) decide(kTestNow - Duration{300} * i, 10 + i);
  const auto tail = log.tail(kTestNow - Duration{600}, kTestNow).value();
  ASSERT_THAT(tail.points, SizeIs(3));
  EXPECT_EQ(tail.points.front().desired, 12);
  EXPECT_EQ(tail.points.back().desired, 10);
  ASSERT_TRUE(tail.latest);
  EXPECT_EQ(tail.latest->decision.now, kTestNow);
  // Over midnight.
  DecisionLog::Tail old = log.tail(kTestNow - 2 * kHour, kTestNow + 13 * kHour).value();
  EXPECT_THAT(old.points, SizeIs(6));
  ASSERT_TRUE(old.latest);
}

}  // namespace
}  // namespace almanac::records
