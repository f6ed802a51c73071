#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "calendar/test_calendar.h"
#include "calendar/zone.h"

namespace almanac::calendar {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Calendar read(std::string_view json) {
  return calendar::read(json, "shop.json");
}

std::string error_of(std::string_view json) {
  const auto calendar = Calendar::parse_json(json, "shop.json");
  if (calendar) return "accepted";
  EXPECT_EQ(calendar.error().code, ErrorCode::invalid_input);
  return calendar.error().message;
}

TEST(JsonCalendar, TheSwitchIsOnOffOrNotGiven) {
  EXPECT_EQ(read(R"({"is_sale_active": 1})").sale_switch(), true);
  EXPECT_EQ(read(R"({"is_sale_active": 0})").sale_switch(), false);
  EXPECT_EQ(read(R"({"is_sale_active": true})").sale_switch(), true);
  EXPECT_EQ(read(R"({"events": []})").sale_switch(), std::nullopt);
  const Calendar doubtful = read(R"({"is_sale_active": "yes"})");
  EXPECT_EQ(doubtful.sale_switch(), std::nullopt);
  EXPECT_THAT(problems(doubtful), ElementsAre(HasSubstr("is_sale_active: found \"yes\"; expected 0 or 1")));
}

TEST(JsonCalendar, ReadsLocalAbsoluteAndWholeDayTimes) {
  const Calendar calendar = read(R"({"timezone": "Europe/Paris", "events": [
      {"name": "local", "kind": "sale", "start": "2026-11-27T09:00", "end": "2026-11-27 18:00",
       "expected_uplift": 3.5, "minimum_instances": 12},
      {"name": "utc", "start": "2026-11-28T09:00Z", "end": "2026-11-28T10:00:00Z"},
      {"name": "offset", "start": "2026-11-29T09:00+05:30", "end": "2026-11-29T10:00+05:30"},
      {"name": "day", "start": "2026-07-14"},
      {"name": "days", "start": "2026-12-24", "end": "2026-12-27"}]})");
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_EQ(calendar.timezone(), "Europe/Paris");
  EXPECT_THAT(
      listed(calendar),
      ElementsAre("day 2026-07-13T22:00:00Z 2026-07-14T22:00:00Z", "local 2026-11-27T08:00:00Z 2026-11-27T17:00:00Z",
                  "utc 2026-11-28T09:00:00Z 2026-11-28T10:00:00Z", "offset 2026-11-29T03:30:00Z 2026-11-29T04:30:00Z",
                  "days 2026-12-23T23:00:00Z 2026-12-26T23:00:00Z"));
  const auto events = calendar.between({*parse_timestamp("2026-07-01"), *parse_timestamp("2026-12-01")});
  EXPECT_TRUE(events[0].all_day);
  EXPECT_EQ(events[0].kind, "event");
  EXPECT_FALSE(events[1].all_day);
  EXPECT_EQ(events[1].kind, "sale");
  EXPECT_EQ(events[1].expected_uplift, 3.5);
  EXPECT_EQ(events[1].minimum_instances, 12);
}

TEST(JsonCalendar, AWeeklySaleStaysAtNineAcrossBothClockChanges) {
  // Mondays at 09:00 in Paris: 08:00Z until 29 March 2026, 07:00Z until 25 October, 08:00Z again.
  const Calendar paris = read(R"({"timezone": "Europe/Paris", "events": [{"name": "s", "start": "2026-01-05T09:00",
      "end": "2026-01-05T12:00", "rrule": "FREQ=WEEKLY;BYDAY=MO"}]})");
  EXPECT_THAT(listed(paris, "2026-03-22", "2026-04-01"), ElementsAre("s 2026-03-23T08:00:00Z 2026-03-23T11:00:00Z",
                                                                     "s 2026-03-30T07:00:00Z 2026-03-30T10:00:00Z"));
  EXPECT_THAT(listed(paris, "2026-10-18", "2026-10-28"), ElementsAre("s 2026-10-19T07:00:00Z 2026-10-19T10:00:00Z",
                                                                     "s 2026-10-26T08:00:00Z 2026-10-26T11:00:00Z"));
  // The same in New York, where the start is written in UTC: it repeats by the wall clock of the calendar all the same.
  const Calendar new_york = read(R"({"timezone": "America/New_York", "events": [{"name": "s",
      "start": "2026-01-05T14:00Z", "end": "2026-01-05T17:00Z", "rrule": "FREQ=WEEKLY"}]})");
  EXPECT_THAT(listed(new_york, "2026-03-01", "2026-03-12"), ElementsAre("s 2026-03-02T14:00:00Z 2026-03-02T17:00:00Z",
                                                                        "s 2026-03-09T13:00:00Z 2026-03-09T16:00:00Z"));
  EXPECT_THAT(listed(new_york, "2026-10-25", "2026-11-05"), ElementsAre("s 2026-10-26T13:00:00Z 2026-10-26T16:00:00Z",
                                                                        "s 2026-11-02T14:00:00Z 2026-11-02T17:00:00Z"));
}

