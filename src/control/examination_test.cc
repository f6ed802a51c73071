#include "control/examination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/fake_metric_source.h"
#include "ports/fake_scaling_group.h"
#include "ports/memory_object_store.h"
#include "ports/read_only.h"

namespace almanac::control {
namespace {

using testing::HasSubstr;
using Verdict = Finding::Verdict;

const Timestamp kNow = *parse_timestamp("2026-11-27T12:02:00Z");

GroupSettings shop() {
  GroupSettings settings;
  settings.name = "shop";
  settings.policy.min = 2;
  settings.policy.max = 20;
  return settings;
}

std::vector<Finding> with(const Findings& found, Verdict verdict) {
  std::vector<Finding> some;
  for (const Finding& finding : found) {
    if (finding.verdict == verdict) some.push_back(finding);
  }
  return some;
}

// Keeps what it is given, whatever the condition says.
class CarelessStore final : public ports::ObjectStore {
 public:
  Result<ports::Object> get(std::string_view key) override { return store_.get(key); }
  Result<std::string> put(std::string_view key, std::string_view bytes, const ports::PutCondition&) override {
    return store_.put(key, bytes, ports::PutCondition::always());
  }
  Result<std::vector<std::string>> list(std::string_view prefix) override { return store_.list(prefix); }
  Result<void> remove(std::string_view key) override { return store_.remove(key); }

 private:
  ports::MemoryObjectStore store_;
};

TEST(ExamineStore, AStoreThatKeepsItsConditionsIsGoodAndLeftAsItWas) {
  ports::MemoryObjectStore store;
  ASSERT_TRUE(store.put("shop/multi_metric_data/2026-11.csv", "timestamp\n", ports::PutCondition::always()));
  const Findings found = examine_store(store, "shop");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].verdict, Verdict::good);
  EXPECT_THAT(found[0].text, HasSubstr("1 objects"));
  EXPECT_EQ(found[1].verdict, Verdict::good);
  EXPECT_EQ(store.list("")->size(), 1U);
}

TEST(LookAtStore, ListsAndWritesNothing) {
  const auto inner = std::make_shared<ports::MemoryObjectStore>();
  ASSERT_TRUE(inner->put("shop/lstm_model.h5", "model", ports::PutCondition::always()));
  ports::ReadOnlyStore store(inner);
  const Findings found = look_at_store(store, "shop");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].verdict, Verdict::good);
}

TEST(ExamineStore, AProbeThatAnEarlierRunLeftIsNoFault) {
  ports::MemoryObjectStore store;
  ASSERT_TRUE(store.put("shop/almanac-doctor-probe", "old", ports::PutCondition::always()));
  EXPECT_TRUE(with(examine_store(store, "shop"), Verdict::mend).empty());
}

TEST(ExamineStore, OneThatIgnoresConditionsWouldLoseRows) {
  CarelessStore store;
  const auto amiss = with(examine_store(store, "shop"), Verdict::mend);
  ASSERT_EQ(amiss.size(), 1U);
  EXPECT_THAT(amiss[0].text, HasSubstr("ignores If-None-Match"));
  EXPECT_THAT(amiss[0].advice, HasSubstr("only one process"));
}

TEST(ExamineGroup, LimitsThatDoNotOverlapCannotBeKept) {
  ports::FakeScalingGroup group({.min = 30, .max = 40, .desired = 30, .in_service = 30});
  const auto amiss = with(examine_group(group, shop(), kNow), Verdict::mend);
  ASSERT_EQ(amiss.size(), 1U);
  EXPECT_THAT(amiss[0].text, HasSubstr("2 to 20 instances and the group 30 to 40"));
}

