#include "control/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dataset/joined_metric_source.h"
#include "ports/fake_metric_source.h"
#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::control {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr Duration kInterval{300};
Timestamp at(const char* text) {
  return parse_timestamp(text).value();
}

Row row(Timestamp start, double cpu) {
  Row r;
  r.start = start;
  r.cpu_utilization = cpu;
  r.in_service_instances = 4;
  return r;
}

records::LoadedCalendar with_events(std::vector<calendar::Event> events) {
  records::LoadedCalendar loaded;
  loaded.calendar = calendar::Calendar::of(std::move(events));
  return loaded;
}

calendar::Event event(Timestamp start, Timestamp end) {
  calendar::Event e;
  e.name = "sale";
  e.span = {start, end};
  return e;
}

class CollectorTest : public testing::Test {
 protected:
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore store{memory};
  ports::FakeMetricSource source;
  dataset::Dataset rows{store, "shop", kInterval};
  CollectorOptions options{.history = kDay, .chunk = 6 * kHour};
  Collector collector{source, rows, options};
  const Timestamp noon = at("2026-11-27T12:00:00Z");
  records::LoadedCalendar none;

  void observe(Timestamp from, Timestamp until, double cpu = 50) {
    for (Timestamp t = from; t < until; t += kInterval) source.put(row(t, cpu));
  }
};

TEST_F(CollectorTest, TheFirstCollectionReadsTheHistoryInChunks) {
  observe(noon - 2 * kDay, noon + kHour);
  const auto report = collector.collect(noon + Duration{17}, none);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows.added, 288U);  // one day
  EXPECT_EQ(source.reads.size(), 4U);   // 24 h in chunks of 6 h
  EXPECT_EQ(*report->last_row, noon - kInterval);
  EXPECT_EQ(rows.read_all()->size(), 288U);
}

TEST_F(CollectorTest, OnlyFinishedIntervalsAreRead) {
  observe(noon - kDay, noon + kDay);
  ASSERT_TRUE(collector.collect(noon + kInterval - Duration{1}, none));
  EXPECT_EQ(*rows.last_row_time().value(), noon - kInterval);
}

TEST_F(CollectorTest, RunningItAgainForTheSameTickChangesNothing) {
  observe(noon - kDay, noon);
  ASSERT_TRUE(collector.collect(noon, none));
  const auto before = memory.get("shop/multi_metric_data/2026-11.csv");
  const auto again = collector.collect(noon + Duration{200}, none);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->rows.added + again->rows.changed, 0U);
  EXPECT_EQ(memory.get("shop/multi_metric_data/2026-11.csv")->etag, before->etag);
}

TEST_F(CollectorTest, CatchesUpAfterDowntime) {
  observe(noon - kDay, noon);
  ASSERT_TRUE(collector.collect(noon, none));
  observe(noon, noon + 30 * kHour);
  const auto report = collector.collect(noon + 30 * kHour, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows.added, 360U);  // 30 h x 12
  EXPECT_EQ(rows.read_all()->size(), 648U);
}

TEST_F(CollectorTest, LateValuesReplaceEarlierOnes) {
  observe(noon - kHour, noon, 50);
  ASSERT_TRUE(collector.collect(noon, none));
  source.put(row(noon - 2 * kInterval, 61));
  const auto report = collector.collect(noon + kInterval, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows.changed, 1U);
  EXPECT_EQ(rows.read({noon - 2 * kInterval, noon - kInterval})->at(0).cpu_utilization, 61);
}

// The CPU of an interval comes first, its requests fifty minutes later, when ten more intervals are there.
TEST_F(CollectorTest, ARowOfWhichAPartWasKnownIsCompleted) {
  observe(noon - kHour, noon, 50);
  ASSERT_TRUE(collector.collect(noon, none));
  observe(noon, noon + 10 * kInterval, 50);
  ASSERT_TRUE(collector.collect(noon + 10 * kInterval, none));
  Row whole = row(noon - kInterval, 50);
  whole.request_count = 1234;
  source.put(whole);
  ASSERT_TRUE(collector.collect(noon + 10 * kInterval, none));
  EXPECT_EQ(rows.read({noon - kInterval, noon})->at(0).request_count, 1234);
}

