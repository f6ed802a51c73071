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

// Winter and summer of Chicago from 2007 on: six hours behind UTC, five from the second Sunday of March at 08:00 UTC to
// the first Sunday of November at 07:00 UTC. `late` moves the changes.
std::shared_ptr<const Zone> like_chicago(const std::string& name, Duration late = Duration{0}) {
  using namespace std::chrono;
  std::vector<Zone::Transition> transitions;
  for (year y{2007}; y < year{2040}; ++y) {
    transitions.push_back({sys_days{y / March / Sunday[2]} + 8 * kHour + late, {-5 * kHour, "D"}});
    transitions.push_back({sys_days{y / November / Sunday[1]} + 7 * kHour + late, {-6 * kHour, "S"}});
  }
  return Zone::custom(name, {-6 * kHour, "S"}, transitions);
}

std::string only_of(const std::vector<std::string>& used, std::vector<std::shared_ptr<const Zone>> own = {}) {
  ZoneNames names;
  for (const auto& zone : own) names.define(zone->name(), zone);
  IcalText calendar;
  for (const std::string& tzid : used)
    calendar.events.push_back({1, "DTSTART;TZID=" + tzid + ":20260105T090000\r\nEXDATE;TZID=UTC:20260105T090000\r\n"});
  const auto zone = names.only_one(calendar);
  return zone ? zone->name() : "none";
}

TEST(ZoneNames, TheOnlyZoneMayHaveSeveralNames) {
  EXPECT_EQ(only_of({"US/Central", "America/Chicago"}), "America/Chicago");
  EXPECT_EQ(only_of({"America/Chicago"}, {like_chicago("Central Standard Time")}), "America/Chicago");
  EXPECT_EQ(only_of({"America/Chicago"}, {like_chicago("A Team"), like_chicago("Zone of ours")}), "America/Chicago");
  EXPECT_EQ(only_of({}, {like_chicago("Team"), like_chicago("Other")}), "Other");
  EXPECT_EQ(only_of({"Eastern Standard Time", "America/New_York"}), "America/New_York");
  // Not the same clocks: Regina has no summer time, a definition that changes an hour late is another one.
  EXPECT_EQ(only_of({"America/Chicago", "America/Regina"}), "none");
  EXPECT_EQ(only_of({"America/Chicago"}, {like_chicago("Team", kHour)}), "none");
  EXPECT_EQ(only_of({"America/Chicago", "America/New_York"}), "none");
  EXPECT_EQ(only_of({"Nowhere"}), "none");
}

TEST(ZoneNames, WhatIsNotKnownIsNotGuessed) {
  ZoneNames names;
  for (const char* tzid : {"", "Customized Time Zone", "Europe/Atlantis", "(UTC-05:00) Somewhere", "GMT+01:00",
                           "/example.com/EST", "../../etc/passwd", "/", "tzone://Microsoft/Custom"})
    EXPECT_EQ(named(names, tzid), "not known") << tzid;
}

}  // namespace
}  // namespace almanac::calendar
