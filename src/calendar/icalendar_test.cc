#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "calendar/calendar.h"
#include "calendar/zone.h"
#include "core/test_source_dir.h"

namespace almanac::calendar {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string vcalendar(const std::string& body) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\n" + body + "END:VCALENDAR\r\n";
}
std::string vevent(const std::string& body) {
  return "BEGIN:VEVENT\r\n" + body + "END:VEVENT\r\n";
}

Calendar read(const std::string& text) {
  const auto calendar = Calendar::parse_icalendar(text, "shop.ics");
  EXPECT_TRUE(calendar.has_value()) << (calendar ? "" : calendar.error().message);
  return calendar.value_or(Calendar{});
}

std::vector<std::string> listed(const Calendar& calendar, std::string_view from = "1990-01-01",
                                std::string_view to = "2050-01-01") {
  std::vector<std::string> result;
  for (const Event& event : calendar.between({*parse_timestamp(from), *parse_timestamp(to)}))
    result.push_back(event.name + " " + format_timestamp(event.span.start) + " " + format_timestamp(event.span.end));
  return result;
}

std::vector<std::string> problems(const Calendar& calendar) {
  std::vector<std::string> result;
  for (const Problem& problem : calendar.problems()) result.push_back(problem.where + ": " + problem.message);
  return result;
}

std::string error_of(const std::string& text) {
  const auto calendar = Calendar::parse_icalendar(text, "shop.ics");
  return calendar ? "accepted" : calendar.error().message;
}