TEST(JsonCalendar, ANightlySaleEndsByTheWallClockAndASkippedStartMovesForward) {
  // Paris, the night to 29 March 2026 has no 02:00 to 03:00: 22:00 to 06:00 is 7 hours long, not 8.
  const Calendar night = read(R"({"timezone": "Europe/Paris", "events": [{"name": "n", "start": "2026-03-27T22:00",
      "end": "2026-03-28T06:00", "rrule": "FREQ=DAILY;COUNT=2"}]})");
  EXPECT_THAT(listed(night), ElementsAre("n 2026-03-27T21:00:00Z 2026-03-28T05:00:00Z",
                                         "n 2026-03-28T21:00:00Z 2026-03-29T04:00:00Z"));
  // 02:45 to 03:15: the start moves to 03:45, past the end; the half hour is kept.
  const Calendar gap = read(R"({"timezone": "Europe/Paris", "events": [{"name": "g", "start": "2026-03-28T02:45",
      "end": "2026-03-28T03:15", "rrule": "FREQ=DAILY;COUNT=2"}]})");
  EXPECT_THAT(listed(gap), ElementsAre("g 2026-03-28T01:45:00Z 2026-03-28T02:15:00Z",
                                       "g 2026-03-29T01:45:00Z 2026-03-29T02:15:00Z"));
  const Calendar once = read(R"({"timezone": "Europe/Paris", "events": [{"name": "o", "start": "2026-03-29T02:30",
      "end": "2026-03-29T05:00"}]})");
  EXPECT_THAT(listed(once), ElementsAre("o 2026-03-29T01:30:00Z 2026-03-29T03:00:00Z"));
  EXPECT_THAT(problems(once), ElementsAre(HasSubstr("clocks jump over it; Sun 2026-03-29 03:30 CEST is used")));
}

TEST(JsonCalendar, ExceptionsAreTimesOrDays) {
  const Calendar calendar = read(R"({"timezone": "Europe/Paris", "events": [{"name": "d", "start": "2026-01-01T09:00",
      "end": "2026-01-01T10:00", "rrule": "FREQ=DAILY;COUNT=5",
      "exdate": ["2026-01-02", "2026-01-03T09:00", "2026-01-04T08:00Z", "2026-01-05T10:00", "soon", 7]}]})");
  EXPECT_THAT(listed(calendar), ElementsAre("d 2026-01-01T08:00:00Z 2026-01-01T09:00:00Z",
                                            "d 2026-01-05T08:00:00Z 2026-01-05T09:00:00Z"));
  EXPECT_THAT(
      problems(calendar),
      ElementsAre(HasSubstr("exdate 5: found \"soon\"; expected a time"), HasSubstr("exdate 6: found 7"),
                  "shop.json: entry 1 (\"d\"): exdate 4: no occurrence starts at \"2026-01-05T10:00\"; nothing is "
                  "excluded"))
      << "what is lost stands first";
}