TEST_F(CollectorTest, AnOutageIsAGapThatIsFilledWhenTheValuesCome) {
  observe(noon - kHour, noon);
  ASSERT_TRUE(collector.collect(noon, none));
  const auto blind = collector.collect(noon + 2 * kHour, none);
  ASSERT_TRUE(blind);
  EXPECT_EQ(blind->rows.added, 0U);
  EXPECT_EQ(blind->gaps, 24U);
  observe(noon, noon + 2 * kHour);
  EXPECT_EQ(collector.collect(noon + 2 * kHour, none)->rows.added, 24U);
}

TEST_F(CollectorTest, EventsAreCounted) {
  observe(noon - 4 * kInterval, noon);
  const auto calendar =
      with_events({event(noon - 3 * kInterval, noon - kInterval), event(noon - 2 * kInterval, noon + kHour)});
  ASSERT_TRUE(collector.collect(noon, calendar));
  const auto read = rows.read_all().value();
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[0].is_sale_active, 0);
  EXPECT_EQ(read[1].is_sale_active, 1);
  EXPECT_EQ(read[2].is_sale_active, 2);
  EXPECT_EQ(read[3].is_sale_active, 1);
}

TEST_F(CollectorTest, ThePlainSwitchSpeaksOnlyOfTheLastHour) {
  observe(noon - 2 * kHour, noon);
  records::LoadedCalendar on;
  on.calendar = calendar::Calendar::parse(R"({"is_sale_active": 1})", "business_calendar.json").value();
  ASSERT_TRUE(collector.collect(noon, on));
  const auto read = rows.read_all().value();
  EXPECT_EQ(read.front().is_sale_active, std::nullopt);
  EXPECT_EQ(read.back().is_sale_active, 1);
}

TEST_F(CollectorTest, ALostCalendarIsMissingNotZero) {
  observe(noon - kHour, noon);
  records::LoadedCalendar lost;
  lost.complete = false;
  lost.notices = {"mails.ics: gone"};
  const auto report = collector.collect(noon, lost);
  ASSERT_TRUE(report);
  EXPECT_EQ(rows.read_all()->back().is_sale_active, std::nullopt);
  EXPECT_THAT(report->notices, testing::ElementsAre("mails.ics: gone"));
}

TEST_F(CollectorTest, AClockThatWentBackChangesNothingAndIsSaid) {
  observe(noon - kDay, noon);
  ASSERT_TRUE(collector.collect(noon, none));
  const auto before = memory.get("shop/multi_metric_data/2026-11.csv");
  const auto report = collector.collect(noon - kHour, none);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->last_row, noon - kHour - kInterval);
  EXPECT_THAT(report->notices,
              testing::ElementsAre(HasSubstr("11 rows of 2026-11-27T11:05:00Z to 2026-11-27T12:00:00Z, "
                                             "which has not come yet (now is 2026-11-27T11:00:00Z)")));
  EXPECT_EQ(memory.get("shop/multi_metric_data/2026-11.csv")->etag, before->etag);
  // A correction by seconds is no jump: the tick has simply nothing new.
  const auto seconds = collector.collect(noon - Duration{3}, none);
  ASSERT_TRUE(seconds);
  EXPECT_THAT(seconds->notices, testing::IsEmpty());
}

