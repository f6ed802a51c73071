#include "insight/insight.h"
#include "planning/error_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "insight/json.h"
#include "insight/test_group.h"
#include "records/ledger.h"

namespace almanac::insight {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

// Five weeks of rows with sales on Wednesdays, two days of decisions, no model. Now is Monday noon.
class InsightTest : public testing::Test {
 protected:
  static constexpr const char* kCalendar =
      R"({"timezone": "Europe/Paris", "events": [{"name": "Sale", "kind": "sale", "start": "2026-10-28T10:00:00Z",
          "end": "2026-10-28T12:00:00Z", "rrule": "FREQ=WEEKLY"}, {"name": "Broken", "start": "soon"}]})";
  ports::MemoryObjectStore store;
  Timestamp now = kTestNow - 2 * kDay;
  Duration later{20};  // the clock, after the last decision
  std::unique_ptr<Insight> insight;

  InsightTest() {
    const auto rows = test_rows_of(now - 5 * kWeek, now, test_sales(now - 5 * kWeek, now));
    EXPECT_TRUE(dataset::Dataset(store, "shop", kTestInterval).append(rows));
    EXPECT_TRUE(store.put("shop/business_calendar.json", kCalendar, ports::PutCondition::always()));
    std::vector<records::Record> records;
    int before = 19;
    for (Timestamp t = now - 2 * kDay; t <= now; t += kTestInterval) {
      const int desired = t == now ? 20 : 19;
      records.push_back(test_record(t, before, desired));
      before = desired;
    }
    put_records(store, records);
    insight = std::make_unique<Insight>(sources(), store, [this] { return now + later; });
    insight->warm_up();
  }

  static std::vector<Insight::Source> sources() {
    std::vector<Insight::Source> made;
    for (const char* name : {"shop", "quiet"}) {
      made.push_back({test_settings(), {}});
      made.back().settings.name = name;
    }
    return made;
  }
  static Json parsed(const Result<std::string>& answer) {
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? Json::parse(*answer) : Json();
  }
};

TEST_F(InsightTest, TheFleetIsSortedByWhoNeedsAttention) {
  const auto answer = parsed(insight->groups({}));
  EXPECT_EQ(answer["total"], 2);
  EXPECT_TRUE(answer["next_cursor"].is_null());
  const auto& quiet = answer["groups"][0];
  EXPECT_EQ(quiet["name"], "quiet");
  EXPECT_EQ(quiet["attention"]["level"], "notice");
  EXPECT_TRUE(quiet["health"].is_null());
  EXPECT_TRUE(quiet["demand"]["now"].is_null());
  EXPECT_TRUE(quiet["capacity"]["desired"].is_null());
  const auto& shop = answer["groups"][1];
  EXPECT_EQ(shop["attention"], Json::parse(R"({"level": "ok", "reasons": []})"));
  EXPECT_EQ(shop["capacity"]["desired"], 20);
  EXPECT_EQ(shop["capacity"]["max"], 100);
  EXPECT_EQ(shop["next_event"]["name"], "Sale");
  EXPECT_EQ(shop["next_event"]["start"], format_timestamp(now + 2 * kDay - 2 * kHour));
  EXPECT_EQ(shop["objective"]["realised"], 0);
  EXPECT_EQ(shop["last_decision"], format_timestamp(now));
  EXPECT_TRUE(shop["overrides"]["pause"].is_null());
  EXPECT_EQ(shop["demand"]["sparkline"]["values"].size(), 48U);
}

TEST_F(InsightTest, HealthIsAboutNow) {
  const auto health = [&] { return parsed(insight->group("shop"))["health"]; };
  later = 2 * kTestInterval;
  EXPECT_EQ(health(), "full");
  later = 2 * kTestInterval + Duration{1};
  EXPECT_TRUE(health().is_null()) << "nothing was decided for more than two intervals";
}