TEST(JsonCalendar, OneBadEntryCostsOnlyItselfAndIsNamed) {
  const Calendar calendar = read(R"({"timezone": "UTC", "color": "red", "events": [
      {"name": "backwards", "start": "2026-01-02T10:00", "end": "2026-01-02T09:00"},
      {"name": "no start", "end": "2026-01-02T09:00"},
      {"name": "no end", "start": "2026-01-02T09:00"},
      {"name": "number", "start": 20260102, "end": "2026-01-02T09:00"},
      {"name": "nonsense", "start": "2026-13-02T10:00", "end": "2026-01-02T09:00"},
      42,
      {"name": "good", "start": "2026-01-02T09:00", "end": "2026-01-02T10:00", "colour": 1, "expected_uplift": -1,
       "minimum_instances": 2.5, "kind": 7},
      {"name": "same day", "start": "2026-01-05", "end": "2026-01-05"}]})");
  EXPECT_THAT(listed(calendar), ElementsAre("good 2026-01-02T09:00:00Z 2026-01-02T10:00:00Z",
                                            "same day 2026-01-05T00:00:00Z 2026-01-06T00:00:00Z"));
  EXPECT_THAT(
      problems(calendar),
      ElementsAre(HasSubstr("entry 1 (\"backwards\"): end: \"2026-01-02T09:00\" is not after the start"),
                  HasSubstr("entry 2 (\"no start\"): no \"start\""), HasSubstr("entry 3 (\"no end\"): no \"end\""),
                  HasSubstr("entry 4 (\"number\"): start: found 20260102; expected a time in quotes"),
                  HasSubstr("entry 5 (\"nonsense\"): start: found \"2026-13-02T10:00\"; expected a time such as"),
                  HasSubstr("entry 6: found 42; expected an object"),
                  HasSubstr("expected_uplift: found -1; expected a number above 0 and up to 1000"),
                  HasSubstr("minimum_instances: found 2.5; expected a whole number"),
                  "shop.json: \"color\": unknown key, ignored; expected \"timezone\", \"events\" or \"is_sale_active\"",
                  HasSubstr("entry 7 (\"good\"): kind: found 7; expected a text"),
                  HasSubstr("entry 8 (\"same day\"): end: the same date"),
                  HasSubstr("entry 7 (\"good\"): \"colour\": unknown key")));
  // People hear of the first eight: the others are in use.
  const auto lost = std::count_if(calendar.problems().begin(), calendar.problems().end(),
                                  [](const Problem& problem) { return problem.lost; });
  EXPECT_EQ(lost, 8);
}

TEST(JsonCalendar, AnUnknownZoneLeavesOutOnlyWhatNeedsIt) {
  const Calendar calendar = read(R"({"timezone": "Europe/Pariss", "events": [
      {"name": "local", "start": "2026-01-02T09:00", "end": "2026-01-02T10:00"},
      {"name": "utc", "start": "2026-01-02T09:00Z", "end": "2026-01-02T10:00Z"}]})");
  EXPECT_THAT(listed(calendar), ElementsAre("utc 2026-01-02T09:00:00Z 2026-01-02T10:00:00Z"));
  EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("timezone: \"Europe/Pariss\" is not a known time zone"),
                                              HasSubstr("entry 1 (\"local\"): start: a local time, but")));
}

TEST(JsonCalendar, ARefusedRuleLeavesTheFirstOccurrence) {
  const Calendar calendar = read(R"({"events": [
      {"name": "flood", "start": "1970-01-01T00:00", "end": "1970-01-01T00:01", "rrule": "FREQ=SECONDLY"},
      {"name": "season", "start": "2026-01-01", "end": "2026-04-01", "rrule": "FREQ=YEARLY"},
      {"name": "list", "start": "2026-01-01T00:00", "end": "2026-01-01T00:01", "rrule": ["FREQ=DAILY"]},
      {"name": "off", "start": "2026-01-01T00:00", "end": "2026-01-01T00:01", "rrule": "FREQ=WEEKLY;BYDAY=MO;COUNT=1"}]})");
  EXPECT_THAT(
      listed(calendar, "1960-01-01"),
      ElementsAre("flood 1970-01-01T00:00:00Z 1970-01-01T00:01:00Z", "list 2026-01-01T00:00:00Z 2026-01-01T00:01:00Z",
                  "season 2026-01-01T00:00:00Z 2026-04-01T00:00:00Z", "off 2026-01-05T00:00:00Z 2026-01-05T00:01:00Z"));
  EXPECT_THAT(problems(calendar),
              ElementsAre(HasSubstr("found \"FREQ=SECONDLY\"; expected a rule that repeats hourly"),
                          HasSubstr("may last at most 31d; found 90d; used once"), HasSubstr("rrule: found a list"),
                          HasSubstr("the start is none of the rule's own times"),
                          HasSubstr("timezone: not given, and no zone of the group is known: 4 entries")));
}

