#include "calendar/zone_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::calendar {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string read(std::string_view name) {
  const auto zone = zone_named(name);
  return zone ? (*zone)->name() : zone.error().message;
}

TEST(ZoneName, IanaNamesOfAnyCaseAndUtc) {
  EXPECT_EQ(read("Europe/Paris"), "Europe/Paris");
  EXPECT_EQ(read("america/new_york"), "America/New_York");
  EXPECT_EQ(read("utc"), "UTC");
  EXPECT_EQ(read("GMT"), "UTC");
  EXPECT_EQ(read("Etc/GMT+5"), "Etc/GMT+5");
  EXPECT_EQ(read("W. Europe Standard Time"), "Europe/Berlin") << "as Windows names it";
  EXPECT_EQ(read("CET"), "CET") << "a name of the database, with its clock changes";
}

// tzdb has an EST, without summer time: whoever writes it in July means New York's clock.
TEST(ZoneName, AnAbbreviationIsRefusedWithThePlacesItStandsFor) {
  EXPECT_THAT(read("EST"), AllOf(HasSubstr("\"EST\" is an abbreviation"), HasSubstr("America/New_York")));
  EXPECT_THAT(read("pst"), HasSubstr("America/Los_Angeles"));
  EXPECT_THAT(read("IST"), AllOf(HasSubstr("Asia/Kolkata"), HasSubstr("Europe/Dublin")));
}

TEST(ZoneName, AnUnknownNameIsAnsweredWithTheNearest) {
  EXPECT_THAT(read("Europe/Pariss"), HasSubstr("is not a known time zone; did you mean Europe/Paris?"));
  EXPECT_THAT(read("Paris"), HasSubstr("did you mean Europe/Paris?"));
  EXPECT_THAT(read("Middle-earth/Mordor"), HasSubstr("expected an IANA name such as Europe/Paris"));
  EXPECT_THAT(read("../../etc/passwd"), HasSubstr("is not a known time zone"));
  EXPECT_THAT(read(""), HasSubstr("is not a known time zone"));
}

TEST(ZoneName, UtcIsKnownByAnyNameButAPlaceIsAPlace) {
  EXPECT_TRUE(is_utc(*Zone::utc()));
  EXPECT_TRUE(is_utc(**Zone::iana("Etc/GMT")));
  EXPECT_TRUE(is_utc(*Zone::custom("tzone://Microsoft/Utc", {Duration{0}, "UTC"}, {})));
  EXPECT_FALSE(is_utc(**Zone::iana("Atlantic/Reykjavik")));
  EXPECT_FALSE(is_utc(**Zone::iana("Europe/London")));
  EXPECT_FALSE(is_utc(**Zone::iana("Etc/GMT+5")));
}

}  // namespace
}  // namespace almanac::calendar
