#include "records/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>

#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"
#include "records/decision_point.h"

namespace almanac::records {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Timestamp at(const char* text) {
  return parse_timestamp(text).value();
}

Record sample(Timestamp now, int desired = 7) {
  Record record;
  Decision& d = record.decision;
  d.group = "shop";
  d.now = now;
  d.health = Health::full;
  d.forecaster = "lstm";
  d.cover_window = {now, now + Duration{600}};
  d.lead_time = Duration{240};
  d.rows_used = 16128;
  d.demand_quantiles = {{0.5, 4.1}, {0.9, 5.0 / 3.0}, {0.999, 0.1}};
  d.events = {"Soldes d'été \"-50 %\"", "mail"};
  d.stages = {{"newsvendor", 9, "median 4.1"}, {"limits", desired, "max 7\nline two"}};
  d.desired_before = 5;
  d.desired = desired;
  d.desired_without_calendar = 6;
  record.outcome = {Outcome::Kind::accepted, "200"};
  record.notices = {"late rows: 2"};
  record.state.budget = {11.3, 17, now - kHour};
  record.state.recent = {{now - Duration{300}, 5}, {now, 7}};
  record.state.last_tick = now;
  return record;
}

TEST(RecordJson, AnExampleLine) {
  const std::string line = to_json(sample(at("2026-11-27T08:00:00Z")));
  EXPECT_THAT(line, testing::StartsWith(R"({"now":"2026-11-27T08:00:00Z","dry_run":false,"group":"shop",)"));
  EXPECT_THAT(line, HasSubstr(R"("demand_quantiles":[[0.5,4.1],[0.9,1.6666666666666667],[0.999,0.1]])"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

RC_GTEST_PROP(RecordJson, RoundTripIsExact, (const std::string& group, const std::vector<std::string>& words)) {
  Record record;
  Decision& d = record.decision;
  const auto text = [](std::string s) {  // JSON is UTF-8; other bytes are replaced, tested below
    for (char& c : s) c = static_cast<char>(c & 0x7f);
    return s;
  };
  const auto time = [] { return Timestamp(Duration(*rc::gen::inRange<long long>(0, 4102444800LL))); };
  const auto number = [] {
    const double value = std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
    return std::isfinite(value) ? value : 0.1;
  };
  d.group = text(group);
  d.now = time();
  d.health = *rc::gen::element(Health::full, Health::fallback, Health::reactive, Health::hold);
  d.forecaster = text(group);
  d.cover_window = {time(), time()};
  d.lead_time = Duration{*rc::gen::inRange(0, 100000)};
  d.rows_used = *rc::gen::arbitrary<int>();
  for (int i = 0; i < 4; ++i) d.demand_quantiles[number()] = number();
  for (const std::string& word : words) {
    d.events.push_back(text(word));
    d.stages.push_back({text(word), *rc::gen::arbitrary<int>(), text(word)});
    record.notices.push_back(text(word));
    record.state.recent.emplace_back(time(), *rc::gen::arbitrary<int>());
  }
  d.desired_before = *rc::gen::arbitrary<int>();
  d.desired = *rc::gen::arbitrary<int>();
  if (*rc::gen::arbitrary<bool>()) d.desired_without_calendar = *rc::gen::arbitrary<int>();
  d.dry_run = *rc::gen::arbitrary<bool>();
  record.outcome = {*rc::gen::element(Outcome::Kind::open, Outcome::Kind::not_sent, Outcome::Kind::refused), d.group};
  record.state.budget.position = number();
  record.state.budget.hours = number();
  if (*rc::gen::arbitrary<bool>()) record.state.budget.counted_until = time();
  if (*rc::gen::arbitrary<bool>()) record.state.last_tick = time();
  record.mode = *rc::gen::element(planning::Mode::observe, planning::Mode::floor, planning::Mode::own);
  if (*rc::gen::arbitrary<bool>()) record.floor_until = time();
  if (*rc::gen::arbitrary<bool>()) {
    ports::GroupState& state = record.group.emplace();
    for (int* value : {&state.min, &state.max, &state.desired, &state.in_service, &state.pending, &state.standby}) {
      *value = *rc::gen::arbitrary<int>();
    }
    for (const std::string& word : d.events) {
      state.blockers.push_back(
          {*rc::gen::elementOf(std::vector(ports::kBlockerKinds.begin(), ports::kBlockerKinds.end())), word,
           d.forecaster});
    }
    if (*rc::gen::arbitrary<bool>()) state.raised_minimum = *rc::gen::arbitrary<int>();
    if (*rc::gen::arbitrary<bool>()) {
      state.unit = *rc::gen::element(CapacityUnit::units, CapacityUnit::vcpus, CapacityUnit::mebibytes);
      state.largest_weight = *rc::gen::arbitrary<int>();
      if (*rc::gen::arbitrary<bool>()) state.instances = *rc::gen::arbitrary<int>();
      state.unit_problem = d.group;
    }
  }
  for (const std::string& word : d.events) {
    record.conditions.push_back({*rc::gen::element(ports::NotificationKind::degraded, ports::NotificationKind::reverted,
                                                   ports::NotificationKind::event_not_applied),
                                 word, d.group, *rc::gen::arbitrary<bool>()});
  }

  const std::string line = to_json(record);
  RC_ASSERT(line.find('\n') == std::string::npos);
  const auto read = from_json(line);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == record);
  RC_ASSERT(to_json(*read) == line);
}

TEST(RecordJson, LinesOfOlderVersionsKnowNoGroupAndNoConditions) {
  const Record whole = sample(at("2026-11-27T08:00:00Z"));
  std::string line = to_json(whole);
  for (const char* newer :
       {R"("mode":"own",)", R"("group_state":null,)", R"("floor_until":null,)", R"("conditions":[],)"}) {
    ASSERT_NE(line.find(newer), std::string::npos) << newer;
    line.erase(line.find(newer), std::string(newer).size());
  }
  EXPECT_EQ(from_json(line).value(), whole);
}

TEST(RecordJson, LinesOfOlderVersionsNameWhatWasSuspendedInTheCloudsWords) {
  using Kind = ports::Blocker::Kind;
  Record whole = sample(at("2026-11-27T08:00:00Z"));
  whole.group = ports::GroupState{.min = 1, .max = 9, .desired = 4, .in_service = 4};
  whole.group->blockers = {{Kind::cannot_launch, "the process Launch is suspended", ""},
                           {Kind::cannot_terminate, "the process Terminate is suspended", ""},
                           {Kind::floor_stands_still, "the process ScheduledActions is suspended", ""},
                           {Kind::others_stand_still, "the process AlarmNotification is suspended", ""},
                           {Kind::other, "the process AZRebalance is suspended", ""},
                           {Kind::being_replaced, "instances are being replaced", ""}};
  std::string line = to_json(whole);
  const std::size_t from = line.find(R"("blockers":[)"), to = line.find(R"("raised_minimum")");
  ASSERT_LT(from, to);
  line.replace(from, to - from,
               R"("suspended_processes":["Launch","Terminate","ScheduledActions","AlarmNotification","AZRebalance"],)"
               R"("refreshing":true,)");
  EXPECT_EQ(from_json(line).value(), whole);
  for (const std::string& each : {line, to_json(whole)}) {
    const auto skimmed = skim(each);
    ASSERT_TRUE(skimmed);
    EXPECT_EQ(skimmed->in_service, 4);
  }
}

TEST(RecordJson, DamagedLinesAreRefusedNotThrownAt) {
  const std::string whole = to_json(sample(at("2026-11-27T08:00:00Z")));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto read = from_json(whole.substr(0, length));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::corrupt);
  }
  EXPECT_FALSE(from_json("{}"));
  EXPECT_FALSE(from_json("[1,2]"));
  EXPECT_FALSE(from_json("\xff\xfe"));
  std::string wrong = whole;
  wrong.replace(wrong.find("\"full\""), 6, "\"best\"");
  EXPECT_THAT(from_json(wrong).error().message, HasSubstr("unknown word \"best\""));
}

TEST(RecordJson, BytesThatAreNotUtf8AreReplaced) {
  Record record = sample(at("2026-11-27T08:00:00Z"));
  record.decision.events = {"Sold\xe9s"};  // Latin-1
  const auto read = from_json(to_json(record));
  ASSERT_TRUE(read);
  EXPECT_THAT(read->decision.events, ElementsAre("Sold\xef\xbf\xbds"));
}

class LedgerTest : public testing::Test {
 protected:
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore store{memory};
  Ledger ledger{store, "shop"};
  const Timestamp t0 = at("2026-11-27T23:55:00Z");
  const Timestamp t1 = t0 + Duration{300};  // the next UTC day

