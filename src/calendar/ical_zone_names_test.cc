#include "calendar/ical_zone_names.h"

#include <gtest/gtest.h>

namespace almanac::calendar {
namespace {

std::string named(ZoneNames& names, const std::string& tzid) {
  const auto zone = names.find(tzid);
  return zone ? zone->name() : "not known";
}

std::shared_ptr<const Zone> five_hours(const std::string& name) {
  return Zone::custom(name, {5 * kHour, "five"}, {});
}

TEST(ZoneNames, ACityIsTheDatabasesWhateverTheFileSaysAndHoweverItIsWritten) {
  ZoneNames names;
  names.define("Europe/Berlin", five_hours("own"));
  for (const char* tzid :
       {"Europe/Berlin", "europe/berlin", "\"Europe/Berlin\"", " Europe/Berlin ",
        "/freeassociation.sourceforge.net/Europe/Berlin", "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin",
        "/mozilla.org/20050126_1/Europe/Berlin", "/citadel.org/20190914_1/Europe/Berlin"})
    EXPECT_EQ(named(names, tzid), "Europe/Berlin") << tzid;
  EXPECT_EQ(named(names, "America/New York"), "America/New_York");
  EXPECT_EQ(named(names, "/example.com/America/Argentina/Buenos_Aires"), "America/Argentina/Buenos_Aires");
}

TEST(ZoneNames, AnyOtherNameIsTheFilesOwnBeforeAnybodyElses) {
  ZoneNames names;
  for (const char* tzid : {"EST", "Customized Time Zone", "Eastern Standard Time", "GMT", "Europe/Atlantis"}) {
    names.define(tzid, five_hours("own"));
    EXPECT_EQ(named(names, tzid), "own") << tzid;
  }
  EXPECT_EQ(named(names, "customized time zone"), "own");
  ZoneNames empty;
  EXPECT_EQ(named(empty, "EST"), "EST");
  EXPECT_EQ(named(empty, "Eastern Standard Time"), "America/New_York");
  EXPECT_EQ(named(empty, "UTC"), "UTC");
  EXPECT_EQ(named(empty, "tzone://Microsoft/Utc"), "UTC");
}

TEST(ZoneNames, WhatIsNotKnownIsNotGuessed) {
  ZoneNames names;
  for (const char* tzid : {"", "Customized Time Zone", "Europe/Atlantis", "(UTC-05:00) Somewhere", "GMT+01:00",
                           "/example.com/EST", "../../etc/passwd", "/", "tzone://Microsoft/Custom"})
    EXPECT_EQ(named(names, tzid), "not known") << tzid;
}

}  // namespace
}  // namespace almanac::calendar