TEST_F(CollectorTest, RowsOfTheFutureDoNotStopItAndTheCommandThatRemovesThemIsSaid) {
  observe(noon - kDay, noon + kHour);
  ASSERT_TRUE(collector.collect(noon, none));
  ASSERT_TRUE(rows.append(row(at("2027-11-27T12:00:00Z"), 50)));
  const auto report = collector.collect(noon + kHour, none);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows.added, 12U) << "the hour since";
  EXPECT_EQ(report->last_row, noon + kHour - kInterval);
  EXPECT_THAT(report->notices,
              testing::ElementsAre(HasSubstr("`almanac rows remove --group shop --from 2027-11-27T12:00:00Z --to "
                                             "2027-11-27T12:05:00Z` takes them out")));
}

TEST_F(CollectorTest, BesideAnEarlierSystemsFileItReadsWhatTheSourceKnowsOfTheSameTime) {
  ASSERT_TRUE(
      memory.put("shop/multi_metric_data.csv",
                 "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n2026-11-27 11:55:00,7,1,0,0\n",
                 ports::PutCondition::always()));
  observe(noon - kDay, noon);
  const auto report = collector.collect(noon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows.added, 288U) << "the whole day, not only what follows the older file";
  EXPECT_EQ(rows.read_all()->back().cpu_utilization, 50);
}

TEST_F(CollectorTest, ASourceThatFailsKeepsWhatCameBefore) {
  observe(noon - kDay, noon);
  source.failure = Error{ErrorCode::throttled, "slow down"};
  source.fail_from = noon - 12 * kHour;
  const auto report = collector.collect(noon, none);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::throttled);
  EXPECT_THAT(report.error().message, HasSubstr("metrics of 2026-11-27T00:00:00Z to 2026-11-27T06:00:00Z: slow down"));
  EXPECT_EQ(rows.read_all()->size(), 144U);
  source.failure.reset();
  EXPECT_EQ(collector.collect(noon, none)->rows.added, 144U);
}

TEST_F(CollectorTest, TwoCollectorsAtOnceLoseNothing) {
  observe(noon - kHour, noon);
  ports::FakeMetricSource other_source;
  other_source.rows = source.rows;
  other_source.rows.erase(noon - kInterval);
  Row richer = row(noon - 2 * kInterval, 50);
  richer.request_count = 9000;
  other_source.put(richer);
  // In the middle of our collection another process collects too.
  store.before(store.operations() + 2, [&] {
    dataset::Dataset other_rows(memory, "shop", kInterval);
    Collector other(other_source, other_rows, options);
    ASSERT_TRUE(other.collect(noon, none));
  });
  ASSERT_TRUE(collector.collect(noon, none));
  const auto read = rows.read_all().value();
  EXPECT_EQ(read.size(), 12U);
  EXPECT_EQ(read[10].request_count, 9000);
}

// Whatever operation of the store the process dies at: after a restart nothing is lost and nothing is there twice.
RC_GTEST_PROP(CollectorProperty, ACrashAtAnyPointLosesNothing, ()) {
  ports::MemoryObjectStore memory;
  ports::FakeMetricSource source;
  const Timestamp end = at("2026-12-02T00:00:00Z");  // two months are touched
  for (Timestamp t = end - 3 * kDay; t < end; t += kInterval) source.put(row(t, 40));
  const CollectorOptions options{.history = 3 * kDay, .chunk = 12 * kHour};
  const records::LoadedCalendar none;
  {
    ports::FaultyObjectStore store(memory);
    store.crash_at(*rc::gen::inRange<std::uint64_t>(0, 24));
    dataset::Dataset rows(store, "shop", kInterval);
    (void)Collector(source, rows, options).collect(end, none);
  }
  dataset::Dataset rows(memory, "shop", kInterval);
  RC_ASSERT(Collector(source, rows, options).collect(end, none).has_value());
  const auto read = rows.read_all();
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->size() == source.rows.size());
  for (const Row& r : *read) RC_ASSERT(r.cpu_utilization == 40.0);
}

