#include "wiring/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/nearest.h"
#include "core/test_source_dir.h"

namespace almanac::wiring {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string mistake(const std::string& text) {
  const auto config = parse_config(text, "almanac.yaml", "/etc/almanac");
  if (config) return "accepted";
  EXPECT_EQ(config.error().code, ErrorCode::invalid_input);
  return config.error().message;
}

// A valid group on line 2 with `extra` from line 4 on.
std::string group_with(const std::string& extra) {
  return "groups:\n  - name: shop\n    source: {simulated: {}}\n" + extra;
}

TEST(Config, ReadsEverythingPeopleCanSay) {
  const auto config = parse_config(R"(
store: data
interval: 10m
groups:
  - name: shop-web
    source: {csv: rows.csv}
    scaling: {min: 2, max: 40, max_step_out: 5, max_step_in: 1, scale_in_stabilisation: 15m}
    calendar: [sales.ics, /srv/business_calendar.json]
    objective: {violating_requests: 0.5%, utilisation: 75%}
    capacity_per_instance: 12.5
    policy: threshold
    threshold: {scale_out_above: 60%, scale_in_below: 30%}
    mode: observe
    lead_time: 6m
    timezone: europe/paris
  - name: api
    source: {simulated: {seed: 7, boot: 90s, history: 2w}}
    calendar: api.ics
)",
                                   "almanac.yaml", "/etc/almanac");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->store, "/etc/almanac/data");
  EXPECT_EQ(config->interval, Duration{600});
  ASSERT_EQ(config->groups.size(), 2U);
  const GroupConfig& shop = config->groups[0];
  EXPECT_EQ(shop.name, "shop-web");
  ASSERT_TRUE(shop.csv);
  EXPECT_EQ(shop.csv->path, "/etc/almanac/rows.csv");
  EXPECT_FALSE(shop.simulated);
  EXPECT_EQ(shop.policy.min, 2);
  EXPECT_EQ(shop.policy.max, 40);
  EXPECT_EQ(shop.policy.max_scale_out, 5);
  EXPECT_EQ(shop.policy.max_scale_in, 1);
  EXPECT_EQ(shop.policy.scale_in_stabilisation, Duration{900});
  EXPECT_THAT(shop.calendars, ElementsAre("/etc/almanac/sales.ics", "/srv/business_calendar.json"));
  EXPECT_DOUBLE_EQ(shop.policy.objective, 0.005);
  EXPECT_DOUBLE_EQ(shop.policy.utilisation, 0.75);
  EXPECT_EQ(shop.capacity_per_instance, 12.5);
  EXPECT_EQ(shop.policy.kind, planning::PolicyKind::threshold);
  EXPECT_DOUBLE_EQ(shop.policy.threshold_out, 0.6);
  EXPECT_DOUBLE_EQ(shop.policy.threshold_in, 0.3);
  EXPECT_EQ(shop.policy.mode, planning::Mode::observe);
  EXPECT_EQ(shop.lead_time, Duration{360});
  EXPECT_EQ(shop.timezone, "Europe/Paris");
  EXPECT_FALSE(config->groups[1].timezone) << "that of its calendars";
  const GroupConfig& api = config->groups[1];
  ASSERT_TRUE(api.simulated);
  EXPECT_EQ(api.simulated->seed, 7U);
  EXPECT_EQ(api.simulated->boot, Duration{90});
  EXPECT_EQ(api.simulated->history, 2 * kWeek);
  EXPECT_THAT(api.calendars, ElementsAre("/etc/almanac/api.ics"));
}

TEST(Config, LittleIsEnough) {
  const auto config = parse_config("groups:\n  - name: shop\n    source:\n      simulated:\n", "almanac.yaml", ".");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->interval, Duration{300});
  EXPECT_TRUE(config->groups[0].simulated);
  EXPECT_EQ(config->groups[0].policy.mode, planning::Mode::own);
  EXPECT_DOUBLE_EQ(config->groups[0].policy.objective, 0.001);
}