TEST(ExamineGroup, SpeaksOfTheUnitThatTheGroupCounts) {
  ports::FakeScalingGroup group({.min = 4, .max = 40, .desired = 16, .in_service = 16});
  group.state.unit = CapacityUnit::units;
  group.state.largest_weight = 4;
  group.state.instances = 4;
  GroupSettings settings = shop();
  settings.policy.max = 40;
  EXPECT_THAT(examine_group(group, settings, kNow)[0].text,
              HasSubstr("limits 4 to 40; all in units, which 4 instances make up, each up to 4"));
  settings.policy.max = 20;
  EXPECT_EQ(examine_group(group, settings, kNow)[1].text, "almanac.yaml allows at most 20 of the group's 40 units");
  group.state.unit_problem = "1 of its 4 instances do not tell how many they count for";
  const Findings found = examine_group(group, settings, kNow);
  EXPECT_EQ(found[1].verdict, Verdict::mend);
  EXPECT_THAT(found[1].advice, HasSubstr("only mode observe"));
}

TEST(ExamineGroup, ToLaunchNothingIsAFaultWhatElseBlocksIsNot) {
  using Kind = ports::Blocker::Kind;
  ports::FakeScalingGroup group({.min = 2, .max = 20, .desired = 4, .in_service = 4});
  group.state.blockers = {{Kind::cannot_terminate, "the brake is on", "release it"},
                          {Kind::being_replaced, "a replacement runs", ""},
                          {Kind::other, "the lamp is broken", "mend it"}};
  EXPECT_TRUE(with(examine_group(group, shop(), kNow), Verdict::mend).empty());
  EXPECT_EQ(with(examine_group(group, shop(), kNow), Verdict::note).size(), 3U);
  group.state.blockers.push_back({Kind::cannot_launch, "the tank is empty", "fill it"});
  const auto amiss = with(examine_group(group, shop(), kNow), Verdict::mend);
  ASSERT_EQ(amiss.size(), 1U);
  EXPECT_EQ(amiss[0].text, "the tank is empty");
  EXPECT_EQ(amiss[0].advice, "fill it");
}

TEST(ExamineGroup, AModeThatTheGroupCannotFollowIsAFault) {
  ports::FakeScalingGroup group({.min = 2, .max = 20, .desired = 4, .in_service = 4});
  group.can = {.set_desired = false, .raise_minimum = true, .tell_launches = false};
  GroupSettings settings = shop();
  for (const auto& [mode, faults] :
       {std::pair{planning::Mode::own, 1U}, {planning::Mode::floor, 0U}, {planning::Mode::observe, 0U}}) {
    settings.policy.mode = mode;
    EXPECT_EQ(with(examine_group(group, settings, kNow), Verdict::mend).size(), faults);
  }
  group.can.raise_minimum = false;
  settings.policy.mode = planning::Mode::floor;
  group.state.capacity_known = false;
  const auto amiss = with(examine_group(group, settings, kNow), Verdict::mend);
  ASSERT_EQ(amiss.size(), 1U);
  EXPECT_THAT(amiss[0].text, HasSubstr("mode floor raises the minimum for a while"));
  EXPECT_THAT(examine_lead_time(group, settings, kNow)[0].text, HasSubstr("nothing tells how long launches take"));
}

TEST(ExamineGroup, LaunchesThatFailedYesterdayCountOlderOnesDoNot) {
  ports::FakeScalingGroup group({.min = 2, .max = 20, .desired = 4, .in_service = 4});
  group.failed = {{kNow - 2 * kDay, true, "no t3.large left"}};
  EXPECT_TRUE(with(examine_group(group, shop(), kNow), Verdict::mend).empty());
  group.failed.push_back({kNow - 3 * kHour, true, "no t3.large left", "allow others"});
  const auto amiss = with(examine_group(group, shop(), kNow), Verdict::mend);
  ASSERT_EQ(amiss.size(), 1U);
  EXPECT_THAT(amiss[0].text, HasSubstr("the latest 3h ago: no t3.large left"));
  EXPECT_EQ(amiss[0].advice, "allow others");
}

TEST(ExamineGroup, OneOfUnknownCapacityIsNotSaidToStandAtItsMinimum) {
  ports::FakeScalingGroup group({.min = 2, .max = 20, .capacity_known = false});
  const Findings found = examine_group(group, shop(), kNow);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].verdict, Verdict::note);
  EXPECT_THAT(found[0].text, HasSubstr("not known"));
}

