#include "calendar/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <thread>

#include "calendar/zone.h"

namespace almanac::calendar {
namespace {

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

Event event(std::string name, std::string_view start, std::string_view end) {
  Event made;
  made.uid = made.name = std::move(name);
  made.kind = "sale";
  made.span = {at(start), at(end)};
  return made;
}

TEST(Calendar, OfGivesTheOccurrencesThatOverlapARangeByStartThenName) {
  const Calendar calendar = Calendar::of(
      {event("late", "2026-11-28T08:00", "2026-11-28T10:00"), event("b", "2026-11-27T08:00", "2026-11-27T10:00"),
       event("a", "2026-11-27T08:00", "2026-11-27T09:00"), event("long", "2026-01-01", "2026-12-31")});
  const auto names = [&](std::string_view from, std::string_view to) {
    std::vector<std::string> found;
    for (const Event& one : calendar.between({at(from), at(to)})) found.push_back(one.name);
    return found;
  };
  using testing::ElementsAre;
  EXPECT_THAT(names("2026-11-27T00:00", "2026-11-29T00:00"), ElementsAre("long", "a", "b", "late"));
  EXPECT_THAT(names("2026-11-27T09:00", "2026-11-28T08:00"), ElementsAre("long", "b"));  // both ends are half-open
  EXPECT_THAT(names("2027-01-01T00:00", "2027-02-01T00:00"), ElementsAre());
  EXPECT_THAT(names("2026-11-27T08:30", "2026-11-27T08:30"), ElementsAre());  // an empty range holds nothing
}

TEST(Calendar, KnowsItsZone) {
  const Calendar paris = Calendar::of({}, "Europe/Paris");
  EXPECT_EQ(paris.timezone(), "Europe/Paris");
  EXPECT_EQ(paris.local_time(at("2026-11-27T08:00Z")), "Fri 2026-11-27 09:00 CET");
  EXPECT_EQ(paris.utc_offset(at("2026-11-27T08:00Z")), kHour);
  EXPECT_EQ(paris.utc_offset(at("2026-07-27T08:00Z")), 2 * kHour);
  const Calendar nowhere =
      Calendar::of({event("kept", "2026-11-27", "2026-11-28"), event("empty", "2026-11-27", "2026-11-27")}, "Nowhere");
  EXPECT_EQ(nowhere.timezone(), "UTC");
  EXPECT_EQ(nowhere.problems().size(), 2u);
  EXPECT_EQ(nowhere.between({at("2026-01-01"), at("2027-01-01")}).size(), 1u);
}

TEST(Calendar, ParseChoosesTheFormatByTheFirstCharacter) {
  EXPECT_TRUE(Calendar::parse("  \n{\"events\": []}", "x").has_value());
  EXPECT_TRUE(Calendar::parse("\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "x").has_value());
  EXPECT_THAT(Calendar::parse("", "shop").error().message, testing::HasSubstr("shop: the file is empty"));
  EXPECT_THAT(Calendar::parse("\x7F"
                              "ELF",
                              "shop")
                  .error()
                  .message,
              testing::HasSubstr("expected BEGIN:VCALENDAR"));
  EXPECT_TRUE(Calendar::parse("[]", "x").has_value());
  EXPECT_THAT(Calendar::parse("'events': []", "shop.json").error().message, testing::HasSubstr("not JSON"));
  EXPECT_THAT(Calendar::parse("<!DOCTYPE html>\n<p>Sign in", "shop.json").error().message,
              testing::HasSubstr("found \"<!DOCTYPE html>\": a web page"));
}

TEST(Calendar, AFileWithoutAZoneDecidesNoneWhateverTheOrder) {
  const auto json = [](std::string_view text) { return *Calendar::parse_json(text, "x"); };
  const Calendar none = json(R"({"events": [{"name": "a", "start": "2026-07-14"}]})");
  const Calendar paris = json(R"({"timezone": "Europe/Paris"})");
  const Calendar tokyo = json(R"({"timezone": "Asia/Tokyo"})");
  EXPECT_EQ(Calendar::merge({none, paris, tokyo}).timezone(), "Europe/Paris");
  EXPECT_EQ(Calendar::merge({paris, none, tokyo}).timezone(), "Europe/Paris");
  EXPECT_EQ(Calendar::merge({none}).timezone(), "UTC");
  EXPECT_EQ(Calendar::merge({paris, none}, *Zone::iana("America/New_York")).timezone(), "America/New_York")
      << "what is set for the group goes first";
  EXPECT_EQ(Calendar::zone_of({none}), nullptr);
  // UTC that is stated is stated.
  EXPECT_EQ(Calendar::merge({json(R"({"timezone": "UTC"})"), paris}).timezone(), "UTC");
}

TEST(Calendar, MergeKeepsTheSwitchTheZoneAndTheProblems) {
  const auto json = [](std::string_view text) { return *Calendar::parse_json(text, "x"); };
  const Calendar merged = Calendar::merge({json(R"({"timezone": "Europe/Paris", "events": [3]})"),
                                           json(R"({"is_sale_active": 0})"), json(R"({"is_sale_active": 1, "a": 2})")});
  EXPECT_EQ(merged.timezone(), "Europe/Paris");
  EXPECT_EQ(merged.sale_switch(), true);
  EXPECT_EQ(merged.problems().size(), 2u);
  EXPECT_EQ(Calendar::merge({}).sale_switch(), std::nullopt);
}

TEST(Calendar, AnyRangeIsAnsweredAndRecurrencesEndInTheYear2200) {
  const Calendar calendar =
      *Calendar::parse_json(R"({"events": [{"name": "y", "start": "1950-01-01", "rrule": "FREQ=YEARLY"},
      {"name": "far", "start": "9000-01-01"}]})",
                            "x");
  EXPECT_EQ(calendar.between({Timestamp::min(), Timestamp::max()}).size(), 251u);  // 1950 to 2199, and the far one
  EXPECT_TRUE(calendar.between({Timestamp::min(), at("1949-12-31")}).empty());
  EXPECT_TRUE(calendar.between({at("2200-01-01"), at("2300-01-01")}).empty());
}

TEST(Calendar, IsReadByManyThreadsAtOnce) {
  const Calendar calendar = *Calendar::parse_json(R"({"timezone": "Europe/Paris", "events": [{"name": "h",
      "start": "2000-01-01T00:00", "end": "2000-01-01T00:10", "rrule": "FREQ=HOURLY"}]})",
                                                  "x");
  std::vector<std::thread> threads;
  std::vector<std::size_t> counts(4);
  for (std::size_t i = 0; i < counts.size(); ++i)
    threads.emplace_back([&, i] { counts[i] = calendar.between({at("2026-01-01"), at("2026-03-01")}).size(); });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t count : counts) EXPECT_EQ(count, 59u * 24u);
}

