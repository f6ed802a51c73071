#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/time.h"
#include "settings/schema.h"
#include "settings/yaml.h"

namespace almanac::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A list of keys of every form.
Keys boats() {
  return {text("name", "What it is called.").expecting("a name of letters").matching("^[a-z]+$").needed(),
          file("chart", "Where it sails."),
          count("crew", "Who sails it.").between(1, 12).otherwise_is("4"),
          number("draught", "How deep it goes."),
          percentage("load", "How full it may be.").otherwise_is("80%"),
          duration("watch", "Of one sailor.").more_than_zero(),
          flag("lights", "At night.").otherwise_is("true"),
          choice("rig", "Its sails.", {"sloop", "ketch"}),
          texts("ports", "Where it calls.").or_list(),
          texts("flags", "What it flies.", {"red", "green"}),
          named_texts("headers", "What it says.").hidden(),
          text("code", "Its secret.").matching("^x").expecting("a code").hidden(),
          block("engine", "What drives it.", {text("fuel", "What it burns.").needed(), count("power", "In kW.")}),
          blocks("boats", "What it carries.", {text("name", "Its name.").needed()}).at_least(1),
          variant("anchor", "What holds it.",
                  {block("plough", "Digs.", {number("weight", "In kg.").needed()}), block("stone", "Lies.", {})})
              .or_list()};
}

struct Read {
  explicit Read(const std::string& text) : values(read_yaml(text, boats(), "/etc", mistakes)) {}
  Mistakes mistakes{"boat.yaml"};
  Values values;
};

std::string mistakes_of(const std::string& text) {
  return Read(text).mistakes.text();
}

TEST(Settings, EveryFormIsReadAsItsType) {
  const Read read(R"(
name: anna
chart: north.txt
crew: 6
draught: 1.5
load: 50 %
watch: 1h30m
lights: off
rig: ketch
ports: kiel
flags: [green]
headers: {X-Boat: anna}
code: x1
engine: {fuel: oil, power: 30}
boats: [{name: tender}]
anchor: [{kind: plough, weight: 12}, {kind: stone}]
)");
  ASSERT_TRUE(read.mistakes.none()) << read.mistakes.text();
  const Values& v = read.values;
  EXPECT_EQ(v.get<std::string>("name"), "anna");
  EXPECT_EQ(v.get<std::string>("chart"), "/etc/north.txt") << "beside the settings";
  EXPECT_EQ(v.get<std::int64_t>("crew"), 6);
  EXPECT_EQ(v.get<double>("draught"), 1.5);
  EXPECT_EQ(v.get<double>("load"), 0.5);
  EXPECT_EQ(v.get<Duration>("watch"), Duration{5400});
  EXPECT_FALSE(v.get<bool>("lights"));
  EXPECT_EQ(v.get<std::string>("rig"), "ketch");
  EXPECT_THAT(v.get<std::vector<std::string>>("ports"), ElementsAre("kiel"));
  EXPECT_THAT(v.get<std::vector<std::string>>("flags"), ElementsAre("green"));
  EXPECT_EQ((v.get<std::map<std::string, std::string>>("headers").at("X-Boat")), "anna");
  EXPECT_EQ(v.get<Values>("engine").get<std::int64_t>("power"), 30);
  EXPECT_EQ(v.get<std::vector<Values>>("boats")[0].get<std::string>("name"), "tender");
  const auto& anchors = v.get<std::vector<Values>>("anchor");
  ASSERT_EQ(anchors.size(), 2U);
  EXPECT_EQ(anchors[0].get<double>("weight"), 12);
  EXPECT_EQ(anchors[1].get<std::string>("kind"), "stone");
}

TEST(Settings, WhatIsNotSaidIsTheDefaultOrNothing) {
  const Read read("name: anna");
  ASSERT_TRUE(read.mistakes.none()) << read.mistakes.text();
  EXPECT_EQ(read.values.get<std::int64_t>("crew"), 4);
  EXPECT_FALSE(read.values.has("crew")) << "nobody said so";
  EXPECT_EQ(read.values.find<double>("draught"), std::nullopt);
  EXPECT_FALSE(read.values.find<Values>("engine")) << "a block that needs something is not there";
}

TEST(Settings, AMistakeSaysWhereItStandsAndWhatWasExpected) {
  EXPECT_EQ(mistakes_of("name: anna\ncrew: many\n"), "boat.yaml:2:7: crew: expected a whole number, found \"many\"");
  EXPECT_EQ(mistakes_of("crew: 5\n"), "boat.yaml:1:1: name: expected a name of letters, found nothing");
  EXPECT_EQ(mistakes_of("name: anna\ncrew: 13\n"), "boat.yaml:2:7: crew: expected a whole number, found \"13\"");
  EXPECT_EQ(mistakes_of("name: ANNA"), "boat.yaml:1:7: name: expected a name of letters, found \"ANNA\"");
  EXPECT_THAT(mistakes_of("name: anna\nload: 0.5\n"), HasSubstr("expected a percentage above 0% such as 80%"));
  EXPECT_THAT(mistakes_of("name: anna\nwatch: 0s\n"), HasSubstr("expected a duration such as 5m, found \"0s\""));
  EXPECT_THAT(mistakes_of("name: anna\nrig: yawl\n"), HasSubstr("rig: expected sloop or ketch, found \"yawl\""));
  EXPECT_THAT(mistakes_of("name: anna\nengine: {power: 3}\n"),
              HasSubstr("engine.fuel: expected a text, found nothing"));
  EXPECT_THAT(mistakes_of("name: anna\nengine: 3\n"), HasSubstr("engine: expected a mapping with fuel, power, found"));
  EXPECT_THAT(mistakes_of("name: anna\nboats: []\n"), HasSubstr("boats: expected a list, found a list"));
  EXPECT_THAT(mistakes_of("name: anna\nboats: [~]\n"), HasSubstr("boats[0]: is empty"));
  EXPECT_THAT(mistakes_of("name: anna\nname: berta\n"), HasSubstr("the key \"name\" stands twice"));
}