TEST_F(InsightTest, TheFleetComesInPagesAndByName) {
  const auto first = parsed(insight->groups({.sort = "name", .limit = 1}));
  EXPECT_EQ(first["groups"][0]["name"], "quiet");
  const auto second = parsed(insight->groups({.sort = "name", .cursor = first["next_cursor"], .limit = 1}));
  EXPECT_EQ(second["groups"][0]["name"], "shop");
  EXPECT_TRUE(second["next_cursor"].is_null());
  EXPECT_EQ(parsed(insight->groups({.query = "SHO"}))["total"], 1);
  EXPECT_EQ(insight->groups({.sort = "size"}).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(insight->groups({.cursor = "x"}).error().code, ErrorCode::invalid_input);
}

TEST_F(InsightTest, AGroupSaysWhatItsFiguresRestOn) {
  const auto group = parsed(insight->group("shop"));
  EXPECT_EQ(group["timezone"], "Europe/Paris");
  EXPECT_EQ(group["lead_time"], Json::parse(R"({"seconds": 300, "source": "configured"})"));
  EXPECT_EQ(group["ages"]["data_seconds"], 20);
  EXPECT_TRUE(group["ages"]["model_seconds"].is_null());
  EXPECT_EQ(group["ages"]["calendar_seconds"], 20);
  EXPECT_EQ(group["quality"]["windows"], 575);
  EXPECT_EQ(group["quality"]["coverage"][2]["quantile"], 0.99);
  EXPECT_TRUE(group["quality"]["pinball"]["ratio"].is_null());
  EXPECT_EQ(group["price"]["position"], planning::initial_budget(0.001).position);
  EXPECT_EQ(group["data_from"], format_timestamp(now - 5 * kWeek));
  EXPECT_THAT(group["notices"].dump(), HasSubstr("Broken"));
  EXPECT_EQ(insight->group("none").error().code, ErrorCode::not_found);
}

TEST_F(InsightTest, ASeriesEndsAtThePresentAndGoesOnAsPlanned) {
  const auto series = parsed(insight->series("shop", {}, std::nullopt));
  EXPECT_EQ(series["time"].size(), 288U);
  EXPECT_EQ(series["boundary"], format_timestamp(now));
  EXPECT_EQ(series["to"], format_timestamp(now));
  EXPECT_NEAR(series["demand"][0].get<double>(), test_demand(now - kDay), 1e-3);
  EXPECT_EQ(series["q90"][5], 12);
  EXPECT_EQ(series["violating"][0], 0);
  EXPECT_EQ(series["changes"].size(), 1U);
  EXPECT_EQ(series["changes"][0], Json({{"time", format_timestamp(now)}, {"before", 19}, {"after", 20}}));
  // Six hours in windows of ten minutes.
  EXPECT_EQ(series["planned"]["time"].size(), 36U);
  EXPECT_EQ(series["planned"]["time"][0], format_timestamp(now));
  EXPECT_GE(series["planned"]["capacity"][0].get<int>(), 16);
}

TEST_F(InsightTest, BeforeTheFirstDecisionTheLineHasNulls) {
  const auto series = parsed(insight->series("shop", {now - 3 * kDay, now - kDay}, kHour));
  EXPECT_EQ(series["time"].size(), 48U);
  EXPECT_TRUE(series["desired"][0].is_null());
  EXPECT_TRUE(series["health"][0].is_null());
  EXPECT_TRUE(series["violating"][0].is_null());
  EXPECT_EQ(series["desired"][47], 19);
  EXPECT_EQ(series["health"][47], "full");
  EXPECT_EQ(series["planned"]["time"].size(), 0U);
}

TEST_F(InsightTest, ARangeOutOfBoundsIsRefused) {
  for (const auto& refused :
       {insight->series("shop", {now, now - kDay}, std::nullopt), insight->series("shop", {}, Duration{420}),
        insight->series("shop", {}, Duration{60}), insight->series("shop", {now - 401 * kDay, now}, kDay),
        insight->series("shop", {now - 300 * kDay, now}, kTestInterval)})
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(parsed(insight->series("shop", {now + kDay, now + 2 * kDay}, std::nullopt))["time"].size(), 0U);
}

TEST_F(InsightTest, DecisionsComeNewestFirstInPages) {
  const auto page = parsed(insight->decisions("shop", {}, {.limit = 2}));
  EXPECT_EQ(page["decisions"][0]["time"], format_timestamp(now));
  EXPECT_EQ(page["decisions"][0]["summary"], "Raise the capacity from 19 to 20, set by newsvendor.");
  EXPECT_EQ(page["decisions"][0]["sent"], true);
  const auto next = parsed(insight->decisions("shop", {}, {.cursor = page["next_cursor"], .limit = 2}));
  EXPECT_EQ(next["decisions"][0]["time"], format_timestamp(now - 2 * kTestInterval));
  EXPECT_EQ(next["decisions"][0]["sent"], false);
  const auto few = parsed(insight->decisions("shop", {now - kHour, now - kHour + 2 * kTestInterval}, {}));
  EXPECT_EQ(few["decisions"].size(), 2U);
  EXPECT_TRUE(few["next_cursor"].is_null());
}

TEST_F(InsightTest, ADecisionIsExplained) {
  const auto decision = parsed(insight->decision("shop", now));
  EXPECT_EQ(decision["quantiles"]["0.99"], 15);
  EXPECT_EQ(decision["stages"].size(), 2U);
  EXPECT_EQ(decision["outcome"]["state"], "accepted");
  EXPECT_THAT(decision["explanation"].get<std::string>(), HasSubstr("Stage by stage"));
  EXPECT_EQ(insight->decision("shop", now + Duration{1}).error().code, ErrorCode::not_found);
}

TEST_F(InsightTest, TheCalendarTellsWhatEventsDidAndWillDo) {
  const auto calendar = parsed(insight->calendar("shop", {}));
  ASSERT_EQ(calendar["events"].size(), 4U);
  const auto& sale = calendar["events"][0];
  EXPECT_EQ(sale["start"], format_timestamp(now + 2 * kDay - 2 * kHour));
  EXPECT_NEAR(sale["expected"]["middle"].get<double>(), 2, 0.05);
  EXPECT_EQ(sale["expected"]["basis"], "4 earlier events of kind sale");
  EXPECT_NEAR(sale["earlier"][0]["uplift"].get<double>(), 2, 0.05);
  EXPECT_EQ(calendar["problems"].size(), 1U);
  EXPECT_EQ(calendar["feeds"][0],
            Json({{"name", "shop/business_calendar.json"}, {"stale", false}, {"age_seconds", 20}}));
  EXPECT_NE(sale["id"], calendar["events"][1]["id"]);
}

TEST_F(InsightTest, AWhatIfShowsTheDifference) {
  const auto plan = parsed(insight->plan("shop", R"({"timezone": "Europe/Paris", "events": []})", "new.json", 3));
  EXPECT_EQ(plan["time"].size(), 3 * 288U);
  EXPECT_EQ(plan["from"], format_timestamp(now));
  EXPECT_LT(plan["difference"]["instance_hours"].get<double>(), -20);
  EXPECT_EQ(plan["events_removed"][0]["name"], "Sale");
  EXPECT_EQ(plan["replaces"], "shop/business_calendar.json");
  EXPECT_EQ(insight->plan("shop", "nonsense", "new.json", 3).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(insight->plan("quiet", kCalendar, "new.json", 3).error().code, ErrorCode::unavailable);
}

TEST_F(InsightTest, SavingsSayHowTheyWereComputed) {
  const auto savings = parsed(insight->savings("shop", 14));
  EXPECT_EQ(savings["from"], format_timestamp(now - 2 * kDay));
  EXPECT_NEAR(savings["almanac"]["instance_hours"].get<double>(), 48 * 20, 1);
  EXPECT_GT(savings["target_tracking"]["target_cpu"].get<double>(), 0);
  EXPECT_THAT(savings["note"].get<std::string>(), HasSubstr("one-minute values are not kept"));
  const auto none = parsed(insight->savings("quiet", 14));
  EXPECT_TRUE(none["almanac"].is_null());
  EXPECT_THAT(none["note"].get<std::string>(), HasSubstr("nothing was decided"));
  EXPECT_EQ(insight->savings("shop", 0).error().code, ErrorCode::invalid_input);
}

TEST(InsightJson, ANumberThatIsNoneIsNull) {
  JsonWriter json;
  json.begin_object();
  put_share(json, "of_nothing", std::numeric_limits<double>::quiet_NaN());
  put_share(json, "without_end", std::numeric_limits<double>::infinity());
  put_share(json, "share", 0.000123456);
  put_number(json, "number", kMissing);
  json.end_object();
  EXPECT_EQ(json.text(), R"({"of_nothing":null,"without_end":null,"share":0.0001235,"number":null})");
}

TEST_F(InsightTest, ATickIsSeenOnceItIsDone) {
  parsed(insight->group("shop"));
  now += kTestInterval;
  ASSERT_TRUE(dataset::Dataset(store, "shop", kTestInterval).append(test_row(now - kTestInterval, 15, 20)));
  ASSERT_TRUE(records::Ledger(store, "shop").add(test_record(now, 20, 23)));
  const records::Overrides overrides{.pause = records::Overrides::Pause{now + kHour, {"anna", "a migration", now}}};
  ASSERT_TRUE(store.put("shop/overrides.json", records::to_json(overrides), ports::PutCondition::always()));
  insight->tick_done("shop", now);
  const auto shop = parsed(insight->groups({.query = "shop"}))["groups"][0];
  EXPECT_EQ(shop["capacity"]["desired"], 23);
  EXPECT_EQ(shop["demand"]["now"], 15);
  EXPECT_EQ(shop["overrides"]["pause"]["who"], "anna");
  EXPECT_EQ(shop["attention"]["level"], "notice");
  EXPECT_EQ(parsed(insight->series("shop", {}, std::nullopt))["desired"].back(), 20);
  EXPECT_EQ(parsed(insight->group("shop"))["capacity"]["desired"], 23);
}

TEST_F(InsightTest, ABacktestIsStartedFollowedAndCancelled) {
  const auto started = parsed(insight->start_backtest("shop", 7));
  const std::string id = started["id"];
  const auto running = parsed(insight->backtest(id));
  EXPECT_EQ(running["state"], "running");
  EXPECT_TRUE(running["result"].is_null());
  EXPECT_EQ(insight->start_backtest("shop", 7).error().code, ErrorCode::conflict);
  EXPECT_TRUE(insight->cancel_backtest(id));
  EXPECT_EQ(parsed(insight->backtest(id))["state"], "cancelled");
  EXPECT_EQ(insight->start_backtest("shop", 29).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(insight->start_backtest("quiet", 7).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(insight->backtest("other").error().code, ErrorCode::not_found);
}

TEST_F(InsightTest, ManyAskWhileTicksGoOn) {
  std::vector<std::thread> viewers;
  std::atomic<int> failed{0};
  for (int i = 0; i < 4; ++i) {
    viewers.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        failed += insight->groups({}) ? 0 : 1;
        failed += insight->group("shop") ? 0 : 1;
        failed += insight->series("shop", {}, std::nullopt) ? 0 : 1;
      }
    });
  }
  for (int k = 0; k < 20; ++k) insight->tick_done("shop", now);
  for (auto& viewer : viewers) viewer.join();
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace almanac::insight
