#include "insight/fleet.h"

#include <gtest/gtest.h>

#include "insight/test_group.h"
#include "ports/faulty_object_store.h"
#include "records/ledger.h"

namespace almanac::insight {
namespace {

// Ten days of rows and decisions that are kept for the load, up to `now`.
class FleetTest : public testing::Test {
 protected:
  ports::MemoryObjectStore store;
  Timestamp now = kTestNow;

  FleetTest() { live(kTestNow - 10 * kDay, kTestNow); }

  void live(Timestamp from, Timestamp to) {
    ASSERT_TRUE(dataset::Dataset(store, "shop", kTestInterval).append(test_rows_of(from, to)));
    std::vector<records::Record> records;
    for (Timestamp t = from; t <= to; t += kTestInterval) records.push_back(test_record(t, 18, 18));
    if (from < kTestNow - kDay) return put_records(store, records);
    for (const auto& record : records) ASSERT_TRUE(records::Ledger(store, "shop").add(record));
  }
  std::unique_ptr<SummaryReader> reader(SummaryReader::Uplift uplift = {}) {
    return std::make_unique<SummaryReader>(store, test_settings(), std::vector<records::CalendarFeed>{},
                                           std::move(uplift));
  }
  static void expect_same(const std::vector<float>& a, const std::vector<float>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << i << ": " << a[i] << " and " << b[i];
  }
};

TEST_F(FleetTest, ReadsTheLastWeek) {
  const auto summary = reader()->refresh(now);
  EXPECT_FALSE(summary->problem);
  EXPECT_EQ(summary->tick, now);
  ASSERT_TRUE(summary->latest);
  EXPECT_EQ(summary->latest->decision.now, now);
  EXPECT_NEAR(*summary->demand_now(), test_demand(now - kTestInterval), 1e-5);
  // 20 in service hold up to 16 busy instances, which is the most there is.
  EXPECT_EQ(summary->realised, 0);
  const auto line = summary->sparkline(kTestInterval);
  ASSERT_EQ(line.values.size(), 48U);
  EXPECT_EQ(line.start, now - kDay);
  EXPECT_NEAR(line.values.front(), 15.95, 0.1);
  EXPECT_NEAR(line.values[24], 4.0, 0.1);
}

TEST_F(FleetTest, ARefreshAfterATickKnowsWhatReadingAllDoes) {
  const auto kept = reader();
  kept->refresh(now);
  for (int tick = 1; tick <= 3; ++tick) {
    live(now + kTestInterval, now + kTestInterval);
    ASSERT_TRUE(
        dataset::Dataset(store, "shop", kTestInterval).append(test_row(now, tick == 2 ? 17 : test_demand(now), 20)));
    now += kTestInterval;
    const auto refreshed = kept->refresh(now), anew = reader()->refresh(now);
    expect_same(refreshed->demand, anew->demand);
    expect_same(refreshed->counted, anew->counted);
    expect_same(refreshed->violating, anew->violating);
    EXPECT_EQ(refreshed->latest->decision.now, now);
  }
  EXPECT_GT(*kept->last()->realised, 0);  // the 17
}

TEST_F(FleetTest, InAnHourLoadMovesAsItDidOnOtherDays) {
  now = floor_to(kTestNow, kDay) + 6 * kHour;  // 10 busy instances, on the rise to 11.6
  const auto summary = reader()->refresh(now);
  ASSERT_TRUE(summary->latest);
  EXPECT_EQ(summary->in_an_hour(test_settings()), 21);  // 18 x 1.16, rounded up
}

TEST_F(FleetTest, AnEventThatBeginsWithinTheHourIsCountedIn) {
  const std::string event = R"({"events": [{"name": "Sale", "kind": "sale", "start": "2026-11-25T12:30:00Z",
    "end": "2026-11-25T15:00:00Z"}]})";
  ASSERT_TRUE(store.put("shop/business_calendar.json", event, ports::PutCondition::always()));
  int asked = 0;
  const auto kept = reader([&](const calendar::Event& coming) {
    ++asked;
    EXPECT_EQ(coming.name, "Sale");
    return std::optional(2.0);
  });
  const auto summary = kept->refresh(now);
  ASSERT_TRUE(summary->next_event);
  EXPECT_EQ(summary->in_an_hour(test_settings()), 36);  // noon: load stays, but for the sale
  kept->refresh(now + kTestInterval);
  EXPECT_EQ(asked, 1);
}

TEST_F(FleetTest, InAnHourTheHighestMinimumOfThenHoldsNotTheNextEvents) {
  const std::string events = R"({"events": [
    {"name": "office", "start": "2026-11-25T11:00:00Z", "end": "2026-11-25T18:00:00Z", "minimum_instances": 20},
    {"name": "launch", "start": "2026-11-25T13:09:00Z", "end": "2026-11-25T14:00:00Z", "minimum_instances": 30}]})";
  ASSERT_TRUE(store.put("shop/business_calendar.json", events, ports::PutCondition::always()));
  const auto summary = reader()->refresh(now);
  EXPECT_EQ(summary->next_event->name, "office");
  EXPECT_EQ(summary->in_an_hour(test_settings()), 30);  // the decision of 13:00 holds until 13:10
}

TEST_F(FleetTest, AStoreThatDoesNotAnswerKeepsWhatWasKnownAndSaysSo) {
  ports::FaultyObjectStore faulty(store);
  SummaryReader kept(faulty, test_settings(), {}, {});
  kept.refresh(now);
  faulty.crash_at(0);
  const auto summary = kept.refresh(now + kTestInterval);
  ASSERT_TRUE(summary->problem);
  EXPECT_TRUE(summary->latest);
  EXPECT_GT(*summary->demand_now(), 0);
  faulty.clear();
  EXPECT_FALSE(kept.refresh(now + 2 * kTestInterval)->problem);
}

TEST_F(FleetTest, ANewGroupIsUnknownAndNothingIsZero) {
  ports::MemoryObjectStore empty;
  const auto summary = SummaryReader(empty, test_settings(), {}, {}).refresh(now);
  EXPECT_FALSE(summary->problem);
  EXPECT_FALSE(summary->latest);
  EXPECT_EQ(summary->demand_now(), std::nullopt);
  EXPECT_EQ(summary->realised, std::nullopt);
  EXPECT_EQ(summary->in_an_hour(test_settings()), std::nullopt);
  for (const double value : summary->sparkline(kTestInterval).values) EXPECT_TRUE(is_missing(value));
}

}  // namespace
}  // namespace almanac::insight