TEST(Config, UnknownKeysComeWithPlaceAndSuggestion) {
  EXPECT_EQ(mistake(group_with("    scalling: {min: 1}\n")),
            "almanac.yaml:4:5: groups[0]: unknown key \"scalling\"; did you mean \"scaling\"?");
  EXPECT_THAT(mistake(group_with("    scaling: {minimum: 1}\n")),
              AllOf(HasSubstr("almanac.yaml:4:15: groups[0].scaling: unknown key \"minimum\""),
                    HasSubstr("expected one of min, max")));
  EXPECT_THAT(mistake("intervall: 5m\n" + group_with("")), HasSubstr("almanac.yaml:1:1: unknown key \"intervall\""));
}

TEST(Config, WrongValuesNameLineColumnAndWhatWasExpected) {
  EXPECT_EQ(mistake(group_with("    scaling: {min: many, max: 40}\n")),
            "almanac.yaml:4:20: groups[0].scaling.min: expected a whole number of instances, found \"many\"");
  EXPECT_EQ(mistake("interval: 5 minutes\n" + group_with("")),
            "almanac.yaml:1:11: interval: expected whole minutes that divide an hour, such as 5m, found \"5 minutes\"");
  EXPECT_THAT(mistake("interval: 7m\n" + group_with("")), HasSubstr("whole minutes that divide an hour"));
  EXPECT_THAT(mistake(group_with("    objective: {violating_requests: 0.1}\n")),
              HasSubstr("expected a percentage above 0% such as 0.1%, found \"0.1\""));
  EXPECT_THAT(mistake(group_with("    objective: {utilisation: 180%}\n")), HasSubstr("found \"180%\""));
  EXPECT_THAT(mistake(group_with("    objective: {utilisation: nan%}\n")), HasSubstr("found \"nan%\""));
  EXPECT_THAT(mistake(group_with("    mode: on\n")), HasSubstr("expected observe, floor or own, found \"on\""));
  EXPECT_THAT(mistake(group_with("    policy: [almanac]\n")), HasSubstr("expected almanac or threshold, found a list"));
  EXPECT_THAT(mistake(group_with("    lead_time: -5m\n")), HasSubstr("expected a duration such as 5m"));
  EXPECT_THAT(
      mistake(group_with("    timezone: Europe/Pariss\n")),
      HasSubstr("almanac.yaml:4:15: groups[0].timezone: \"Europe/Pariss\" is not a known time zone; did you mean "
                "Europe/Paris?"));
  EXPECT_THAT(mistake(group_with("    timezone: EST\n")), HasSubstr("an IANA name such as America/New_York"));
  EXPECT_THAT(mistake(group_with("    timezone: [UTC]\n")), HasSubstr("expected an IANA name such as Europe/Paris"));
  EXPECT_THAT(mistake(group_with("    scaling: 3\n")), HasSubstr("expected a mapping with min, max"));
  EXPECT_THAT(mistake(group_with("    calendar: {file: a}\n")),
              HasSubstr("expected a file name, an https URL or a list"));
  EXPECT_THAT(mistake(group_with("    capacity_per_instance: -1\n")), HasSubstr("requests per second above 0"));
  EXPECT_THAT(mistake(group_with("    scaling: {max: }\n")),
              HasSubstr("expected a whole number of instances, found nothing"));
}

TEST(Config, MinAboveMaxIsRefusedWhereItStands) {
  EXPECT_EQ(mistake(group_with("    scaling:\n      max: 4\n      min: 9\n")),
            "almanac.yaml:6:12: groups[0].scaling.min: expected min <= max, found min 9 and max 4");
}

TEST(Config, SourcesAndNamesAreChecked) {
  EXPECT_THAT(mistake("groups:\n  - name: shop\n"),
              HasSubstr("groups[0].source: expected where the metrics come from"));
  EXPECT_THAT(mistake("groups:\n  - name: shop\n    source: {csv: a, simulated: {}}\n"), HasSubstr("found more"));
  EXPECT_THAT(mistake("groups:\n  - source: {csv: a}\n"), HasSubstr("groups[0].name: expected a name"));
  EXPECT_THAT(mistake("groups:\n  - name: a/b\n    source: {csv: a}\n"), HasSubstr("letters, digits"));
  EXPECT_THAT(mistake("groups:\n  - name: ..\n    source: {csv: a}\n"), HasSubstr("letters, digits"));
  EXPECT_THAT(mistake("groups:\n- {name: a, source: {csv: x}}\n- {name: a, source: {csv: y}}\n"),
              HasSubstr("almanac.yaml:3:3: groups[1].name: the name \"a\" is already taken"));
  EXPECT_THAT(mistake(group_with("    name: again\n")), HasSubstr("the key \"name\" stands twice"));
}

