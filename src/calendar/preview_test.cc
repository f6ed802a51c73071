#include "calendar/preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace almanac::calendar {
namespace {

using testing::HasSubstr;

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

Calendar shop() {
  return *Calendar::parse_json(R"({"timezone": "Europe/Paris", "is_sale_active": 1, "events": [
      {"name": "Soldes d'été", "kind": "sale", "start": "2026-06-24T08:00", "end": "2026-06-24T20:00",
       "expected_uplift": 3.5, "minimum_instances": 12},
      {"name": "Fête", "kind": "holiday", "start": "2026-07-14"},
      {"name": "Broken", "start": "2026-07-14T10:00", "end": "2026-07-14T09:00"}]})",
                               "shop.json");
}

TEST(Preview, ShowsLocalTimeAboveUtcWithPhasesExpectationsAndWarnings) {
  EXPECT_EQ(preview_text(shop(), {at("2026-06-20"), at("2026-07-20")}, at("2026-06-24T06:10")),
            R"(Events from Sat 2026-06-20 02:00 CEST to Mon 2026-07-20 02:00 CEST; local time is Europe/Paris.
The switch is_sale_active is ON now.

EVENT                                         KIND     STARTS                     ENDS                       LASTS  PHASES (LOCAL)                            EXPECTED
Soldes d'été                                  sale     Wed 2026-06-24 08:00 CEST  Wed 2026-06-24 20:00 CEST  12h    near from 06:00, opening until 08:30      x3.5 usual peak, at least 12 instances
  (now: opening, 10 minutes after the start)           Wed 2026-06-24 06:00 UTC   Wed 2026-06-24 18:00 UTC          closing from 19:30, near until 22:00
Fête                                          holiday  Tue 2026-07-14 00:00 CEST  Wed 2026-07-15 00:00 CEST  1d     near from Mon 22:00, opening until 00:30
                                              all day  Mon 2026-07-13 22:00 UTC   Tue 2026-07-14 22:00 UTC          closing from 23:30, near until Wed 02:00

1 problem in the calendar, 1 entry left out:
  warning: shop.json: entry 3 ("Broken"): end: "2026-07-14T09:00" is not after the start "2026-07-14T10:00"; entry left out
)");
}

TEST(Preview, WhatIsInUseWithADoubtIsANoteAfterWhatIsLost) {
  const Calendar calendar = *Calendar::parse_json(R"({"color": "red", "events": [
      {"name": "Nowhere", "start": "2026-06-24T08:00", "end": "2026-06-24T09:00"}, {"name": "Lost"}]})",
                                                  "shop.json");
  const std::string text = preview_text(calendar, {at("2026-06-20"), at("2026-07-20")}, at("2026-06-20"));
  EXPECT_THAT(text.substr(text.find("1 problem")),
              testing::StartsWith("1 problem in the calendar, 1 entry left out:\n"
                                  "  warning: shop.json: entry 2 (\"Lost\"): no \"start\"; entry left out\n"
                                  "\nIn use, but perhaps not as it is meant:\n"
                                  "  note: shop.json: \"color\": unknown key, ignored"));
  EXPECT_THAT(text, HasSubstr("  note: shop.json: timezone: not given"));
  const auto json =
      nlohmann::json::parse(preview_json(calendar, {at("2026-06-20"), at("2026-07-20")}, at("2026-06-20")));
  EXPECT_EQ(json["problems"][0]["lost"], true);
  EXPECT_EQ(json["problems"][1]["lost"], false);
}

TEST(Preview, SaysSoWhenThereIsNothing) {
  EXPECT_EQ(preview_text(Calendar{}, {at("2026-06-20"), at("2026-07-20")}, at("2026-06-20")),
            "Events from Sat 2026-06-20 00:00 UTC to Mon 2026-07-20 00:00 UTC; local time is UTC.\n"
            "No events in this time.\n");
}

TEST(Preview, GivesTheSameAsJson) {
  const auto json =
      nlohmann::json::parse(preview_json(shop(), {at("2026-06-20"), at("2026-07-20")}, at("2026-06-24T06:10")));
  EXPECT_EQ(json["timezone"], "Europe/Paris");
  EXPECT_EQ(json["is_sale_active"], 1);
  ASSERT_EQ(json["events"].size(), 2u);
  const auto& sale = json["events"][0];
  EXPECT_EQ(sale["name"], "Soldes d'été");
  EXPECT_EQ(sale["start"], "2026-06-24T06:00:00Z");
  EXPECT_EQ(sale["local_start"], "Wed 2026-06-24 08:00 CEST");
  EXPECT_EQ(sale["phase"], "opening");
  EXPECT_EQ(sale["phases"]["opening_until"], "2026-06-24T06:30:00Z");
  EXPECT_EQ(sale["expected_uplift"], 3.5);
  EXPECT_EQ(sale["minimum_instances"], 12);
  EXPECT_EQ(json["events"][1]["all_day"], true);
  EXPECT_FALSE(json["events"][1].contains("expected_uplift"));
  EXPECT_THAT(json["problems"][0]["where"].get<std::string>(), HasSubstr("entry 3"));
}

TEST(Preview, SaysWhatAGroupExpectsInPlaceOfWhatIsStated) {
  const ExpectedWords expected = [](const Event& event) {
    return event.expected_uplift ? std::string("x2.7: stated x3.5, 3 earlier events of its kind moved it") : "";
  };
  const TimeRange range{at("2026-06-20"), at("2026-07-20")};
  EXPECT_THAT(preview_text(shop(), range, at("2026-06-20"), expected),
              HasSubstr("x2.7: stated x3.5, 3 earlier events of its kind moved it, at least 12 instances"));
  const auto json = nlohmann::json::parse(preview_json(shop(), range, at("2026-06-20"), expected));
  EXPECT_EQ(json["events"][0]["expected"], "x2.7: stated x3.5, 3 earlier events of its kind moved it");
  EXPECT_EQ(json["events"][0]["expected_uplift"], 3.5);
  EXPECT_FALSE(json["events"][1].contains("expected"));
}

TEST(Preview, SurvivesNamesThatAreNoText) {
  Event event;
  event.name = "\xFF\xFE";
  event.kind = "sale";
  event.span = {at("2026-06-24"), at("2026-06-25")};
  const Calendar calendar = Calendar::of({event});
  EXPECT_FALSE(preview_text(calendar, {at("2026-06-20"), at("2026-07-20")}, at("2026-06-20")).empty());
  EXPECT_NO_THROW(
      nlohmann::json::parse(preview_json(calendar, {at("2026-06-20"), at("2026-07-20")}, at("2026-06-20"))));
}

}  // namespace
}  // namespace almanac::calendar