TEST(ExamineGroup, OneThatDoesNotAnswerIsToldInItsOwnWords) {
  ports::FakeScalingGroup group({});
  group.describe_failure = Error{ErrorCode::not_found, "no group shop in eu-west-1"};
  const Findings found = examine_group(group, shop(), kNow);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "no group shop in eu-west-1");
}

TEST(ExamineLeadTime, SaysWhereItComesFrom) {
  ports::FakeScalingGroup group({});
  EXPECT_EQ(examine_lead_time(group, shop(), kNow)[0].verdict, Verdict::note);  // assumed
  for (int i = 0; i < 20; ++i) {
    const Timestamp launched = kNow - kDay + i * kHour;
    group.finished.push_back({launched, launched + Duration{170}});
  }
  // 170 s are 3 whole minutes; with the interval of 5 that is 8, two whole intervals.
  const Findings measured = examine_lead_time(group, shop(), kNow);
  EXPECT_EQ(measured[0].verdict, Verdict::good);
  EXPECT_THAT(measured[0].text,
              HasSubstr("3m from launch to in service (p95 of 20 launches); a decision holds for 10m"));
}

TEST(ExamineMetrics, WhatIsNeededAndMissingIsAFaultWhatIsOnlyUsefulIsNot) {
  ports::FakeMetricSource source;
  for (int i = 1; i <= 24; ++i) {
    Row row;
    row.start = floor_to(kNow, Duration{300}) - i * Duration{300};
    row.cpu_utilization = 40;
    if (i > 6) row.in_service_instances = 4;  // the newest is half an hour old
    source.put(row);
  }
  const Findings found = examine_metrics(source, shop(), kNow, {{"request_count", "name the load balancer"}});
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].verdict, Verdict::good);
  EXPECT_EQ(found[0].text, "cpu_utilization: 24 of 24 intervals, newest 2m ago");
  // The interval from 11:25 is the last one known: it ended at 11:30, 32 minutes ago.
  EXPECT_EQ(found[1].verdict, Verdict::mend);
  EXPECT_EQ(found[1].text, "in_service_instances: newest value 32m ago");
  EXPECT_EQ(found[2].verdict, Verdict::note);
  EXPECT_THAT(found[2].text, HasSubstr("request_count: nothing"));
  EXPECT_EQ(found[2].advice, "name the load balancer");
  EXPECT_EQ(with(found, Verdict::mend).size(), 1U);
}

// A file of request counts is all that a group needs whose capacity per instance is stated.
TEST(ExamineMetrics, WhatDemandIsNotMadeOfIsMissedByNobody) {
  ports::FakeMetricSource source;
  for (int i = 1; i <= 24; ++i) {
    Row row;
    row.start = floor_to(kNow, Duration{300}) - i * Duration{300};
    row.request_count = 3000;
    source.put(row);
  }
  GroupSettings stated = shop();
  stated.capacity_per_instance = 50;
  const Findings found = examine_metrics(source, stated, kNow, {});
  EXPECT_TRUE(with(found, Verdict::mend).empty());
  EXPECT_EQ(found[0].text, "cpu_utilization: nothing in 2h; demand is request_count over capacity_per_instance");
  // Where nobody stated it, requests alone say nothing of how many instances they need.
  EXPECT_EQ(with(examine_metrics(source, shop(), kNow, {}), Verdict::mend).size(), 2U);
  // An hour later the counts are old, and nothing else is there.
  const auto amiss = with(examine_metrics(source, stated, kNow + kHour, {}), Verdict::mend);
  ASSERT_EQ(amiss.size(), 3U);
  EXPECT_THAT(amiss[0].text, HasSubstr("neither is there"));
  EXPECT_EQ(amiss[2].text, "request_count: newest value 1h2m ago");
}