TEST(JsonCalendar, EntriesOfOneNameHaveTheirOwnUid) {
  const Calendar calendar =
      read(R"({"events": [{"name": "a", "start": "2026-01-01"}, {"name": "a", "start": "2026-01-02"}]})");
  const auto events = calendar.between({*parse_timestamp("2026-01-01"), *parse_timestamp("2026-02-01")});
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].uid, "a");
  EXPECT_EQ(events[1].uid, "a#2");
}

TEST(JsonCalendar, SyntaxErrorsNameLineAndColumn) {
  EXPECT_THAT(error_of("{\"events\": [\n  {\"name\": }\n]}"), HasSubstr("shop.json: line 2, column 12: not JSON"));
  EXPECT_THAT(error_of("{\"events\": [1,"), HasSubstr("line 1, column 15"));
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of(" \n "), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of("42"), HasSubstr("found 42; expected an object"));
  EXPECT_THAT(error_of("{\"events\": [{\"expected_uplift\": NaN}]}"), HasSubstr("line 1, column"));
  EXPECT_THAT(error_of("{\"events\": [{\"expected_uplift\": 1e999}]}"), HasSubstr("number overflow"));
  EXPECT_THAT(error_of("{\"a\": " + std::string(1'000'000, '[')), HasSubstr("nest deeper than 32 levels"));
  std::string binary = "{\"events\": \"\xFF\xFE";
  binary.push_back('\0');
  EXPECT_THAT(error_of(binary), HasSubstr("not JSON"));
}

TEST(JsonCalendar, ToleratesAByteOrderMarkAndReportsKeysGivenTwice) {
  EXPECT_EQ(Calendar::parse("\xEF\xBB\xBF {\"is_sale_active\": 1}", "x")->sale_switch(), true);
  const Calendar twice = read(R"({"events": [{"name": "a", "start": "2026-01-01"}], "events": []})");
  EXPECT_THAT(problems(twice), ElementsAre(HasSubstr("\"events\": the key stands twice")));
}

TEST(JsonCalendar, AListOfHolidaysIsACalendar) {
  const auto calendar = Calendar::parse(R"([{"date": "2026-12-25", "title": "Christmas", "public": true},
                                            {"date": "2027-01-01", "summary": "New Year", "public": true}])",
                                        "holidays.json", *Zone::iana("Europe/Paris"));
  ASSERT_TRUE(calendar);
  EXPECT_THAT(listed(*calendar), ElementsAre("Christmas 2026-12-24T23:00:00Z 2026-12-25T23:00:00Z",
                                             "New Year 2026-12-31T23:00:00Z 2027-01-01T23:00:00Z"));
  EXPECT_THAT(problems(*calendar),
              ElementsAre(HasSubstr("entry 1 (\"Christmas\"): \"public\": unknown key here and in 1 more, ignored")));
}

