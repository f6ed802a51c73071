#include "calendar/tzif.h"

#include <date/tz.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

#include "calendar/posix_rule.h"

namespace almanac::calendar {
namespace {

std::string zone_file(const std::string& name) {
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string changes(std::string_view rule, int year) {
  const auto parsed = PosixRule::parse(rule);
  if (!parsed) return parsed.error().message;
  std::string text;
  for (const auto& t : parsed->transitions(std::chrono::year{year}))
    text += format_timestamp(t.at) + " " + t.offset.abbreviation + " " + format_duration(t.offset.utc_offset) + "; ";
  return text;
}

TEST(PosixRule, ChangesAsTheRuleSays) {
  // The last Sundays of March and October 2040 are the 25th and the 28th; 02:00 CET and 03:00 CEST are both 01:00Z.
  EXPECT_EQ(changes("CET-1CEST,M3.5.0,M10.5.0/3", 2040), "2040-03-25T01:00:00Z CEST 2h; 2040-10-28T01:00:00Z CET 1h; ");
  // The second Sunday of March 2040 is the 11th, the first of November the 4th.
  EXPECT_EQ(changes("EST5EDT,M3.2.0,M11.1.0", 2040), "2040-03-11T07:00:00Z EDT -4h; 2040-11-04T06:00:00Z EST -5h; ");
  // South of the equator the year begins in summer; New Zealand: NZST is UTC+12.
  EXPECT_EQ(changes("NZST-12NZDT,M9.5.0,M4.1.0/3", 2040),
            "2040-03-31T14:00:00Z NZST 12h; 2040-09-29T14:00:00Z NZDT 13h; ");
  // Ireland's winter time is the one that is "saved", and Greenland changes on the evening before (-1:00).
  EXPECT_EQ(changes("IST-1GMT0,M10.5.0,M3.5.0/1", 2040), "2040-03-25T01:00:00Z IST 1h; 2040-10-28T01:00:00Z GMT 0s; ");
  EXPECT_EQ(changes("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2040),
            "2040-03-25T01:00:00Z -01 -1h; 2040-10-28T01:00:00Z -02 -2h; ");
  EXPECT_EQ(changes("<+0530>-5:30", 2040), "");
}

TEST(PosixRule, CountsDaysWithAndWithoutThe29thOfFebruary) {
  EXPECT_EQ(changes("AAA0BBB,J60,J365/25", 2040), "2040-03-01T02:00:00Z BBB 1h; 2041-01-01T00:00:00Z AAA 0s; ");
  EXPECT_EQ(changes("AAA0BBB,59/0,60/0", 2040), "2040-02-29T00:00:00Z BBB 1h; 2040-02-29T23:00:00Z AAA 0s; ");
}

TEST(PosixRule, RefusesWhatItCannotRead) {
  for (const char* rule : {"", "CET", "C-1", "CET-1CEST", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.5.0,M10.6.0",
                           "CET-200", "CET-1CEST,M3.5.0,M10.5.0/3x", "<CET-1", "CET-1CEST,J0,J1"})
    EXPECT_FALSE(PosixRule::parse(rule)) << rule;
}

// Debian's files are fat up to 2037; `date` reads the same files in its own way.
TEST(Tzif, AgreesWithTheDateLibraryOnEveryZone) {
  std::size_t compared = 0;
  for (const auto& reference : date::get_tzdb().zones) {
    const auto zone = Zone::iana(reference.name());
    ASSERT_TRUE(zone) << zone.error().message;
    for (int day = 0; day < 37 * 365; day += 5) {  // 2000 to 2036
      const Timestamp t{Duration{946'684'800} + day * kDay + (day % 24) * kHour};
      const auto expected = reference.get_info(date::sys_seconds{t.time_since_epoch()});
      const auto found = (*zone)->at(t);
      ASSERT_EQ(found.utc_offset, expected.offset) << reference.name() << " " << format_timestamp(t);
      ASSERT_EQ(found.abbreviation, expected.abbrev) << reference.name() << " " << format_timestamp(t);
      ++compared;
    }
  }
  EXPECT_GT(compared, 300u * 2000u);
}

TEST(Tzif, GoesOnByTheFootersRuleAfterTheTable) {
  const auto paris = *read_tzif("Europe/Paris", zone_file("Europe/Paris"));
  EXPECT_EQ(paris->at(*parse_timestamp("2060-07-01")).abbreviation, "CEST");
  EXPECT_EQ(paris->at(*parse_timestamp("2060-12-01")).abbreviation, "CET");
}

TEST(Tzif, ReadsASmallFileByHand) {
  const std::string v1_header = std::string("TZif2") + std::string(15 + 24, '\0');
  const auto count = [](char n) { return std::string(3, '\0') + n; };
  // No transitions, one type of one record and four characters: UTC+1 "AAA", then a rule.
  const std::string v2_header =
      std::string("TZif2") + std::string(15, '\0') + std::string(16, '\0') + count(1) + count(4);
  const std::string type = std::string("\0\0\x0e\x10\0\0", 6) + std::string("AAA\0", 4);
  const std::string whole = v1_header + v2_header + type + "\nAAA-1\n";
  const auto zone = read_tzif("x", whole);
  ASSERT_TRUE(zone) << zone.error().message;
  EXPECT_EQ((*zone)->at(Timestamp{}).utc_offset, kHour);
  EXPECT_EQ((*zone)->at(Timestamp{}).abbreviation, "AAA");
  EXPECT_FALSE(read_tzif("x", v1_header + v2_header + type + "\nAAA-1BBB\n"));
}

TEST(Tzif, RefusesWhatIsNoZone) {
  EXPECT_FALSE(read_tzif("x", ""));
  EXPECT_FALSE(read_tzif("x", "<html>"));
  if (const auto leaps = zone_file("right/Europe/Paris"); !leaps.empty()) {
    EXPECT_THAT(read_tzif("x", leaps).error().message, testing::HasSubstr("leap seconds"));
  }
  for (const char* name : {"Europe/Parsi", "../../../etc/passwd", "/etc/localtime", "Europe", "", "zone.tab"})
    EXPECT_EQ(Zone::iana(name).error().code, ErrorCode::invalid_input) << name;
}

RC_GTEST_PROP(Tzif, ReadsDamagedFilesWithoutHarm, ()) {
  std::string bytes = zone_file("America/New_York");
  const int cuts = *rc::gen::inRange(0, 2);
  if (cuts != 0) bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size()));
  for (int i = *rc::gen::inRange(0, 6); i > 0 && !bytes.empty(); --i)
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  if (const auto zone = read_tzif("x", bytes)) {
    (*zone)->at(Timestamp{Duration{1'764'000'000}});
    (*zone)->to_utc(LocalTime{Duration{1'764'000'000}});
  }
}

}  // namespace
}  // namespace almanac::calendar
