#include "serving/http/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::serving {
namespace {

using testing::HasSubstr;

Fields fields(const std::string& body) {
  const auto read = Fields::read(body, {"until", "count", "why"});
  EXPECT_TRUE(read) << body;
  return read.value_or(Fields());
}

TEST(Fields, AnEmptyBodyHasNone) {
  for (const char* body : {"", " \n", "{}", R"({"why": null})"}) {
    EXPECT_FALSE(fields(body).has("why")) << body;
    EXPECT_EQ(fields(body).text("why", 5), "");
    EXPECT_FALSE(fields(body).whole("count", 0, 5)) << "a number has no empty one";
  }
}

TEST(Fields, WhatIsNoObjectOrNotKnownIsRefused) {
  for (const std::string& body :
       {std::string("["), std::string("[]"), std::string("{"), std::string("5"), R"({"other": 1})" + std::string(),
        std::string(100000, '[') + std::string(100000, ']'),
        R"({"why": )" + std::string(10, '[') + std::string(10, ']') + "}"}) {
    EXPECT_FALSE(Fields::read(body, {"why"})) << body.substr(0, 50);
  }
  EXPECT_EQ(Fields::read(R"({"unit": 1})", {"until", "why"}).error().message,
            "'unit' is not known here (expected: until, why)");
}

TEST(Fields, TextsAreShortAndForgeNoLines) {
  EXPECT_EQ(fields(R"({"why": "line\n\u001bone"})").text("why", 20), "lineone");
  EXPECT_EQ(fields(R"({"why": "üü"})").text("why", 2), "üü") << "characters, not bytes";
  EXPECT_EQ(fields(R"({"why": "üüü"})").text("why", 2).error().message, "why: expected a text of at most 2 characters");
  EXPECT_FALSE(fields(R"({"why": 5})").text("why", 20));
  EXPECT_FALSE(fields(R"({"why": ["a"]})").text("why", 20));
}

TEST(Fields, WholeNumbersLieBetweenTheirLimits) {
  EXPECT_EQ(fields(R"({"count": 7})").whole("count", 0, 7), 7);
  EXPECT_EQ(fields(R"({"count": 7.0})").whole("count", 0, 7), 7);
  for (const char* body : {R"({"count": 8})", R"({"count": -1})", R"({"count": 1.5})", R"({"count": "7"})",
                           R"({"count": 18446744073709551615})"}) {
    EXPECT_EQ(fields(body).whole("count", 0, 7).error().message, "count: expected a whole number from 0 to 7") << body;
  }
}

TEST(Fields, TimesAreOfOneFormOrSecondsAsOlderClientsSay) {
  const Timestamp five{Duration{1764090000}};
  for (const char* until : {R"("2025-11-25T17:00:00Z")", R"("2025-11-25T18:00:00+01:00")", R"("1764090000")",
                            "1764090000", "1764090000.0"}) {
    EXPECT_EQ(fields(R"({"until": )" + std::string(until) + "}").time("until"), five) << until;
  }
  for (const char* until :
       {R"("tomorrow")", R"("2025-11-25T25:00:00Z")", R"("-1")", "-1", "1.5", "true", "18446744073709551615", "null"}) {
    EXPECT_FALSE(fields(R"({"until": )" + std::string(until) + "}").time("until")) << until;
  }
  EXPECT_THAT(fields(R"({"until": true})").time("until").error().message,
              HasSubstr("until: expected a time like 2026-11-27T08:00:00Z, or whole seconds since 1970"));
}

}  // namespace
}  // namespace almanac::serving