TEST(JsonCalendar, AZoneIsTheFilesElseTheGroupsElseUtcWithAWord) {
  const auto read_in = [](std::string_view json, const char* group) {
    return *Calendar::parse_json(json, "shop.json", group == nullptr ? nullptr : *Zone::iana(group));
  };
  // Noon in July: 10:00Z in Paris, 16:00Z in New York.
  constexpr const char* kNone =
      R"({"events": [{"name": "n", "start": "2026-07-01T12:00", "end": "2026-07-01T13:00"}]})";
  constexpr const char* kParis = R"({"timezone": "Europe/Paris",
      "events": [{"name": "n", "start": "2026-07-01T12:00", "end": "2026-07-01T13:00"}]})";
  EXPECT_THAT(listed(read_in(kParis, "America/New_York")), ElementsAre("n 2026-07-01T10:00:00Z 2026-07-01T11:00:00Z"));
  EXPECT_THAT(listed(read_in(kNone, "America/New_York")), ElementsAre("n 2026-07-01T16:00:00Z 2026-07-01T17:00:00Z"));
  EXPECT_THAT(problems(read_in(kNone, "America/New_York")), IsEmpty());
  const Calendar unknown = read_in(kNone, nullptr);
  EXPECT_THAT(listed(unknown), ElementsAre("n 2026-07-01T12:00:00Z 2026-07-01T13:00:00Z"));
  EXPECT_TRUE(unknown.lacks_zone());
  EXPECT_THAT(problems(unknown), ElementsAre(HasSubstr("1 entry without a zone is read in UTC")));
  EXPECT_FALSE(unknown.problems()[0].lost);
  // Absolute times need none.
  const Calendar absolute =
      read_in(R"({"events": [{"name": "a", "start": "2026-07-01T12:00Z", "end": "2026-07-01T13:00Z"}]})", nullptr);
  EXPECT_FALSE(absolute.lacks_zone());
  EXPECT_THAT(problems(absolute), IsEmpty());
}

TEST(JsonCalendar, AnEmptyZoneIsNone) {
  const auto paris = *Zone::iana("Europe/Paris");
  for (const char* empty : {"null", "\"\"", "\" \""}) {
    const Calendar calendar = *Calendar::parse_json(fmt::format(R"({{"timezone": {0}, "events": [
            {{"name": "n", "timezone": {0}, "start": "2026-07-01T12:00", "end": "2026-07-01T13:00"}}]}})",
                                                                empty),
                                                    "shop.json", paris);
    EXPECT_THAT(listed(calendar), ElementsAre("n 2026-07-01T10:00:00Z 2026-07-01T11:00:00Z")) << empty;
    EXPECT_THAT(problems(calendar), IsEmpty()) << empty;
  }
  EXPECT_THAT(problems(read(R"({"timezone": null, "events": [{"name": "n", "start": "2026-07-01"}]})")),
              ElementsAre(HasSubstr("not given, and no zone of the group is known")));
}

TEST(JsonCalendar, WithAnUnknownZoneDatesTakeTheGroups) {
  const Calendar calendar = *Calendar::parse_json(
      R"({"timezone": "Nowhere/Land", "events": [
          {"name": "day", "start": "2026-07-01", "rrule": "FREQ=DAILY;COUNT=2", "exdate": "2026-07-02"},
          {"name": "local", "start": "2026-07-01T12:00", "end": "2026-07-01T13:00"}]})",
      "shop.json", *Zone::iana("Europe/Paris"));
  EXPECT_THAT(listed(calendar), ElementsAre("day 2026-06-30T22:00:00Z 2026-07-01T22:00:00Z"));
  EXPECT_THAT(problems(calendar),
              ElementsAre(HasSubstr("entry 2 (\"local\"): start: a local time, but"),
                          AllOf(HasSubstr("timezone: \"Nowhere/Land\""), HasSubstr("dates are read in Europe/Paris"))));
  EXPECT_FALSE(calendar.problems()[1].lost) << "what is lost is the entry";
}

TEST(JsonCalendar, AnEntryMayHaveAZoneOfItsOwn) {
  const Calendar calendar = read(R"({"timezone": "Europe/Paris", "events": [
      {"name": "ny", "timezone": "America/New_York", "start": "2026-07-01T12:00", "end": "2026-07-01T13:00"},
      {"name": "bad", "timezone": "PST", "start": "2026-07-01T12:00", "end": "2026-07-01T13:00"}]})");
  EXPECT_THAT(listed(calendar), ElementsAre("ny 2026-07-01T16:00:00Z 2026-07-01T17:00:00Z"));
  EXPECT_THAT(problems(calendar), ElementsAre(AllOf(HasSubstr("entry 2 (\"bad\"): timezone: \"PST\""),
                                                    HasSubstr("America/Los_Angeles; entry left out"))));
}

