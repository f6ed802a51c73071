#include "app/time_option.h"

#include <gtest/gtest.h>

namespace almanac::app {
namespace {

TEST(NamesZone, ByZByAnOffsetOrAsSecondsSince1970) {
  for (const char* text : {"2026-11-27T08:00Z", "2026-11-27 08:00:30z", "2026-11-27T09:00:00+01:00",
                           "2026-11-27T03:00-05", "1764230400"}) {
    EXPECT_TRUE(names_zone(text)) << text;
  }
  for (const char* text : {"2026-11-27", "2026-11-27T08:00", "2026-11-27 08:00:00.5"}) {
    EXPECT_FALSE(names_zone(text)) << text;
  }
}

TEST(ZoneNotice, SaysWhereWhatAndHowToSayIt) {
  EXPECT_EQ(zone_notice("--from", "2026-11-27"),
            "--from: \"2026-11-27\" names no zone and is taken as UTC; add T00:00Z, or an offset such as +01:00");
  EXPECT_EQ(zone_notice("--until", "2026-11-27 08:00"),
            "--until: \"2026-11-27 08:00\" names no zone and is taken as UTC; add Z, or an offset such as +01:00");
}

}  // namespace
}  // namespace almanac::app