TEST(Config, ReadsWhatIsInAws) {
  const auto config = parse_config(R"(
store: s3://my-bucket/almanac
aws: {region: eu-west-1, profile: ops, endpoint: "http://127.0.0.1:5000"}
notify:
  - sns: arn:aws:sns:eu-west-1:123456789012:almanac
  - webhook: https://hooks.example.com/T0/B0
groups:
  - name: shop
    source:
      aws:
        auto_scaling_group: shop-asg
        region: eu-central-1
        load_balancer: arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/50dc6c495c0c9188
        target_group: targetgroup/shop/73e2d6bc24d8a067
    calendar: https://calendar.example.com/sales.ics
  - name: api
    source: {aws: {metric: {namespace: Shop, name: Orders, dimensions: {Stage: prod, Region: eu}}}}
    mode: floor
)",
                                   "almanac.yaml", "/etc/almanac");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->store, "s3://my-bucket/almanac");
  EXPECT_EQ(config->aws.region, "eu-west-1");
  EXPECT_EQ(config->aws.profile, "ops");
  EXPECT_EQ(config->aws.endpoint, "http://127.0.0.1:5000");
  ASSERT_EQ(config->notify.size(), 2U);
  EXPECT_EQ(config->notify[0].kind, NotifyTarget::Kind::sns);
  EXPECT_EQ(config->notify[1].address, "https://hooks.example.com/T0/B0");
  const AwsSource& shop = *config->groups[0].aws;
  EXPECT_EQ(shop.auto_scaling_group, "shop-asg");
  EXPECT_EQ(shop.region, "eu-central-1");
  EXPECT_EQ(shop.load_balancer, "app/shop/50dc6c495c0c9188");
  EXPECT_EQ(shop.target_group, "targetgroup/shop/73e2d6bc24d8a067");
  EXPECT_THAT(config->groups[0].calendars, ElementsAre("https://calendar.example.com/sales.ics"));
  EXPECT_EQ(config->groups[0].policy.mode, planning::Mode::observe) << "a new group is only watched";
  const AwsSource& api = *config->groups[1].aws;
  EXPECT_EQ(api.auto_scaling_group, "api") << "named like the group";
  EXPECT_EQ(api.metric->dimensions.at("Stage"), "prod");
  EXPECT_EQ(config->groups[1].policy.mode, planning::Mode::floor);
}

TEST(Config, ReadsHowTheDaemonRuns) {
  const auto config = parse_config(
      "run: {workers: 3, training: off}\nserve: {listen: \"0.0.0.0:8080\", token_file: token, hosts: "
      "[almanac.example.com]}\n" +
          group_with(""),
      "almanac.yaml", "/etc/almanac");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->run.workers, 3);
  EXPECT_FALSE(config->run.training);
  EXPECT_EQ(config->serve.listen, "0.0.0.0:8080");
  EXPECT_EQ(config->serve.token_file, "/etc/almanac/token");
  EXPECT_THAT(config->serve.hosts, ElementsAre("almanac.example.com"));
  EXPECT_THAT(mistake("run: {workers: 0}\n" + group_with("")), HasSubstr("a whole number from 1 to 256"));
  EXPECT_THAT(mistake("serve: {listen: everywhere}\n" + group_with("")), HasSubstr("127.0.0.1:8080"));
  EXPECT_THAT(mistake("serve: {hosts: one}\n" + group_with("")), HasSubstr("expected a list such as"));
}