TEST(ExamineRows, NoneOldAndFresh) {
  ports::MemoryObjectStore store;
  dataset::Dataset dataset(store, "shop", Duration{300});
  EXPECT_THAT(examine_rows(dataset, shop(), kNow)[0].advice, HasSubstr("backfill"));
  std::vector<Row> rows(3 * 288);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].start = floor_to(kNow, Duration{300}) - static_cast<int>(i + 1) * Duration{300};
    rows[i].cpu_utilization = 40;
  }
  ASSERT_TRUE(dataset.append(rows));
  EXPECT_EQ(examine_rows(dataset, shop(), kNow)[0].verdict, Verdict::good);
  EXPECT_EQ(examine_rows(dataset, shop(), kNow + kHour)[0].verdict, Verdict::mend);
}

TEST(ExamineRows, RowsOfTheFutureAreToMendWithTheCommandThatRemovesThem) {
  ports::MemoryObjectStore store;
  dataset::Dataset dataset(store, "shop", Duration{300});
  std::vector<Row> rows(600);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].start = floor_to(kNow, Duration{300}) - static_cast<int>(i + 1) * Duration{300};
    rows[i].cpu_utilization = 40;
  }
  rows.push_back(rows.back());
  rows.back().start = floor_to(kNow, Duration{300}) + kDay;
  ASSERT_TRUE(dataset.append(rows));
  const Findings found = examine_rows(dataset, shop(), kNow);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].verdict, Verdict::mend);
  EXPECT_THAT(found[0].text, HasSubstr("1 lie ahead of now"));
  EXPECT_THAT(found[0].advice, HasSubstr("almanac rows remove --group shop --from "));
  EXPECT_EQ(found[1].verdict, Verdict::good) << "the last row is judged by now";
}

TEST(ExamineRows, WhatIsNotBelievedIsToBeMendedWhileItLastsAndNotedAfterwards) {
  ports::MemoryObjectStore store;
  dataset::Dataset dataset(store, "shop", Duration{300});
  const auto write = [&](Duration until_ago, Duration length, double requests) {
    std::vector<Row> rows;
    const Timestamp end = floor_to(kNow, Duration{300}) - until_ago;
    for (Timestamp t = end - length; t < end; t += Duration{300}) {
      rows.push_back({.start = t});
      rows.back().cpu_utilization = 40;
      rows.back().in_service_instances = 4;
      rows.back().request_count = requests;
    }
    ASSERT_TRUE(dataset.append(rows));
  };
  write(Duration{0}, 4 * kDay, 0);
  const auto lasting = with(examine_rows(dataset, shop(), kNow), Verdict::mend);
  ASSERT_EQ(lasting.size(), 1U);
  EXPECT_THAT(lasting[0].text, HasSubstr("request_count is 0 while the CPU is at up to 40 %"));
  EXPECT_THAT(lasting[0].advice, HasSubstr("count the requests"));
  write(Duration{0}, kDay, 5000);
  EXPECT_TRUE(with(examine_rows(dataset, shop(), kNow), Verdict::mend).empty());
  const auto gone = with(examine_rows(dataset, shop(), kNow), Verdict::note);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_THAT(gone[0].text, HasSubstr("(864 rows from 2026-11-23T12:00:00Z to 2026-11-26T12:00:00Z)"));
}

TEST(ExamineCalendar, EventsProblemsAndNothing) {
  EXPECT_EQ(examine_calendar(records::LoadedCalendar{}, 40, kNow)[0].verdict, Verdict::note);
  records::LoadedCalendar loaded;
  loaded.sources = {"shop/business_calendar.json"};
  loaded.calendar =
      calendar::Calendar::of({{.uid = "1", .name = "Sale", .kind = "sale", .span = {kNow + kDay, kNow + 2 * kDay}}});
  EXPECT_THAT(examine_calendar(loaded, 40, kNow)[0].text, HasSubstr("1 events in four weeks"));
  loaded.notices = {"shop.ics: cannot be read; its last good copy is in use"};
  EXPECT_EQ(examine_calendar(loaded, 40, kNow)[0].verdict, Verdict::note);
  loaded.complete = false;
  EXPECT_EQ(examine_calendar(loaded, 40, kNow)[0].verdict, Verdict::mend);
}

