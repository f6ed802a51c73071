#include "calendar/zone.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "calendar/ical_zone.h"

namespace almanac::calendar {
namespace {

std::shared_ptr<const Zone> zone(std::string_view name) {
  return *Zone::iana(name);
}

// The wall clock's reading as a LocalTime; the Z is not meant.
LocalTime local(std::string_view text) {
  return LocalTime{parse_timestamp(text)->time_since_epoch()};
}

std::string utc_of(std::string_view zone_name, std::string_view wall) {
  return format_timestamp(zone(zone_name)->to_utc(local(wall)));
}

TEST(Zone, AUniqueLocalTimeIsOneInstant) {
  EXPECT_EQ(utc_of("Europe/Paris", "2026-01-15T09:00"), "2026-01-15T08:00:00Z");      // CET = UTC+1
  EXPECT_EQ(utc_of("Europe/Paris", "2026-07-15T09:00"), "2026-07-15T07:00:00Z");      // CEST = UTC+2
  EXPECT_EQ(utc_of("America/New_York", "2026-01-15T09:00"), "2026-01-15T14:00:00Z");  // EST = UTC-5
  EXPECT_EQ(utc_of("America/New_York", "2026-07-15T09:00"), "2026-07-15T13:00:00Z");  // EDT = UTC-4
}

TEST(Zone, ASkippedLocalTimeMovesForwardByTheGap) {
  // Paris, 29 March 2026: 02:00 CET becomes 03:00 CEST. 02:30 at UTC+1 is 01:30Z, which the wall shows as 03:30.
  EXPECT_EQ(utc_of("Europe/Paris", "2026-03-29T02:30"), "2026-03-29T01:30:00Z");
  EXPECT_EQ(utc_of("Europe/Paris", "2026-03-29T01:59"), "2026-03-29T00:59:00Z");
  EXPECT_EQ(utc_of("Europe/Paris", "2026-03-29T03:00"), "2026-03-29T01:00:00Z");
  // New York, 8 March 2026: 02:00 EST becomes 03:00 EDT. 02:30 at UTC-5 is 07:30Z, which the wall shows as 03:30.
  EXPECT_EQ(utc_of("America/New_York", "2026-03-08T02:30"), "2026-03-08T07:30:00Z");
  EXPECT_TRUE(zone("Europe/Paris")->skips(local("2026-03-29T02:30")));
  EXPECT_FALSE(zone("Europe/Paris")->skips(local("2026-03-29T03:00")));
}

TEST(Zone, ARepeatedLocalTimeMeansItsFirstOccurrence) {
  // Paris, 25 October 2026: 03:00 CEST becomes 02:00 CET; the first 02:30 is CEST, 00:30Z.
  EXPECT_EQ(utc_of("Europe/Paris", "2026-10-25T02:30"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(utc_of("Europe/Paris", "2026-10-25T03:00"), "2026-10-25T02:00:00Z");
  // New York, 1 November 2026: 02:00 EDT becomes 01:00 EST; the first 01:30 is EDT, 05:30Z.
  EXPECT_EQ(utc_of("America/New_York", "2026-11-01T01:30"), "2026-11-01T05:30:00Z");
  EXPECT_EQ(utc_of("America/New_York", "2026-11-01T02:00"), "2026-11-01T07:00:00Z");
  EXPECT_FALSE(zone("America/New_York")->skips(local("2026-11-01T01:30")));
}

TEST(Zone, FormatsWithWeekdayAndAbbreviation) {
  const auto shown = [](std::string_view time, std::string_view name) {
    return format_zoned(*parse_timestamp(time), *zone(name));
  };
  EXPECT_EQ(shown("2026-11-27T08:00:00Z", "Europe/Paris"), "Fri 2026-11-27 09:00 CET");
  EXPECT_EQ(shown("2026-07-03T22:00:30Z", "Europe/Paris"), "Sat 2026-07-04 00:00:30 CEST");
  EXPECT_EQ(shown("2026-11-27T08:00:00Z", "UTC"), "Fri 2026-11-27 08:00 UTC");
}

TEST(Zone, AnUnknownNameIsRefusedWithAnExample) {
  for (const char* name : {"Europe/Pariss", "", "../../etc/passwd", "Mars/Olympus"}) {
    const auto refused = Zone::iana(name);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
    EXPECT_NE(refused.error().message.find("Europe/Paris"), std::string::npos);
  }
}

// The rules of the European Union and the United States as calendar programs write them.
constexpr const char* kParis =
    "BEGIN:VTIMEZONE\r\nTZID:Ours/Paris\r\n"
    "BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nDTSTART:19970330T020000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19971026T030000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
constexpr const char* kNewYork =
    "BEGIN:VTIMEZONE\r\nTZID:Ours/New_York\r\n"
    "BEGIN:DAYLIGHT\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nTZNAME:EDT\r\nDTSTART:20070311T020000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\nDTSTART:20071104T020000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

void expect_same_zone(const Zone& ours, const Zone& known, LocalTime from, int hours) {
  for (int hour = 0; hour < hours; ++hour) {
    const LocalTime wall = from + hour * kHour + 17 * kMinute;
    const Timestamp utc{wall.time_since_epoch()};
    ASSERT_EQ(ours.to_utc(wall), known.to_utc(wall)) << format_timestamp(utc) << " on the wall";
    ASSERT_EQ(format_zoned(utc, ours), format_zoned(utc, known));
  }
}

TEST(Zone, ADefinitionInAFileGivesTheSameTimesAsTheDatabase) {
  const auto paris = read_vtimezone({1, kParis});
  const auto new_york = read_vtimezone({1, kNewYork});
  ASSERT_TRUE(paris && new_york);
  EXPECT_EQ(paris->tzid, "Ours/Paris");
  // Every hour of eight years, with all clock changes in both directions.
  expect_same_zone(*paris->zone, *zone("Europe/Paris"), local("2020-01-01"), 8 * 365 * 24);
  expect_same_zone(*new_york->zone, *zone("America/New_York"), local("2020-01-01"), 8 * 365 * 24);
}

TEST(Zone, ADefinitionThatMakesNoSenseIsRefused) {
  const auto refused = [](const std::string& body) {
    return !read_vtimezone({1, "BEGIN:VTIMEZONE\r\n" + body + "END:VTIMEZONE\r\n"}).has_value();
  };
  EXPECT_TRUE(refused("TZID:X\r\n"));
  EXPECT_TRUE(refused("BEGIN:STANDARD\r\nEND:STANDARD\r\n"));
  EXPECT_TRUE(refused("TZID:X\r\nBEGIN:STANDARD\r\nDTSTART:20200101T000000\r\nTZOFFSETFROM:+0100\r\nEND:STANDARD\r\n"));
  EXPECT_TRUE(
      refused("TZID:X\r\nBEGIN:STANDARD\r\nDTSTART:20200101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n"
              "RRULE:FREQ=HOURLY\r\nEND:STANDARD\r\n"));  // 1.7 million clock changes
}

RC_GTEST_PROP(ZoneProperty, InstantsSurviveTheWayThroughLocalTimeExceptInTheRepeatedHour, ()) {
  const auto seconds = *rc::gen::inRange<long long>(1'500'000'000, 2'100'000'000);
  const auto where = zone(*rc::gen::element<std::string>("Europe/Paris", "America/New_York", "Australia/Lord_Howe",
                                                         "Asia/Kathmandu", "UTC"));
  const Timestamp t{Duration{seconds}};
  const Timestamp back = where->to_utc(where->to_local(t));
  RC_ASSERT(back <= t);
  RC_ASSERT(t - back <= kHour);
  RC_ASSERT(where->to_local(back) == where->to_local(t));  // the same reading of the clock
}

}  // namespace
}  // namespace almanac::calendar