// A calendar of single and recurring entries in zones with clock changes.
Calendar any_calendar() {
  std::string json = R"({"timezone": ")" + *rc::gen::element<std::string>("Europe/Paris", "America/New_York", "UTC") +
                     R"(", "events": [)";
  const int entries = *rc::gen::inRange(1, 6);
  for (int i = 0; i < entries; ++i) {
    const Timestamp start = at("2026-01-01") + *rc::gen::inRange(0, 400 * 24) * kHour;
    const Timestamp end = start + *rc::gen::inRange(1, 200) * kHour / *rc::gen::inRange(1, 5);
    const auto local = [](Timestamp t) { return format_timestamp(t).substr(0, 19); };
    const std::string rule = *rc::gen::element<std::string>(
        "", R"(, "rrule": "FREQ=DAILY")", R"(, "rrule": "FREQ=WEEKLY;BYDAY=SA,SU")",
        R"(, "rrule": "FREQ=MONTHLY;COUNT=5")", R"(, "rrule": "FREQ=HOURLY;INTERVAL=7")");
    json += (i > 0 ? ", " : "") + std::string{R"({"name": ")"} + *rc::gen::element<std::string>("a", "b") +
            R"(", "start": ")" + local(start) + R"(", "end": ")" + local(end) + "\"" + rule + "}";
  }
  auto calendar = Calendar::parse_json(json + "]}", "any");
  RC_ASSERT(calendar.has_value());
  return *calendar;
}

Timestamp any_time() {
  return at("2026-01-01") + *rc::gen::inRange(-1000, 500 * 96) * 15 * kMinute;
}

RC_GTEST_PROP(CalendarProperty, ARangeGivesWhatAWiderRangeGivesThere, ()) {
  const Calendar calendar = any_calendar();
  const Timestamp start = any_time();
  const TimeRange range{start, start + *rc::gen::inRange(0, 2000) * kHour};
  const TimeRange wider{range.start - *rc::gen::inRange(0, 3000) * kHour,
                        range.end + *rc::gen::inRange(0, 3000) * kHour};
  std::vector<Event> expected = calendar.between(wider);
  std::erase_if(expected, [&](const Event& one) { return range.empty() || !one.span.overlaps(range); });
  RC_ASSERT(calendar.between(range) == expected);
}

RC_GTEST_PROP(CalendarProperty, SplittingARangeNeitherDuplicatesNorLoses, ()) {
  const Calendar calendar = any_calendar();
  const Timestamp start = any_time();
  const Timestamp middle = start + *rc::gen::inRange(1, 1000) * kHour;
  const Timestamp end = middle + *rc::gen::inRange(1, 1000) * kHour;
  std::vector<Event> pieces = calendar.between({start, middle});
  // What runs across the middle is in both halves; it belongs to the first.
  for (const Event& one : calendar.between({middle, end}))
    if (one.span.start >= middle || one.span.end <= start) pieces.push_back(one);
  RC_ASSERT(pieces == calendar.between({start, end}));
}

RC_GTEST_PROP(CalendarProperty, MergingKeepsEveryOccurrence, ()) {
  const Calendar a = any_calendar(), b = any_calendar();
  const Timestamp start = any_time();
  const TimeRange range{start, start + *rc::gen::inRange(1, 2000) * kHour};
  const std::vector<Event> merged = Calendar::merge({a, b}).between(range);
  const std::vector<Event> from_a = a.between(range), from_b = b.between(range);
  RC_ASSERT(merged.size() == from_a.size() + from_b.size());
  for (const auto* part : {&from_a, &from_b})
    for (const Event& one : *part) RC_ASSERT(std::find(merged.begin(), merged.end(), one) != merged.end());
}

}  // namespace
}  // namespace almanac::calendar