TEST(JsonCalendar, ValuesInQuotesThatCanMeanOneThingAreRead) {
  const Calendar calendar = read(R"({"timezone": "UTC", "is_sale_active": "true", "events": [
      {"name": "a", "start": "2026-07-01", "expected_uplift": "2.5", "minimum_instances": "12"},
      {"name": "b", "start": "2026-07-02", "expected_uplift": "2,5", "minimum_instances": "a dozen"}]})");
  EXPECT_EQ(calendar.sale_switch(), true);
  const auto events = calendar.between({*parse_timestamp("2026-07-01"), *parse_timestamp("2026-08-01")});
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].expected_uplift, 2.5);
  EXPECT_EQ(events[0].minimum_instances, 12);
  EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("expected_uplift: found \"2,5\"; expected a number"),
                                              HasSubstr("minimum_instances: found \"a dozen\"; expected a whole")));
}

TEST(JsonCalendar, AKeyThatIsNearlyRightIsNamedAsALoss) {
  const Calendar calendar = read(R"({"timeZone": "Europe/Paris", "events": [
      {"name": "a", "start": "2026-07-01T00:00Z", "end": "2026-07-02T00:00Z", "uplift": 3, "min_instances": 4}]})");
  EXPECT_THAT(
      problems(calendar),
      ElementsAre(HasSubstr("\"timeZone\": unknown key, ignored; did you mean \"timezone\"?"),
                  HasSubstr("did you mean \"minimum_instances\"?"), HasSubstr("did you mean \"expected_uplift\"?")));
  for (const Problem& problem : calendar.problems()) EXPECT_TRUE(problem.lost) << problem.message;
}

TEST(JsonCalendar, AnotherProgramsWordIsALossThatNamesOurs) {
  constexpr std::pair<const char*, const char*> kWords[] = {{"recurrence", "rrule"},
                                                            {"repeat", "rrule"},
                                                            {"replicas", "minimum_instances"},
                                                            {"desiredReplicas", "minimum_instances"},
                                                            {"min_replicas", "minimum_instances"},
                                                            {"endDate", "end"},
                                                            {"multiplier", "expected_uplift"},
                                                            {"tz", "timezone"},
                                                            {"MinimumInstances", "minimum_instances"}};
  for (const auto& [word, ours] : kWords) {
    const Calendar calendar = read(
        fmt::format(R"({{"timezone": "UTC", "events": [{{"name": "a", "start": "2026-07-01", "{}": "2"}}]}})", word));
    EXPECT_THAT(problems(calendar),
                ElementsAre(HasSubstr(fmt::format("\"{}\": unknown key, ignored; did you mean \"{}\"?", word, ours))));
    EXPECT_TRUE(calendar.problems()[0].lost) << word;
  }
  EXPECT_THAT(problems(read(R"({"timezone": "UTC", "events": [{"name": "a", "startDate": "2026-07-01"}]})")),
              ElementsAre(HasSubstr("did you mean \"start\"?"), HasSubstr("no \"start\"; entry left out")));
}

TEST(JsonCalendar, WhatIsWrongWithTheTextIsSaidInWords) {
  EXPECT_THAT(error_of("{\"events\": [\n  {\"name\": \"a\", \"start\": \"2026-01-01\"},\n]}"),
              HasSubstr("line 2, column 39: a comma before the closing ]"));
  EXPECT_THAT(error_of("{\"is_sale_active\": 1,\n}"), HasSubstr("line 1, column 21: a comma before the closing }"));
  EXPECT_THAT(error_of("{\"events\": [{\"name\": \"Sa"),
              HasSubstr("the text ends before the JSON does: is it cut off?"));
  EXPECT_THAT(error_of("{\"events\": [1\n 2]}"), HasSubstr("line 2, column 2: not JSON"));
  EXPECT_THAT(error_of("{\"events\": [{\"name\": \"a\"}\n {\"name\": \"b\"}]}"), HasSubstr("a comma is missing"));
  EXPECT_THAT(error_of("// sales\n{}"), HasSubstr("JSON has no comments"));
  EXPECT_THAT(error_of("{'events': []}"), HasSubstr("expected double quotes"));
}

}  // namespace
}  // namespace almanac::calendar