TEST(ExamineCalendar, WhatIsLostIsToBeMendedAndADoubtIsANote) {
  ports::MemoryObjectStore store;
  ASSERT_TRUE(store.put("shop/business_calendar.json",
                        R"({"events": [{"name": "Lost"}, {"name": "Day", "start": "2026-01-01"}]})",
                        ports::PutCondition::always()));
  const Findings found = examine_calendar(records::CalendarStore(store, "shop").load(kNow), 40, kNow);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].verdict, Verdict::mend);
  EXPECT_THAT(found[0].text, HasSubstr("entry 1 (\"Lost\")"));
  EXPECT_EQ(found[1].verdict, Verdict::note);
  EXPECT_THAT(found[1].text, HasSubstr("read in UTC"));
}

TEST(ExamineCalendar, ACalendarWhoseCopyStandsInIsToBeMended) {
  ports::MemoryObjectStore store;
  const auto put = [&](const char* text) {
    ASSERT_TRUE(store.put("shop/business_calendar.json", text, ports::PutCondition::always()));
  };
  put(R"({"timezone": "UTC", "events": [{"name": "Sale", "start": "2099-01-01"}]})");
  const Timestamp eve = parse_timestamp("2098-12-30T00:00:00Z").value();
  ASSERT_TRUE(records::CalendarStore(store, "shop").load(eve));
  put(R"({"timezone": "UTC", "events": []})");
  const Findings found = examine_calendar(records::CalendarStore(store, "shop").load(eve), 40, eve);
  EXPECT_EQ(found[0].verdict, Verdict::mend);
  EXPECT_THAT(found[0].text, HasSubstr("had 1 event to come and now has none"));
  EXPECT_THAT(found[0].advice, HasSubstr("almanac calendar accept"));
}

TEST(ExamineCalendar, AMinimumThatTheMaximumDoesNotAllowIsSaidBeforeItsDay) {
  records::LoadedCalendar loaded;
  loaded.sources = {"shop/business_calendar.json"};
  loaded.calendar = calendar::Calendar::of({{.uid = "1",
                                             .name = "Sale",
                                             .kind = "sale",
                                             .span = {kNow + 20 * kDay, kNow + 21 * kDay},
                                             .minimum_instances = 41}});
  EXPECT_EQ(examine_calendar(loaded, 41, kNow).size(), 1U);
  const Findings found = examine_calendar(loaded, 40, kNow);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].text, "a minimum of 41 asked for by \"Sale\" is above max 40");
}

TEST(ExamineModel, WithoutOneTheAdviceIsToTrain) {
  ports::MemoryObjectStore store;
  records::ModelStore models(store, "shop");
  const Findings found = examine_model(models, shop(), kNow);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].verdict, Verdict::mend);
  EXPECT_THAT(found[0].advice, HasSubstr("almanac train"));
}

TEST(ExamineDecisions, OldRefusedAndHeldOnesAreFaults) {
  ports::MemoryObjectStore store;
  records::Ledger ledger(store, "shop");
  EXPECT_EQ(examine_decisions(ledger, shop(), kNow)[0].verdict, Verdict::note);
  records::Record record;
  record.decision.group = "shop";
  record.decision.now = floor_to(kNow, Duration{300});
  record.decision.desired = 7;
  record.outcome.kind = records::Outcome::Kind::accepted;
  ASSERT_TRUE(ledger.add(record));
  EXPECT_EQ(examine_decisions(ledger, shop(), kNow)[0].verdict, Verdict::good);
  EXPECT_EQ(examine_decisions(ledger, shop(), kNow + kHour)[0].verdict, Verdict::mend);
  record.decision.now += Duration{300};
  record.decision.health = Health::hold;
  record.outcome = {records::Outcome::Kind::refused, "above the maximum"};
  ASSERT_TRUE(ledger.add(record));
  const auto amiss = with(examine_decisions(ledger, shop(), kNow + Duration{300}), Verdict::mend);
  ASSERT_EQ(amiss.size(), 2U);
  EXPECT_THAT(amiss[1].text, HasSubstr("above the maximum"));
}

}  // namespace
}  // namespace almanac::control