// Two sources of one group: CPU from one place, requests from another.
class CollectorOfTwoTest : public CollectorTest {
 protected:
  std::shared_ptr<ports::FakeMetricSource> machines = std::make_shared<ports::FakeMetricSource>();
  std::shared_ptr<ports::FakeMetricSource> balancer = std::make_shared<ports::FakeMetricSource>();
  dataset::JoinedMetricSource joined{
      {{"machines", {"cpu_utilization", "in_service_instances"}, machines}, {"balancer", {"request_count"}, balancer}}};
  Collector both{
      joined, rows, {.history = kDay, .feeds = {{"cpu_utilization", "in_service_instances"}, {"request_count"}}}};

  void observe_both(Timestamp from, Timestamp until) {
    for (Timestamp t = from; t < until; t += kInterval) {
      machines->put(row(t, 50));
      Row requests{};
      requests.start = t;
      requests.request_count = 600;
      balancer->put(requests);
    }
  }
  int without_requests(TimeRange range) {
    const auto known = rows.read(range);
    return static_cast<int>(
        std::count_if(known->begin(), known->end(), [](const Row& each) { return !each.request_count; }));
  }
};

TEST_F(CollectorOfTwoTest, OneThatWasAwayLosesNothing) {
  observe_both(noon - kDay, noon + 6 * kHour);
  ASSERT_TRUE(both.collect(noon, none));
  balancer->failure = Error{ErrorCode::unavailable, "no answer"};
  for (Timestamp t = noon + kInterval; t <= noon + 5 * kHour; t += kInterval) {
    const auto report = both.collect(t, none);
    ASSERT_TRUE(report) << "the other one is collected";
    EXPECT_THAT(report->notices, Contains("some metrics could not be read: balancer: no answer"));
  }
  EXPECT_EQ(without_requests({noon - kDay, noon + 5 * kHour}), 60);
  balancer->failure.reset();
  ASSERT_TRUE(both.collect(noon + 5 * kHour + kInterval, none));
  EXPECT_EQ(without_requests({noon - kDay, noon + 5 * kHour + kInterval}), 0);
}

// Absent at the first collection, or away for longer than a week: what it kept all the while comes in once it speaks.
TEST_F(CollectorOfTwoTest, OneThatSpeaksForTheFirstTimeBringsItsHistory) {
  observe_both(noon - kDay, noon + kHour);
  balancer->failure = Error{ErrorCode::not_found, "no such file"};
  ASSERT_TRUE(both.collect(noon, none));
  EXPECT_EQ(without_requests({noon - kDay, noon}), 288);
  balancer->failure.reset();
  ASSERT_TRUE(both.collect(noon + kInterval, none));
  EXPECT_EQ(without_requests({noon - kDay + kInterval, noon + kInterval}), 0);
  balancer->reads.clear();
  ASSERT_TRUE(both.collect(noon + 2 * kInterval, none));
  EXPECT_EQ(balancer->reads.back(), (TimeRange{noon + kInterval - kHour, noon + 2 * kInterval})) << "and only once";
}

TEST_F(CollectorOfTwoTest, OnceBothAreThereNoMoreIsReadThanOfOne) {
  observe_both(noon - kDay, noon + kHour);
  ASSERT_TRUE(both.collect(noon, none));
  balancer->reads.clear();
  ASSERT_TRUE(both.collect(noon + kInterval, none));
  EXPECT_EQ(balancer->reads.back(), (TimeRange{noon - kHour, noon + kInterval}));
}

TEST_F(CollectorOfTwoTest, OneThatNeverHadAnythingIsNotWaitedFor) {
  for (Timestamp t = noon - kDay; t < noon + kHour; t += kInterval) machines->put(row(t, 50));
  ASSERT_TRUE(both.collect(noon, none));
  machines->reads.clear();
  ASSERT_TRUE(both.collect(noon + kInterval, none));
  EXPECT_EQ(machines->reads.back(), (TimeRange{noon - kHour, noon + kInterval}));
}

}  // namespace
}  // namespace almanac::control