TEST(Settings, AWordThatIsNearlyKnownIsGuessedInTheMessageOnly) {
  EXPECT_EQ(mistakes_of("name: anna\ncrow: 5\n"), "boat.yaml:2:1: unknown key \"crow\"; did you mean \"crew\"?");
  EXPECT_EQ(mistakes_of("name: anna\nanchor: {kind: plow}\n"),
            "boat.yaml:2:16: anchor.kind: unknown kind \"plow\"; expected one of plough, stone");
  EXPECT_EQ(mistakes_of("name: anna\nanchor: {kind: ston}\n"),
            "boat.yaml:2:16: anchor.kind: unknown kind \"ston\"; did you mean \"stone\"?");
  EXPECT_THAT(mistakes_of("name: anna\nanchor: {kind: plough, wait: 3, weight: 4}\n"),
              HasSubstr("anchor: unknown key \"wait\"; expected one of kind, weight"));
  EXPECT_THAT(mistakes_of("name: anna\nflags: [gren]\n"), HasSubstr("unknown name \"gren\"; did you mean \"green\"?"));
  EXPECT_THAT(mistakes_of("name: anna\nanchor: {weight: 3}\n"),
              HasSubstr("anchor.kind: expected plough or stone, found nothing"));
}

TEST(Settings, ABlockOfWhichOneKeyIsMeantTakesNoOtherNumber) {
  const Keys keys{block("light", "What is lit.", {text("lamp", "A lamp."), text("torch", "A torch.")})
                      .with_only_one("one of lamp and torch")};
  const auto read = [&](const std::string& yaml) {
    Mistakes mistakes("boat.yaml");
    read_yaml(yaml, keys, "", mistakes);
    return mistakes.text();
  };
  EXPECT_EQ(read("light: {lamp: oil}"), "");
  EXPECT_EQ(read("light: {}"), "boat.yaml:1:8: light: expected one of lamp and torch, found none");
  EXPECT_EQ(read("light: {lamp: oil, torch: oil}"), "boat.yaml:1:8: light: expected one of lamp and torch, found more");
  EXPECT_EQ(nlohmann::json::parse(json_schema(keys, "", ""))["properties"]["light"]["maxProperties"], 1);
}

TEST(Settings, ASecondDocumentIsNotSilentlyLeftOut) {
  EXPECT_EQ(mistakes_of("name: anna\n---\nname: berta\n"),
            "boat.yaml:3:1: expected one document, found another one behind a line of \"---\"");
  EXPECT_EQ(mistakes_of("---\nname: anna\n"), "") << "the first may be marked";
}

TEST(Settings, ASecretIsNeverRepeated) {
  EXPECT_EQ(mistakes_of("name: anna\ncode: SECRET\n"), "boat.yaml:2:7: code: expected a code");
  EXPECT_THAT(mistakes_of("name: anna\nheaders: SECRET\n"), testing::Not(HasSubstr("SECRET")));
}

TEST(Settings, ALongTextIsNoNameAndTakesNoStack) {
  EXPECT_THAT(mistakes_of("name: " + std::string(1000000, 'a')), HasSubstr("expected a name of letters"));
}

TEST(Settings, OnlyWhatCouldBeReadIsComplete) {
  EXPECT_TRUE(Read("name: anna").values.complete());
  const Read read("name: anna\nengine: {power: 3}\nanchor: {kind: stone}\n");
  EXPECT_FALSE(read.values.complete());
  EXPECT_TRUE(read.values.get<std::vector<Values>>("anchor")[0].complete());
}

TEST(Settings, TheSchemaSaysTheSame) {
  const auto schema = nlohmann::json::parse(json_schema(boats(), "boat.yaml", "A boat."));
  EXPECT_EQ(schema["required"], nlohmann::json({"name"}));
  EXPECT_EQ(schema["additionalProperties"], false);
  const auto& keys = schema["properties"];
  EXPECT_EQ(keys["name"]["pattern"], "^[a-z]+$");
  EXPECT_EQ(keys["crew"], nlohmann::json::parse(R"({"description": "Who sails it.", "type": "integer", "minimum": 1,
                                                   "maximum": 12, "default": 4})"));
  EXPECT_EQ(keys["lights"]["default"], true);
  EXPECT_EQ(keys["rig"]["enum"], nlohmann::json({"sloop", "ketch"}));
  EXPECT_EQ(keys["engine"]["required"], nlohmann::json({"fuel"}));
  const auto& plough = schema["$defs"]["one-of-anchor"]["oneOf"][0];
  EXPECT_EQ(plough["properties"]["kind"]["const"], "plough");
  EXPECT_EQ(plough["required"], nlohmann::json({"kind", "weight"}));
}

TEST(Settings, TheTableSaysTheSame) {
  const std::string table = key_table(boats());
  EXPECT_THAT(table, HasSubstr("| name | text | required | What it is called. |\n"));
  EXPECT_THAT(table, HasSubstr("| crew | whole number | `4` | Who sails it. |\n"));
  EXPECT_THAT(table, HasSubstr("| engine.power | whole number |  | In kW. |\n"));
  EXPECT_THAT(table, HasSubstr("| boats[].name | text | required | Its name. |\n"));
}

}  // namespace
}  // namespace almanac::settings