  std::string bytes(const std::string& day) { return memory.get("shop/decisions/" + day + ".jsonl")->bytes; }
};

TEST_F(LedgerTest, OneLineATickInOneObjectADay) {
  ASSERT_TRUE(ledger.add(sample(t0 - Duration{300}))->is_new);
  ASSERT_TRUE(ledger.add(sample(t0))->is_new);
  ASSERT_TRUE(ledger.add(sample(t1))->is_new);
  EXPECT_THAT(memory.list("shop/").value(),
              ElementsAre("shop/decisions/2026-11-27.jsonl", "shop/decisions/2026-11-28.jsonl"));
  EXPECT_EQ(bytes("2026-11-27"), to_json(sample(t0 - Duration{300})) + "\n" + to_json(sample(t0)) + "\n");
}

TEST_F(LedgerTest, ARerunOfTheSameTickAddsNothingAndGetsTheFirstDecision) {
  ASSERT_TRUE(ledger.add(sample(t0, 7)));
  const std::string before = bytes("2026-11-27");
  const auto again = ledger.add(sample(t0, 9));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->record, sample(t0, 7));
  EXPECT_EQ(bytes("2026-11-27"), before);
}

TEST_F(LedgerTest, ADryRunHasALineOfItsOwn) {
  Record dry = sample(t0, 9);
  dry.decision.dry_run = true;
  ASSERT_TRUE(ledger.add(dry)->is_new);
  ASSERT_TRUE(ledger.add(sample(t0, 7))->is_new);
  EXPECT_EQ(ledger.find(t0, true)->value(), dry);
  EXPECT_EQ(ledger.find(t0, false)->value(), sample(t0, 7));
}