TEST(ICalendar, ReadsZonesDurationsWholeDaysAndLabels) {
  const Calendar calendar = read(vcalendar(
      "X-WR-TIMEZONE:Europe/Paris\r\n" +
      vevent("UID:1\r\nDTSTART;TZID=America/New_York:20261127T090000\r\nDURATION:PT9H\r\nSUMMARY:Black\\, very\r\n"
             "  black Friday\r\nCATEGORIES:sale,big\r\nX-ALMANAC-EXPECTED-UPLIFT:4.5\r\n"
             "X-ALMANAC-MINIMUM-INSTANCES:12\r\n") +
      vevent("UID:2\r\nDTSTART:20261128T090000Z\r\nDTEND:20261128T100000Z\r\nSUMMARY:utc\r\n") +
      vevent("UID:3\r\nDTSTART:20261129T090000\r\nDTEND:20261129T100000\r\nSUMMARY:floating\r\n") +
      vevent("UID:4\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261226\r\nSUMMARY:days\r\n") +
      vevent("UID:5\r\nDTSTART;VALUE=DATE:20261231\r\nSUMMARY:day\r\n")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_EQ(calendar.timezone(), "Europe/Paris");
  EXPECT_THAT(
      listed(calendar),
      ElementsAre("Black, very black Friday 2026-11-27T14:00:00Z 2026-11-27T23:00:00Z",
                  "utc 2026-11-28T09:00:00Z 2026-11-28T10:00:00Z", "floating 2026-11-29T08:00:00Z 2026-11-29T09:00:00Z",
                  "days 2026-12-23T23:00:00Z 2026-12-25T23:00:00Z", "day 2026-12-30T23:00:00Z 2026-12-31T23:00:00Z"));
  const Event first = calendar.between({*parse_timestamp("2026-11-01"), *parse_timestamp("2026-12-30")}).front();
  EXPECT_EQ(first.kind, "sale");
  EXPECT_EQ(first.uid, "1");
  EXPECT_EQ(first.expected_uplift, 4.5);
  EXPECT_EQ(first.minimum_instances, 12);
  EXPECT_FALSE(first.all_day);
}

TEST(ICalendar, AWeeklyEventKeepsItsWallClockAcrossClockChanges) {
  const auto weekly = [](const std::string& tzid) {
    return read(vcalendar(vevent("UID:w\r\nDTSTART;TZID=" + tzid + ":20260105T090000\r\nDTEND;TZID=" + tzid +
                                 ":20260105T100000\r\nSUMMARY:w\r\nRRULE:FREQ=WEEKLY\r\n")));
  };
  EXPECT_THAT(
      listed(weekly("Europe/Paris"), "2026-03-22", "2026-04-01"),
      ElementsAre("w 2026-03-23T08:00:00Z 2026-03-23T09:00:00Z", "w 2026-03-30T07:00:00Z 2026-03-30T08:00:00Z"));
  EXPECT_THAT(
      listed(weekly("America/New_York"), "2026-10-25", "2026-11-05"),
      ElementsAre("w 2026-10-26T13:00:00Z 2026-10-26T14:00:00Z", "w 2026-11-02T14:00:00Z 2026-11-02T15:00:00Z"));
  // A start in UTC repeats in UTC, as RFC 5545 asks.
  const Calendar utc = read(vcalendar("X-WR-TIMEZONE:Europe/Paris\r\n" +
                                      vevent("UID:w\r\nDTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nSUMMARY:w\r\n"
                                             "RRULE:FREQ=WEEKLY\r\n")));
  EXPECT_THAT(listed(utc, "2026-03-28", "2026-04-01"), ElementsAre("w 2026-03-30T08:00:00Z 2026-03-30T09:00:00Z"));
}

TEST(ICalendar, ADurationInDaysIsNominalAndInHoursElapsed) {
  // The day of 29 March 2026 has 23 hours in Paris.
  const auto lasting = [](const std::string& duration) {
    return listed(read(vcalendar(
        vevent("UID:d\r\nDTSTART;TZID=Europe/Paris:20260328T120000\r\nDURATION:" + duration + "\r\nSUMMARY:d\r\n"))));
  };
  EXPECT_THAT(lasting("P1D"), ElementsAre("d 2026-03-28T11:00:00Z 2026-03-29T10:00:00Z"));
  EXPECT_THAT(lasting("PT24H"), ElementsAre("d 2026-03-28T11:00:00Z 2026-03-29T11:00:00Z"));
}

TEST(ICalendar, ExceptionsOverridesAndCancellations) {
  const std::string series =
      "UID:s\r\nDTSTART;TZID=Europe/Paris:20260105T090000\r\nDTEND;TZID=Europe/Paris:20260105T100000\r\n"
      "SUMMARY:s\r\nCATEGORIES:sale\r\nRRULE:FREQ=DAILY;COUNT=6\r\n"
      "EXDATE;TZID=Europe/Paris:20260106T090000,20260109T090000\r\nX-ALMANAC-EXPECTED-UPLIFT:2\r\n";
  const std::string moved =
      "UID:s\r\nRECURRENCE-ID;TZID=Europe/Paris:20260107T090000\r\nDTSTART;TZID=Europe/Paris:20260107T200000\r\n"
      "DTEND;TZID=Europe/Paris:20260107T220000\r\n";
  const std::string cancelled = "UID:s\r\nRECURRENCE-ID:20260108T080000Z\r\nSTATUS:CANCELLED\r\n";
  const std::string off = "UID:o\r\nDTSTART:20260105T080000Z\r\nDTEND:20260105T090000Z\r\nSTATUS:CANCELLED\r\n";
  // In any order: the change may stand before its series.
  const Calendar calendar = read(vcalendar(vevent(moved) + vevent(series) + vevent(cancelled) + vevent(off)));
  EXPECT_THAT(problems(calendar), IsEmpty());
  EXPECT_THAT(listed(calendar), ElementsAre("s 2026-01-05T08:00:00Z 2026-01-05T09:00:00Z",
                                            "s 2026-01-07T19:00:00Z 2026-01-07T21:00:00Z",  // moved to the evening
                                            "s 2026-01-10T08:00:00Z 2026-01-10T09:00:00Z"));
  for (const Event& event : calendar.between({*parse_timestamp("2026-01-01"), *parse_timestamp("2026-02-01")})) {
    EXPECT_EQ(event.kind, "sale");  // the moved one takes what it does not say from its series
    EXPECT_EQ(event.expected_uplift, 2);
  }
}

TEST(ICalendar, WholeDaySeriesTakeExceptionsByDate) {
  const Calendar calendar =
      read(vcalendar("X-WR-TIMEZONE:America/New_York\r\n" +
                     vevent("UID:a\r\nDTSTART;VALUE=DATE:20261101\r\nSUMMARY:a\r\nRRULE:FREQ=DAILY;COUNT=3\r\n"
                            "EXDATE;VALUE=DATE:20261102\r\nRDATE;VALUE=DATE:20261110\r\n")));
  EXPECT_THAT(problems(calendar), IsEmpty());
  // New York's 1 November 2026 has 25 hours.
  EXPECT_THAT(listed(calendar),
              ElementsAre("a 2026-11-01T04:00:00Z 2026-11-02T05:00:00Z", "a 2026-11-03T05:00:00Z 2026-11-04T05:00:00Z",
                          "a 2026-11-10T05:00:00Z 2026-11-11T05:00:00Z"));
}

TEST(ICalendar, AZoneMayBeDefinedInTheFile) {
  const std::string zone =
      "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\n"
      "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
      "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
      "BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
      "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";
  const std::string event =
      "UID:z\r\nDTSTART;TZID=\"W. Europe Standard Time\":20260327T090000\r\nDURATION:PT1H\r\nSUMMARY:z\r\n"
      "RRULE:FREQ=DAILY;COUNT=3\r\n";
  const Calendar defined = read(vcalendar(zone + vevent(event)));
  EXPECT_THAT(problems(defined), IsEmpty());
  EXPECT_THAT(listed(defined),
              ElementsAre("z 2026-03-27T08:00:00Z 2026-03-27T09:00:00Z", "z 2026-03-28T08:00:00Z 2026-03-28T09:00:00Z",
                          "z 2026-03-29T07:00:00Z 2026-03-29T08:00:00Z"));
  // Without a definition it is the Windows zone of that name; a name that nobody knows costs the event.
  EXPECT_EQ(listed(read(vcalendar(vevent(event)))), listed(defined));
  const Calendar undefined = read(
      vcalendar(vevent("UID:n\r\nDTSTART;TZID=Customized Zone:20260327T090000\r\nDURATION:PT1H\r\nSUMMARY:n\r\n")));
  EXPECT_THAT(listed(undefined), IsEmpty());
  EXPECT_THAT(problems(undefined),
              ElementsAre(HasSubstr("shop.ics: VEVENT n (line 4): DTSTART: TZID \"Customized Zone\" is neither")));
  const Calendar prefixed = read(vcalendar(vevent(
      "UID:p\r\nDTSTART;TZID=/mozilla.org/20050126_1/Europe/Paris:20260327T090000\r\nDURATION:PT1H\r\nSUMMARY:p\r\n")));
  EXPECT_THAT(listed(prefixed), ElementsAre("p 2026-03-27T08:00:00Z 2026-03-27T09:00:00Z"));
}

TEST(ICalendar, OneBadEventCostsOnlyItselfAndIsNamed) {
  const std::string good = vevent("UID:good\r\nDTSTART:20260102T090000Z\r\nDTEND:20260102T100000Z\r\nSUMMARY:good\r\n");
  const Calendar calendar = read(
      vcalendar(vevent("UID:1\r\nDTSTART:20260102T100000Z\r\nDTEND:20260102T090000Z\r\nSUMMARY:backwards\r\n") +
                vevent("UID:2\r\nDTEND:20260102T090000Z\r\nSUMMARY:no start\r\n") +
                vevent("UID:3\r\nDTSTART:20260102T100000Z\r\nSUMMARY:no end\r\n") +
                vevent("UID:4\r\nDTSTART:20261302T256199Z\r\nDTEND:20260102T090000Z\r\nSUMMARY:month 13\r\n") +
                vevent("UID:5\r\nDTSTART:20260105T100000Z\r\nDURATION:-PT5M\r\nSUMMARY:negative\r\n") +
                vevent("UID:6\r\nDTSTART:20260106T100000Z\r\nDURATION:PT5M\r\nSUMMARY:six\r\nRRULE:FREQ=SECONDLY\r\n"
                       "X-ALMANAC-EXPECTED-UPLIFT:NaN\r\nX-ALMANAC-MINIMUM-INSTANCES:many\r\nX-ALMANAC-COLOUR:red\r\n"
                       "EXDATE:garbage\r\n") +
                good + "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n"));
  EXPECT_THAT(listed(calendar), ElementsAre("good 2026-01-02T09:00:00Z 2026-01-02T10:00:00Z",
                                            "six 2026-01-06T10:00:00Z 2026-01-06T10:05:00Z"));
  EXPECT_THAT(
      problems(calendar),
      UnorderedElementsAre(
          AllOf(HasSubstr("VEVENT 1 (line 4): "), HasSubstr("is not after the start")),
          HasSubstr("VEVENT 2 (line 10): no DTSTART"), HasSubstr("VEVENT 3 (line 15): neither DTEND nor DURATION"),
          HasSubstr("VEVENT 4 (line 20): DTSTART: found \"DTSTART:20261302T256199Z\"; expected a time"),
          AllOf(HasSubstr("VEVENT 5 (line 26)"), HasSubstr("is not after the start")),
          HasSubstr("RRULE: found \"FREQ=SECONDLY\"; expected a rule that repeats hourly"),
          HasSubstr("X-ALMANAC-EXPECTED-UPLIFT: found \"NaN\"; expected a number above 0"),
          HasSubstr("X-ALMANAC-MINIMUM-INSTANCES: found \"many\"; expected a whole number"),
          HasSubstr("X-ALMANAC-COLOUR: unknown property"), HasSubstr("EXDATE"),
          HasSubstr("VTODO: 1 of them; only VEVENT is used")));
  EXPECT_EQ(calendar.left_out(), 5U) << "the sixth happens, without its rule";
}

TEST(ICalendar, ATimeThatCannotBeReadIsToldOnceWithWhatWasFound) {
  const Calendar calendar =
      read(vcalendar(vevent("UID:1\r\nDTSTART:tomorrow\r\nDTEND:20260102T090000Z\r\nSUMMARY:no start\r\n") +
                     vevent("UID:2\r\nDTSTART:20260102T090000Z\r\nDTEND:late\r\nSUMMARY:no end\r\n") +
                     vevent("UID:3\r\nDTSTART;VALUE=DATE:20260102\r\nDTEND:late\r\nSUMMARY:one day\r\n")));
  EXPECT_THAT(
      problems(calendar),
      UnorderedElementsAre(HasSubstr("VEVENT 1 (line 4): no DTSTART: found \"tomorrow\"; expected a time"),
                           HasSubstr("VEVENT 2 (line 10): neither DTEND nor DURATION: found \"late\"; expected"),
                           HasSubstr("VEVENT 3 (line 16): a line that cannot be read is not used"),
                           HasSubstr("1 event without a zone is read in UTC")));
  EXPECT_EQ(calendar.left_out(), 2U);
}

// A day in Chicago in April begins at 05:00Z, in Paris at 22:00Z the day before.
TEST(ICalendar, ADayWithoutAZoneTakesTheFilesOnlyOneElseTheGroups) {
  const auto read_in = [](const std::string& text, const char* group) {
    return *Calendar::parse_icalendar(text, "shop.ics", group == nullptr ? nullptr : *Zone::iana(group));
  };
  const std::string day = vevent("UID:d\r\nSUMMARY:d\r\nDTSTART;VALUE=DATE:20260407\r\n");
  const std::string in_chicago =
      vevent("UID:c\r\nSUMMARY:c\r\nDTSTART;TZID=America/Chicago:20260501T120000\r\nDURATION:PT1H\r\n");
  const std::string in_utc = vevent("UID:u\r\nSUMMARY:u\r\nDTSTART;TZID=Etc/UTC:20260502T120000\r\nDURATION:PT1H\r\n");
  const std::string in_paris =
      vevent("UID:p\r\nSUMMARY:p\r\nDTSTART;TZID=\"Europe/Paris\":20260503T120000\r\nDURATION:PT1H\r\n");
  const auto first = [](const Calendar& calendar) { return listed(calendar).at(0); };
  const Calendar only = read_in(vcalendar(day + in_chicago + in_utc), "Europe/Paris");
  EXPECT_EQ(first(only), "d 2026-04-07T05:00:00Z 2026-04-08T05:00:00Z");
  EXPECT_EQ(only.timezone(), "America/Chicago");
  const Calendar two = read_in(vcalendar(day + in_chicago + in_paris), "Asia/Tokyo");
  EXPECT_EQ(first(two), "d 2026-04-06T15:00:00Z 2026-04-07T15:00:00Z") << "of two zones none is the file's";
  EXPECT_THAT(problems(two), IsEmpty());
  const Calendar none = read_in(vcalendar(day + in_utc), nullptr);
  EXPECT_EQ(first(none), "d 2026-04-07T00:00:00Z 2026-04-08T00:00:00Z");
  EXPECT_THAT(problems(none), ElementsAre(HasSubstr("1 event without a zone is read in UTC")));
  EXPECT_FALSE(none.problems()[0].lost);
  EXPECT_TRUE(none.lacks_zone());
  EXPECT_FALSE(read_in(vcalendar(in_utc), nullptr).lacks_zone()) << "nothing in it needs one";
}

TEST(ICalendar, AZoneOfTheFileThatNobodyKnowsGivesWayToTheOnlyOneNamed) {
  const std::string day = vevent("UID:a\r\nSUMMARY:a\r\nDTSTART;VALUE=DATE:20260102\r\n");
  const std::string in_paris =
      vevent("UID:b\r\nSUMMARY:b\r\nDTSTART;TZID=Europe/Paris:20260103T100000\r\nDURATION:PT1H\r\n");
  const Calendar one = read(vcalendar("X-WR-TIMEZONE:Custom\r\n" + day + in_paris));
  EXPECT_THAT(listed(one), ElementsAre("a 2026-01-01T23:00:00Z 2026-01-02T23:00:00Z",
                                       "b 2026-01-03T09:00:00Z 2026-01-03T10:00:00Z"));
  EXPECT_THAT(problems(one), ElementsAre(HasSubstr("\"Custom\" is not a known time zone; Europe/Paris")));
  EXPECT_FALSE(one.problems()[0].lost);
  // Where none is named the day is left out: it was of some zone.
  const Calendar none = read(vcalendar("X-WR-TIMEZONE:Custom\r\n" + day));
  EXPECT_THAT(listed(none), IsEmpty());
  EXPECT_TRUE(none.problems()[0].lost);
}

TEST(ICalendar, ADayWithAZoneOfItsOwnIsInThatZone) {
  const Calendar calendar =
      read(vcalendar("X-WR-TIMEZONE:Europe/Paris\r\n" +
                     vevent("UID:d\r\nSUMMARY:d\r\nDTSTART;TZID=America/Chicago;VALUE=DATE:20260407\r\n") +
                     vevent("UID:e\r\nSUMMARY:e\r\nDTSTART;TZID=Nowhere;VALUE=DATE:20260408\r\n")));
  EXPECT_THAT(listed(calendar), ElementsAre("d 2026-04-07T05:00:00Z 2026-04-08T05:00:00Z",
                                            "e 2026-04-07T22:00:00Z 2026-04-08T22:00:00Z"));
  EXPECT_THAT(problems(calendar), ElementsAre(HasSubstr("the day is read in Europe/Paris")));
}

TEST(ICalendar, HarmlessLinesSayNothingAndWhatIsLostStandsFirst) {
  const Calendar clean = read(vcalendar(vevent(
      "UID:a\r\nSUMMARY:a\r\nDTSTART:20260102T090000Z\r\nDURATION:PT1H\r\nDESCRIPTION:\r\nLOCATION:\r\nCATEGORIES:\r\n"
      "EXDATE:\r\nCREATED:yesterday\r\nGEO:here\r\nPRIORITY:high\r\nURL:\r\nX-COLOUR:\r\n")));
  EXPECT_THAT(problems(clean), IsEmpty());
  EXPECT_EQ(listed(clean).size(), 1u);
  const Calendar both =
      read(vcalendar(vevent("UID:b\r\nDTSTART:20260102T090000Z\r\nDURATION:PT1H\r\n") +
                     vevent("UID:c\r\nSUMMARY:c\r\nDTSTART:20260102T090000Z\r\nDURATION:PT1H\r\nEXDATE:20260109\r\n"
                            "RRULE:FREQ=WEEKLY;COUNT=2\r\nRDATE:soon\r\n")));
  ASSERT_EQ(both.problems().size(), 2u);
  EXPECT_TRUE(both.problems()[0].lost);
  EXPECT_THAT(both.problems()[0].message, HasSubstr("RDATE"));
  EXPECT_FALSE(both.problems()[1].lost);
  EXPECT_THAT(both.problems()[1].message, HasSubstr("no SUMMARY"));
}

TEST(ICalendar, ALineThatIsNotMissedIsANote) {
  const std::string start = "UID:a\r\nSUMMARY:a\r\nDTSTART:20260102T090000Z\r\n";
  const std::string end = "DTEND:20260102T100000Z\r\n";
  const std::string length = "DURATION:PT1H\r\n";
  for (const std::string& event :
       {start + end + "END:SALE\r\n", start + "END:VALARM\r\n" + end, start + end + "DURATION:\r\n",
        "DURATION:2 hours\r\n" + start + end, start + length + "DTEND:\r\n", start + length + "DTEND:noon\r\n",
        start + end + "RECURRENCE-ID:\r\n", "DTSTART:whenever\r\n" + start + end, start + "DTEND:noon\r\n" + end,
        start + "DURATION:short\r\n" + length}) {
    const Calendar calendar = read(vcalendar(vevent(event)));
    EXPECT_THAT(listed(calendar), ElementsAre("a 2026-01-02T09:00:00Z 2026-01-02T10:00:00Z")) << event;
    ASSERT_EQ(calendar.problems().size(), 1u) << event;
    EXPECT_FALSE(calendar.problems()[0].lost) << event;
  }
  // Nothing stands in for these: an end of a whole day, what an event changes, when it does not happen.
  const std::string day = "UID:a\r\nSUMMARY:a\r\nDTSTART;VALUE=DATE:20260102\r\n";
  for (const std::string& event :
       {day + "DTEND:soon\r\n", day + "DURATION:long\r\n", start + end + "RECURRENCE-ID:x\r\n",
        start + end + "RRULE:FREQ=DAILY;COUNT=2\r\nEXDATE:x\r\nEXDATE:20260103T090000Z\r\n"}) {
    const Calendar calendar = read(vcalendar("X-WR-TIMEZONE:UTC\r\n" + vevent(event)));
    EXPECT_EQ(listed(calendar).size(), 1u) << event;
    ASSERT_EQ(calendar.problems().size(), 1u) << event;
    EXPECT_TRUE(calendar.problems()[0].lost) << event;
  }
  // An end without a beginning may have been an event.
  const Calendar beheaded = read(vcalendar(start + end + "END:VEVENT\r\n"));
  EXPECT_THAT(problems(beheaded), ElementsAre(HasSubstr("\"END:VEVENT\" ends nothing that is open")));
  EXPECT_TRUE(beheaded.problems()[0].lost);
}

TEST(ICalendar, AFileThatIsCutOffGivesWhatIsComplete) {
  const std::string whole = vcalendar(vevent("UID:a\r\nDTSTART:20260102T090000Z\r\nDURATION:PT1H\r\nSUMMARY:a\r\n") +
                                      vevent("UID:b\r\nDTSTART:20260103T090000Z\r\nDURATION:PT1H\r\nSUMMARY:b\r\n"));
  const Calendar cut = read(whole.substr(0, whole.find("UID:b") + 20));
  EXPECT_THAT(listed(cut), ElementsAre("a 2026-01-02T09:00:00Z 2026-01-02T10:00:00Z"));
  EXPECT_THAT(problems(cut), ElementsAre(HasSubstr("line 10: the file ends before END:VEVENT"),
                                         HasSubstr("the file ends before END:VCALENDAR")));
  // Cut anywhere, it is read or refused, never worse, and says that it is cut.
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto calendar = Calendar::parse_icalendar(whole.substr(0, size), "cut.ics");
    EXPECT_LE(calendar ? listed(*calendar).size() : 0u, 2u);
    const bool whole_without_line_end = size >= whole.size() - 2;
    EXPECT_TRUE(!calendar || calendar->cut_off().empty() == whole_without_line_end) << size;
  }
  EXPECT_EQ(read(whole).cut_off(), "");
  const std::string unclosed = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VCALENDAR\r\n";
  EXPECT_EQ(read(unclosed).cut_off(), "an event has no END:VEVENT");
}

TEST(ICalendar, WhatIsNoCalendarIsRefusedWithWhatWasFound) {
  EXPECT_THAT(error_of(""), HasSubstr("shop.ics: the file is empty"));
  EXPECT_THAT(error_of("<!DOCTYPE html>\n<p>Sign in"),
              HasSubstr("line 1: not iCalendar: found \"<!DOCTYPE html>\"; expected BEGIN:VCALENDAR"));
  EXPECT_THAT(error_of(std::string("BEGIN:VCALENDAR\0x", 17)), HasSubstr("NUL bytes"));
  EXPECT_THAT(error_of("\x89PNG\r\n\x1a\n"), HasSubstr("not iCalendar"));
  std::string deep = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < 200'000; ++i) deep += "BEGIN:VALARM\n";
  EXPECT_EQ(error_of(deep), "accepted");  // and nothing in it is usable
  EXPECT_THAT(listed(read(deep)), IsEmpty());
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The same events in both formats, kept beside the checkout because they are large and not ours.
TEST(ICalendar, SharedTracesGiveTheSameEventsInBothFormats) {
  const auto folder = std::filesystem::path(test_source_dir()) / ".." / "shared" / "traces";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared traces beside the checkout (" << folder << ")";
  int compared = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".ics") continue;
    auto json_path = file.path();
    json_path.replace_extension(".business_calendar.json");
    const auto ics = Calendar::parse(bytes_of(file.path()), file.path().string());
    const auto json = Calendar::parse(bytes_of(json_path), json_path.string());
    ASSERT_TRUE(ics && json);
    EXPECT_THAT(problems(*ics), IsEmpty());
    EXPECT_THAT(problems(*json), IsEmpty());
    const TimeRange all{*parse_timestamp("1990-01-01"), *parse_timestamp("2050-01-01")};
    const auto from_ics = ics->between(all), from_json = json->between(all);
    ASSERT_EQ(from_ics.size(), from_json.size());
    EXPECT_GT(from_ics.size(), 10u);
    for (std::size_t i = 0; i < from_ics.size(); ++i) {
      EXPECT_EQ(from_ics[i].name, from_json[i].name);
      EXPECT_EQ(from_ics[i].kind, from_json[i].kind);
      EXPECT_EQ(from_ics[i].span, from_json[i].span);
    }
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

TEST(ICalendar, WithAnUnknownZoneDaysTakeTheGroups) {
  const std::string text =
      vcalendar("X-WR-TIMEZONE:Nowhere/Land\r\n" + vevent("UID:d\r\nSUMMARY:Day\r\nDTSTART;VALUE=DATE:20260701\r\n") +
                vevent("UID:t\r\nSUMMARY:Time\r\nDTSTART:20260701T120000\r\n"));
  const Calendar berlin = *Calendar::parse_icalendar(text, "x.ics", *Zone::iana("Europe/Berlin"));
  const auto events = berlin.between({*parse_timestamp("2026-06-01"), *parse_timestamp("2026-08-01")});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(format_timestamp(events[0].span.start), "2026-06-30T22:00:00Z");
  ASSERT_EQ(berlin.problems().size(), 2U);
  EXPECT_TRUE(berlin.problems()[0].lost);
  EXPECT_THAT(berlin.problems()[0].message, HasSubstr("a time without a zone"));
  EXPECT_FALSE(berlin.problems()[1].lost);
  EXPECT_THAT(berlin.problems()[1].message, HasSubstr("\"Nowhere/Land\" is not a known time zone"));
  EXPECT_THAT(berlin.problems()[1].message, HasSubstr("days are read in Europe/Berlin"));
  // Without a zone of the group there is nothing to read them in.
  EXPECT_EQ(Calendar::parse_icalendar(text, "x.ics")->left_out(), 2U);
}

}  // namespace
}  // namespace almanac::calendar