TEST(Config, WhatIsWrongAboutAwsIsSaid) {
  const std::string group = "groups:\n  - name: shop\n    source: {simulated: {}}\n";
  EXPECT_THAT(mistake(group + "notify: [{sns: topic}]\n"), HasSubstr("expected the ARN of a topic"));
  EXPECT_THAT(mistake(group + "notify: [{}]\n"), HasSubstr("expected one of {sns: ARN}"));
  EXPECT_THAT(mistake(group + "notify: [{webhook_env: ALMANAC_TEST_NOT_SET}]\n"),
              HasSubstr("in the environment variable ALMANAC_TEST_NOT_SET, found nothing"));
  EXPECT_THAT(mistake(group + "aws: {endpoint: localhost}\n"), HasSubstr("expected a URL"));
  EXPECT_THAT(mistake("groups: [{name: a, source: {aws: {metric: {name: n}}}}]\n"),
              HasSubstr("both namespace and name"));
  // A webhook's path is a secret, so a wrong one is not repeated.
  EXPECT_THAT(mistake(group + "notify: [{webhook: hooks.example.com/SECRET}]\n"), testing::Not(HasSubstr("SECRET")));
}

TEST(Config, AllMistakesAreToldAtOnceInFileOrder) {
  EXPECT_EQ(mistake("stor: x\ngroups:\n  - name: shop\n    source: {simulated: {}}\n    mode: on\ninterval: 5\n"),
            "almanac.yaml:1:1: unknown key \"stor\"; did you mean \"store\"?\n"
            "almanac.yaml:5:11: groups[0].mode: expected observe, floor or own, found \"on\"\n"
            "almanac.yaml:6:11: interval: expected whole minutes that divide an hour, such as 5m, found \"5\"");
}

TEST(Config, WhatIsNotYamlOrNotAMappingIsRefused) {
  EXPECT_THAT(mistake("groups: [\n"), HasSubstr("is not valid YAML"));
  EXPECT_THAT(mistake("a: b: c\n"), HasSubstr("almanac.yaml:1:"));
  EXPECT_THAT(mistake(""), HasSubstr("expected settings such as"));
  EXPECT_THAT(mistake("- a\n"), HasSubstr("found a list"));
  EXPECT_THAT(mistake("groups: []\n"), HasSubstr("at least one group"));
  EXPECT_THAT(mistake("groups: [3]\n"), HasSubstr("expected a mapping with name"));
  EXPECT_THAT(mistake(std::string("\x7f"
                                  "ELF\0\1\2",
                                  7)),
              HasSubstr("almanac.yaml"));
}

TEST(Config, TheBuiltInDefaultsNeedNoCloud) {
  const Config config = default_config();
  ASSERT_TRUE(config.group("shop"));
  EXPECT_TRUE((*config.group("shop"))->simulated);
  const auto missing = config.group("shoop");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("did you mean \"shop\"?"));
}

TEST(Config, NearestFindsSlipsNotOtherWords) {
  const std::vector<std::string> known{"min", "max", "scale_in_stabilisation"};
  EXPECT_EQ(nearest("mni", known), "min");         // two neighbours swapped are one slip
  EXPECT_EQ(nearest("mkl", known), std::nullopt);  // two of three letters differ
  EXPECT_EQ(nearest("mn", known), "min");
  EXPECT_EQ(nearest("scale_in_stabilization", known), "scale_in_stabilisation");
  EXPECT_EQ(nearest("colour", known), std::nullopt);
}

// "groups[].scaling.min" for every property of the schema.
void schema_keys(const nlohmann::json& node, const std::string& path, std::vector<std::string>& keys) {
  if (node.contains("items")) schema_keys(node["items"], path + "[]", keys);
  if (!node.contains("properties")) return;
  EXPECT_EQ(node.value("additionalProperties", true), false) << "at " << path;
  for (const auto& [key, value] : node["properties"].items()) {
    const std::string full = path.empty() ? key : path + "." + key;
    keys.push_back(full);
    schema_keys(value, full, keys);
  }
}

TEST(Config, TheSchemaListsTheKeysThatTheParserKnows) {
  std::ifstream in(test_source_dir() + "/docs/almanac.schema.json");
  const nlohmann::json schema = nlohmann::json::parse(in);
  std::vector<std::string> keys;
  schema_keys(schema, "", keys);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, config_keys());
}

TEST(CheckFloor, AFloorAboveTheMaximumIsRefusedNamingBoth) {
  GroupConfig group;
  group.name = "api";
  group.policy.max = 40;
  EXPECT_TRUE(check_floor(group, 40));
  const auto refused = check_floor(group, 50);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::AllOf(testing::HasSubstr("50"), testing::HasSubstr("scaling.max")));
}

}  // namespace
}  // namespace almanac::wiring