TEST_F(LedgerTest, OnlyAnUnsettledOutcomeChanges) {
  Record open = sample(t0);
  open.outcome = {Outcome::Kind::open, ""};
  ASSERT_TRUE(ledger.add(sample(t0 - Duration{300})));
  ASSERT_TRUE(ledger.add(open));
  ASSERT_TRUE(ledger.complete(t0, false, {Outcome::Kind::refused, "503"}));
  ASSERT_TRUE(ledger.complete(t0, false, {Outcome::Kind::accepted, "ok"}));
  ASSERT_TRUE(ledger.complete(t0, false, {Outcome::Kind::refused, "too late"}));
  EXPECT_EQ(ledger.find(t0, false)->value().outcome, (Outcome{Outcome::Kind::accepted, "ok"}));
  EXPECT_EQ(ledger.find(t0 - Duration{300}, false)->value(), sample(t0 - Duration{300}));
  EXPECT_EQ(ledger.complete(t1, false, {}).error().code, ErrorCode::not_found);
}

TEST_F(LedgerTest, MessagesThatWentOutAreMarkedInASettledLine) {
  ASSERT_TRUE(ledger.add(sample(t0)));
  const std::vector<Condition> told{{ports::NotificationKind::at_maximum, "", "needs 9", true}};
  ASSERT_TRUE(ledger.annotate(t0, false, {"a notice"}, told));
  EXPECT_EQ(ledger.find(t0, false)->value().conditions, told);
  EXPECT_THAT(ledger.find(t0, false)->value().notices, ElementsAre("a notice"));
  EXPECT_EQ(ledger.find(t0, false)->value().outcome, sample(t0).outcome);
  EXPECT_EQ(ledger.annotate(t1, false, {}, told).error().code, ErrorCode::not_found);
}

TEST_F(LedgerTest, LookupByTimeFindsTheDecisionInForce) {
  EXPECT_EQ(ledger.latest(t1)->has_value(), false);
  Record dry = sample(t1, 9);
  dry.decision.dry_run = true;
  ASSERT_TRUE(ledger.add(sample(t0)));
  ASSERT_TRUE(ledger.add(dry));
  EXPECT_EQ(ledger.latest(t0 - Duration{1})->has_value(), false);
  EXPECT_EQ(ledger.latest(t0 + Duration{299})->value().decision.now, t0);
  EXPECT_EQ(ledger.latest(t1 + kWeek)->value().decision.now, t1);
  const auto real = ledger.latest(t1 + kWeek, [](const Record& r) { return !r.decision.dry_run; });
  EXPECT_EQ(real->value().decision.now, t0);
  EXPECT_EQ(ledger.between({t0, t1})->size(), 1U);
  EXPECT_EQ(ledger.between({t0, t1 + Duration{1}})->size(), 2U);
  EXPECT_EQ(ledger.between({t1, t0})->size(), 0U);
}

