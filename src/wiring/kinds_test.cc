#include "wiring/kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/local/system_clock.h"
#include "ports/fake_metric_source.h"
#include "ports/fake_scaling_group.h"
#include "ports/memory_object_store.h"
#include "wiring/config.h"
#include "wiring/config_keys.h"
#include "wiring/group_ports.h"

namespace almanac::wiring {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();
constexpr Duration kInterval{300};

// All that somebody writes who adds a kind of metrics: rivers that carry as many requests as their gauge says.
class RiverKind final : public kinds::MetricsKind {
 public:
  std::string name() const override { return "river"; }
  std::string thing() const override { return "a river"; }
  std::string doc() const override { return "A river whose gauge counts requests."; }
  settings::Keys keys() const override {
    return {settings::number("gauge", "What it carries in an interval.").needed(),
            settings::choice("flows", "Where to.", {"north", "south"}).otherwise_is("south")};
  }
  void check(const settings::Values& values, settings::Mistakes& mistakes) const override {
    if (values.get<double>("gauge") > 9000) mistakes.add(values.place("gauge"), "expected no flood");
  }
  kinds::Columns columns(const settings::Values&) const override { return {"request_count"}; }
  Result<kinds::Metrics> make(const settings::Values& values, const kinds::Surroundings& around) const override {
    auto source = std::make_shared<ports::FakeMetricSource>();
    for (Timestamp t = around.clock->now() - kHour; t < around.clock->now(); t += around.interval) {
      Row row{};
      row.start = t;
      row.request_count = values.get<double>("gauge");
      source->put(row);
    }
    return kinds::Metrics{source, around.clock->now() - kHour, std::nullopt};
  }
};

// The same of a target: a mill, which lives in the time it is told.
struct Mill {
  Timestamp time;
};
class MillKind final : public kinds::TargetKind {
 public:
  std::string name() const override { return "mill"; }
  std::string doc() const override { return "A mill with wheels."; }
  settings::Keys keys() const override { return {settings::count("wheels", "How many turn.").needed()}; }
  Result<std::shared_ptr<ports::ScalingGroup>> make(const settings::Values& values,
                                                    const kinds::Surroundings& around) const override {
    const auto mill = std::make_shared<Mill>();
    around.beside->put(mill);
    around.followers->push_back([mill](Timestamp now) -> Result<void> {
      mill->time = now;
      return {};
    });
    const int wheels = static_cast<int>(values.get<std::int64_t>("wheels"));
    return std::make_shared<ports::FakeScalingGroup>(
        ports::GroupState{.min = around.steering.min, .max = around.steering.max, .desired = wheels});
  }
};

const kinds::Kinds& kinds_with_toys() {
  static const RiverKind river;
  static const MillKind mill;
  static const kinds::Kinds all = [] {
    kinds::Kinds kinds = all_kinds();
    kinds.metrics.push_back(&river);
    kinds.targets.push_back(&mill);
    return kinds;
  }();
  return all;
}

std::string group_of(const std::string& metrics, const std::string& target, const std::string& more = "") {
  return "groups:\n  - name: shop\n    metrics: " + metrics + "\n    target: " + target + "\n" + more;
}

Result<Config> parse(const std::string& text) {
  return parse_config(text, "almanac.yaml", "/etc/almanac", kinds_with_toys());
}

std::string mistake(const std::string& text) {
  const auto config = parse(text);
  return config ? "accepted" : config.error().message;
}

struct ToyTest : testing::Test {
  ports::MemoryObjectStore store;
  std::shared_ptr<ports::ManualClock> clock = std::make_shared<ports::ManualClock>(kNoon);
  AwsConnections connections{{}, std::make_shared<adapters::SystemClock>()};
  Site site{store, kInterval, clock, kinds::Visitor::daemon, connections};
};

TEST_F(ToyTest, IsReadMadeAndToldTheTime) {
  const auto config = parse(group_of("{kind: river, gauge: 600}", "{kind: mill, wheels: 7}", "    mode: own\n"));
  ASSERT_TRUE(config) << config.error().message;
  const GroupConfig& group = config->groups[0];
  EXPECT_FALSE(group.simulated());
  EXPECT_EQ(group.policy.mode, planning::Mode::own);
  const auto ports = make_ports(group, site);
  ASSERT_TRUE(ports) << ports.error().message;
  EXPECT_EQ(ports->target->describe()->desired, 7);
  EXPECT_EQ(ports->collect.first, kNoon - kHour);
  const auto rows = ports->metrics->read({kNoon - kHour, kNoon}, kInterval);
  ASSERT_EQ(rows->size(), 12U);
  EXPECT_EQ(rows->front().request_count, 600);
  ASSERT_TRUE(ports->advance(kNoon + kInterval));
  EXPECT_EQ(clock->now(), kNoon + kInterval);
}

TEST_F(ToyTest, ItsMistakesAreToldLikeAllOthers) {
  EXPECT_EQ(mistake(group_of("{kind: rivver, gauge: 600}", "{kind: mill, wheels: 7}")),
            "almanac.yaml:3:21: groups[0].metrics.kind: unknown kind \"rivver\"; did you mean \"river\"?");
  EXPECT_EQ(mistake(group_of("{kind: river, gaugee: 600}", "{kind: mill, wheels: x}")),
            "almanac.yaml:3:14: groups[0].metrics.gauge: expected a number above 0, found nothing\n"
            "almanac.yaml:3:28: groups[0].metrics: unknown key \"gaugee\"; did you mean \"gauge\"?\n"
            "almanac.yaml:4:34: groups[0].target.wheels: expected a whole number, found \"x\"");
  EXPECT_EQ(mistake(group_of("{kind: river, gauge: 10000}", "{kind: mill, wheels: 1}")),
            "almanac.yaml:3:35: groups[0].metrics.gauge: expected no flood");
}

TEST_F(ToyTest, SchemaAndTablesKnowIt) {
  const auto schema = nlohmann::json::parse(config_schema(kinds_with_toys()));
  const auto& group = schema["properties"]["groups"]["items"]["properties"];
  const auto& river = schema["$defs"]["one-of-metrics"]["oneOf"].back();
  EXPECT_EQ(river["properties"]["kind"]["const"], "river");
  EXPECT_EQ(river["required"], nlohmann::json({"kind", "gauge"}));
  EXPECT_EQ(river["properties"]["flows"]["default"], "south");
  EXPECT_EQ(group["target"]["oneOf"].back()["properties"]["wheels"]["type"], "integer");
  EXPECT_THAT(config_key_tables(kinds_with_toys()), HasSubstr("| gauge | number | required | What it carries in an"));
}

TEST(Kinds, NamesKeysAndWordsAreWhole) {
  std::vector<const kinds::Kind*> all(all_kinds().metrics.begin(), all_kinds().metrics.end());
  all.insert(all.end(), all_kinds().targets.begin(), all_kinds().targets.end());
  for (const kinds::Kind* kind : all) {
    EXPECT_FALSE(kind->name().empty());
    EXPECT_TRUE(kind->doc().ends_with(".")) << kind->name() << ": " << kind->doc();
    for (const settings::Key& key : kind->keys()) {
      EXPECT_TRUE(key.doc.ends_with(".")) << kind->name() << "." << key.name << ": " << key.doc;
      EXPECT_NE(key.name, "kind");
      EXPECT_NE(key.name, "columns") << "every source has it";
    }
  }
}

TEST(Kinds, WhatSourceStandsForIsTheSameAsSayingIt) {
  const auto same = [](const std::string& source, const std::string& metrics, const std::string& target) {
    const auto brief = parse("groups:\n  - {name: shop, source: " + source + "}\n"),
               whole = parse(group_of(metrics, target));
    ASSERT_TRUE(brief && whole) << (brief ? whole : brief).error().message;
    const GroupConfig &a = brief->groups[0], &b = whole->groups[0];
    EXPECT_EQ(a.metrics[0].kind, b.metrics[0].kind);
    EXPECT_EQ(a.metrics[0].columns, b.metrics[0].columns);
    EXPECT_EQ(a.target->kind, b.target->kind);
    EXPECT_EQ(a.policy.mode, b.policy.mode);
    EXPECT_EQ(a.policy.max, b.policy.max);
    EXPECT_EQ(a.simulated(), b.simulated());
  };
  same("{csv: rows.csv}", "{kind: csv, file: rows.csv}", "{kind: watched}");
  same("{simulated: {}}", "{kind: simulated}", "{kind: simulated}");
  same("{aws: {}}", "{kind: cloudwatch}", "{kind: auto_scaling_group}");
  same("{aws: {load_balancer: app/shop/1}}", "{kind: cloudwatch, load_balancer: app/shop/1}",
       "{kind: auto_scaling_group}");
}

TEST(Kinds, MetricsAndTargetAreChosenApart) {
  const auto config = parse(group_of("{kind: csv, file: rows.csv}", "{kind: auto_scaling_group}", "    mode: own\n"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->groups[0].policy.mode, planning::Mode::own) << "the target can be steered";
  EXPECT_EQ(mistake(group_of("{kind: river, gauge: 1}", "{kind: watched}", "    mode: own\n")),
            "almanac.yaml:5:11: groups[0].mode: expected observe: a river cannot be scaled");
}

TEST(Kinds, HalfASettingIsRefusedWithWhatLacks) {
  EXPECT_THAT(mistake("groups: [{name: a, metrics: {kind: csv, file: x}}]"),
              HasSubstr("groups[0].target: expected what is scaled"));
  EXPECT_THAT(mistake("groups: [{name: a, target: {kind: watched}}]"),
              HasSubstr("groups[0].metrics: expected where the metrics come from"));
  EXPECT_THAT(mistake(group_of("{kind: csv, file: x}", "{kind: watched}", "    source: {csv: x}\n")),
              HasSubstr("groups[0].source: expected either source, or metrics and target, found both"));
  EXPECT_THAT(mistake(group_of("{kind: simulated}", "{kind: watched}")),
              HasSubstr("groups[0].metrics: expected a target of kind simulated beside metrics of kind simulated"));
  EXPECT_THAT(mistake(group_of("[]", "{kind: watched}")), HasSubstr("groups[0].metrics: expected a mapping with kind"));
}

kinds::Columns columns_of(const Result<Config>& config, std::size_t source) {
  return config ? config->groups[0].metrics[source].columns : kinds::Columns{config.error().message};
}

TEST(SeveralSources, AColumnIsFedByWhoNamesItElseByTheFirstThatKnowsIt) {
  const auto named = parse(
      group_of("[{kind: cloudwatch}, {kind: csv, file: x, columns: [request_count]}]", "{kind: auto_scaling_group}"));
  EXPECT_THAT(columns_of(named, 0), ElementsAre("cpu_utilization", "network_in", "in_service_instances"));
  EXPECT_THAT(columns_of(named, 1), ElementsAre("request_count", "request_peak")) << "the peak is of the same requests";
  const auto ordered = parse(group_of("[{kind: river, gauge: 1}, {kind: csv, file: x}]", "{kind: watched}"));
  EXPECT_THAT(columns_of(ordered, 0), ElementsAre("request_count"));
  EXPECT_THAT(columns_of(ordered, 1), ElementsAre("cpu_utilization", "network_in", "in_service_instances"))
      << "not the peak of other requests";
  const auto peak =
      parse(group_of("[{kind: river, gauge: 1}, {kind: csv, file: x, columns: [request_peak]}]", "{kind: watched}"));
  EXPECT_THAT(columns_of(peak, 1), ElementsAre("request_peak")) << "unless somebody says so";
}

TEST(SeveralSources, WhatCannotBeIsRefused) {
  EXPECT_EQ(mistake(group_of("[{kind: csv, file: x, columns: [cpu_utilization]}, {kind: csv, file: y, columns: "
                             "[cpu_utilization]}]",
                             "{kind: watched}")),
            "almanac.yaml:3:95: groups[0].metrics[1].columns: cpu_utilization is fed by a CSV file already; expected "
            "each column of one source");
  EXPECT_THAT(mistake(group_of("[{kind: csv, file: x}, {kind: river, gauge: 1}]", "{kind: watched}")),
              HasSubstr("groups[0].metrics[1]: a river would feed nothing"));
  EXPECT_THAT(mistake(group_of("{kind: river, gauge: 1, columns: [network_in]}", "{kind: watched}")),
              HasSubstr("a river does not know network_in as it is set here; it knows request_count"));
  EXPECT_THAT(mistake(group_of("{kind: csv, file: x, columns: [request_cuont]}", "{kind: watched}")),
              HasSubstr("unknown name \"request_cuont\"; did you mean \"request_count\"?"));
}

TEST_F(ToyTest, SeveralFeedOneGroup) {
  const auto config =
      parse(group_of("[{kind: river, gauge: 600}, {kind: csv, file: /nowhere.csv}]", "{kind: mill, wheels: 2}"));
  ASSERT_TRUE(config) << config.error().message;
  const auto ports = make_ports(config->groups[0], site);
  ASSERT_TRUE(ports);
  EXPECT_EQ(ports->collect.feeds.size(), 2U);
  const TimeRange hour{kNoon - kHour, kNoon};
  const auto rows = ports->metrics->read(hour, kInterval);
  ASSERT_TRUE(rows) << "the river flows";
  EXPECT_EQ(rows->front().request_count, 600);
  EXPECT_THAT(ports->metrics->failures(hour),
              ElementsAre(testing::Field(&Error::message, AllOf(HasSubstr("csv: "), HasSubstr("nowhere")))));
}

}  // namespace
}  // namespace almanac::wiring
