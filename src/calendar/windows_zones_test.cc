#include "calendar/windows_zones.h"

#include <gtest/gtest.h>

#include "calendar/zone.h"

namespace almanac::calendar {
namespace {

TEST(WindowsZones, KnowsAZoneByItsKeyInAnyCaseAndAsACopy) {
  EXPECT_EQ(windows_zone("Eastern Standard Time"), "America/New_York");
  EXPECT_EQ(windows_zone("eastern standard time"), "America/New_York");
  EXPECT_EQ(windows_zone("Eastern Standard Time 1"), "America/New_York");
  EXPECT_EQ(windows_zone("Eastern Daylight Time"), "America/New_York");
  EXPECT_EQ(windows_zone("Eastern Standard Time (Mexico)"), "America/Cancun");
  EXPECT_EQ(windows_zone("W. Europe Standard Time"), "Europe/Berlin");
  EXPECT_EQ(windows_zone("E. Europe Standard Time"), "Europe/Chisinau");
  EXPECT_EQ(windows_zone("Central European Standard Time"), "Europe/Warsaw");
  EXPECT_EQ(windows_zone("Central Europe Standard Time"), "Europe/Budapest");
  EXPECT_EQ(windows_zone("UTC"), "Etc/UTC");
  // The sign is the zone's own: UTC-11 is eleven hours behind, which POSIX writes GMT+11.
  EXPECT_EQ(windows_zone("UTC-11"), "Etc/GMT+11");
  EXPECT_EQ(windows_zone("UTC+12"), "Etc/GMT-12");
  // A number may belong to the name.
  EXPECT_EQ(windows_zone("Russia Time Zone 3"), "Europe/Samara");
  EXPECT_EQ(windows_zone("Russia Time Zone 11"), "Asia/Kamchatka");
}

TEST(WindowsZones, KnowsAZoneByTheTextThatIsShown) {
  EXPECT_EQ(windows_zone("(UTC-05:00) Eastern Time (US & Canada)"), "America/New_York");
  EXPECT_EQ(windows_zone("(UTC-05:00) Eastern Time (US and Canada)"), "America/New_York");
  EXPECT_EQ(windows_zone("(GMT-05.00) Eastern Time (US & Canada)"), "America/New_York");
  EXPECT_EQ(windows_zone("Eastern Time (US & Canada)"), "America/New_York");
  // The same without the countries.
  EXPECT_EQ(windows_zone("Eastern Time"), "America/New_York");
  EXPECT_EQ(windows_zone("Central Time"), "America/Chicago");
  EXPECT_EQ(windows_zone("Mountain Time"), "America/Denver");
  EXPECT_EQ(windows_zone("(UTC-08:00) Pacific Time"), "America/Los_Angeles");
  EXPECT_EQ(windows_zone("Atlantic Time"), "America/Halifax");
  EXPECT_EQ(windows_zone("(GMT+01.00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna"), "Europe/Berlin");
  EXPECT_EQ(windows_zone("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"), "Europe/Berlin");
  EXPECT_EQ(windows_zone("(UTC+00:00) Dublin, Edinburgh, Lisbon, London"), "Europe/London");
  EXPECT_EQ(windows_zone("(UTC) Coordinated Universal Time"), "Etc/UTC");
  EXPECT_EQ(windows_zone("(UTC)"), "Etc/UTC");
}

TEST(WindowsZones, GuessesNothing) {
  for (const char* name : {"", "(UTC-05:00)", "(UTC-05:00) Atlantis", "Customized Time Zone", "Standard Time", "EST",
                           "Eastern", "Time", "Standard", "1", "()", "Middle Earth Standard Time"})
    EXPECT_EQ(windows_zone(name), "") << name;
}

TEST(WindowsZones, LeadsToZonesThatTheDatabaseHas) {
  // Some of every ocean; a name that this system's database lacks would lose the events of its calendars.
  for (const char* name :
       {"Dateline Standard Time", "Aleutian Standard Time", "US Eastern Standard Time", "Argentina Standard Time",
        "Greenland Standard Time", "FLE Standard Time", "India Standard Time", "Nepal Standard Time",
        "Myanmar Standard Time", "Aus Central W. Standard Time", "Lord Howe Standard Time", "Samoa Standard Time",
        "Line Islands Standard Time", "Yukon Standard Time", "South Sudan Standard Time", "Qyzylorda Standard Time"})
    EXPECT_TRUE(Zone::iana(windows_zone(name)).has_value()) << name << " -> " << windows_zone(name);
}

}  // namespace
}  // namespace almanac::calendar