TEST_F(LedgerTest, DamagedLinesAreKeptAndSkipped) {
  ASSERT_TRUE(memory.put("shop/decisions/2026-11-27.jsonl", "not json\n{\"now\":\"2026-11-27T23:5",
                         ports::PutCondition::always()));
  ASSERT_TRUE(ledger.add(sample(t0))->is_new);
  EXPECT_EQ(bytes("2026-11-27"), "not json\n{\"now\":\"2026-11-27T23:5\n" + to_json(sample(t0)) + "\n");
  EXPECT_EQ(ledger.latest(t1)->value(), sample(t0));
  EXPECT_EQ(ledger.between({t0 - kDay, t1})->size(), 1U);
}

TEST_F(LedgerTest, NumbersAreEnoughForDecisionsOfLongAgo) {
  Ledger light(store, "shop", Ledger::Keeps::numbers);
  const Timestamp first = at("2026-11-27T08:00:00Z");
  const auto tick_of = [&](int tick) {
    Record record = sample(first + tick * Duration{300}, tick);
    record.group = ports::GroupState{.max = 64, .desired = 8, .in_service = 12, .unit = CapacityUnit::vcpus};
    return record;
  };
  for (int tick = 0; tick < 10; ++tick) {
    ASSERT_TRUE(light.add(tick_of(tick)));
    Record dry = sample(first + tick * Duration{300});
    dry.decision.dry_run = true;
    ASSERT_TRUE(light.add(dry));
    ASSERT_TRUE(light.between({first, first + kHour}));
  }
  const auto all = light.between({first, first + kHour});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 20U);
  std::vector<Record> real;
  for (const auto& record : *all)
    if (!record->decision.dry_run) real.push_back(*record);
  for (int tick = 0; tick < 7; ++tick) {
    const Decision& d = real[static_cast<std::size_t>(tick)].decision;
    const Decision whole = sample(first + tick * Duration{300}, tick).decision;
    EXPECT_EQ(d.desired, tick);
    EXPECT_EQ(d.demand_quantiles, whole.demand_quantiles);
    EXPECT_EQ(d.cover_window, whole.cover_window);
    EXPECT_EQ(d.lead_time, whole.lead_time);
    EXPECT_TRUE(d.stages.empty());
    ASSERT_TRUE(real[static_cast<std::size_t>(tick)].group);
    EXPECT_EQ(real[static_cast<std::size_t>(tick)].group->in_service, 12);
    EXPECT_EQ(real[static_cast<std::size_t>(tick)].unit(), CapacityUnit::vcpus);
  }
  for (int tick = 7; tick < 10; ++tick) EXPECT_EQ(real[static_cast<std::size_t>(tick)], tick_of(tick));
  EXPECT_EQ(light.find(first, false)->value(), tick_of(0)) << "the store keeps everything";
}

TEST_F(LedgerTest, TwoWritersLoseNothing) {
  // Another process adds its line between our read (operation 0) and our put (operation 1).
  store.before(1, [&] {
    Ledger other(memory, "shop");
    ASSERT_TRUE(other.add(sample(t0 - Duration{300})));
  });
  ASSERT_TRUE(ledger.add(sample(t0))->is_new);
  EXPECT_EQ(ledger.between({t0 - kHour, t1})->size(), 2U);
}

TEST_F(LedgerTest, TwoWritersOfOneTickAgreeOnOneDecision) {
  store.before(1, [&] {
    Ledger other(memory, "shop");
    ASSERT_TRUE(other.add(sample(t0, 9)));
  });
  const auto added = ledger.add(sample(t0, 7));
  ASSERT_TRUE(added);
  EXPECT_FALSE(added->is_new);
  EXPECT_EQ(added->record.decision.desired, 9);
}

TEST_F(LedgerTest, AFailedPutIsAnErrorAndChangesNothing) {
  store.fail_writes(ErrorCode::storage_full);
  const auto added = ledger.add(sample(t0));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::storage_full);
  EXPECT_THAT(added.error().message, HasSubstr("shop/decisions/2026-11-27.jsonl"));
  store.clear();
  EXPECT_FALSE(ledger.find(t0, false)->has_value());
}

}  // namespace
}  // namespace almanac::records
