#include "calendar/recurrence.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libical/ical.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <string>

namespace almanac::calendar {
namespace {

using testing::ElementsAre;

LocalTime local(std::string_view text) {
  return LocalTime{parse_timestamp(text)->time_since_epoch()};
}

std::string text_of(LocalTime t) {
  return format_timestamp(Timestamp{t.time_since_epoch()}).substr(0, 16);  // without ":00Z"
}

// Starts of a rule in a range, written "2026-03-02T09:00".
std::vector<std::string> starts(std::string_view rule, std::string_view first, std::string_view from,
                                std::string_view to) {
  const auto recurrence = Recurrence::parse(rule, local(first), *Zone::utc());
  if (!recurrence) return {recurrence.error().message};
  std::vector<std::string> result;
  for (LocalTime t : recurrence->starts({local(from), local(to)})) result.push_back(text_of(t));
  return result;
}

TEST(Recurrence, RepeatsByTheDayWeekMonthAndYear) {
  EXPECT_THAT(starts("FREQ=DAILY;INTERVAL=10", "2026-01-01T09:00", "2026-01-05", "2026-02-01"),
              ElementsAre("2026-01-11T09:00", "2026-01-21T09:00", "2026-01-31T09:00"));
  EXPECT_THAT(starts("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "2026-03-02T09:00", "2026-03-01", "2026-03-29"),
              ElementsAre("2026-03-02T09:00", "2026-03-06T09:00", "2026-03-16T09:00", "2026-03-20T09:00"));
  EXPECT_THAT(starts("FREQ=MONTHLY;BYDAY=-1FR", "2026-01-30T09:00", "2026-01-01", "2026-04-01"),
              ElementsAre("2026-01-30T09:00", "2026-02-27T09:00", "2026-03-27T09:00"));
  // The last working day of the month.
  EXPECT_THAT(starts("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-30T09:00", "2026-01-01", "2026-04-01"),
              ElementsAre("2026-01-30T09:00", "2026-02-27T09:00", "2026-03-31T09:00"));
  // The day after Thanksgiving: the Friday among the 23rd to the 29th of November.
  EXPECT_THAT(starts("FREQ=YEARLY;BYMONTH=11;BYDAY=FR;BYMONTHDAY=23,24,25,26,27,28,29", "2020-11-27T09:00",
                     "2025-01-01", "2028-01-01"),
              ElementsAre("2025-11-28T09:00", "2026-11-27T09:00", "2027-11-26T09:00"));
  // A month without a 31st has no occurrence, as 2027 has none on 29 February.
  EXPECT_THAT(starts("FREQ=MONTHLY", "2026-01-31T09:00", "2026-01-01", "2026-06-01"),
              ElementsAre("2026-01-31T09:00", "2026-03-31T09:00", "2026-05-31T09:00"));
  EXPECT_THAT(starts("FREQ=YEARLY", "2024-02-29T09:00", "2024-01-01", "2033-01-01"),
              ElementsAre("2024-02-29T09:00", "2028-02-29T09:00", "2032-02-29T09:00"));
}

TEST(Recurrence, EndsWithCountOrUntil) {
  EXPECT_THAT(starts("FREQ=DAILY;COUNT=3", "2026-01-01T09:00", "2020-01-01", "2030-01-01"),
              ElementsAre("2026-01-01T09:00", "2026-01-02T09:00", "2026-01-03T09:00"));
  // COUNT counts from the first start, not from the range.
  EXPECT_THAT(starts("FREQ=DAILY;COUNT=3", "2026-01-01T09:00", "2026-01-03", "2030-01-01"),
              ElementsAre("2026-01-03T09:00"));
  EXPECT_THAT(starts("FREQ=DAILY;UNTIL=20260102T090000", "2026-01-01T09:00", "2020-01-01", "2030-01-01"),
              ElementsAre("2026-01-01T09:00", "2026-01-02T09:00"));  // UNTIL is inclusive
  EXPECT_THAT(starts("FREQ=DAILY;UNTIL=20260102", "2026-01-01T09:00", "2020-01-01", "2030-01-01"),
              ElementsAre("2026-01-01T09:00", "2026-01-02T09:00"));
}

TEST(Recurrence, ACountOfMinusOneIsNone) {
  for (const char* rule : {"FREQ=DAILY;COUNT=-1;UNTIL=20260102", "FREQ=DAILY;UNTIL=20260102;COUNT=-1",
                           "COUNT=-1;FREQ=DAILY;UNTIL=20260102"})
    EXPECT_THAT(starts(rule, "2026-01-01T09:00", "2020-01-01", "2030-01-01"),
                ElementsAre("2026-01-01T09:00", "2026-01-02T09:00"))
        << rule;
}

TEST(Recurrence, ReadsAnUntilInUtcOnTheWallOfItsZone) {
  const auto paris = *Zone::iana("Europe/Paris");
  // 08:00Z is 09:00 in Paris in winter: the occurrence of that morning is the last one.
  const auto rule = Recurrence::parse("FREQ=DAILY;UNTIL=20260103T080000Z", local("2026-01-01T09:00"), *paris);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->starts({local("2026-01-01"), local("2026-02-01")}).size(), 3u);
}

TEST(Recurrence, OfWholeDaysAnUntilOfMidnightUtcIsThatDay) {
  const auto days_until = [](const std::string& until, const std::string& zone, Recurrence::Of of) {
    const auto rule = Recurrence::parse("FREQ=DAILY;UNTIL=" + until, local("2026-01-01T00:00"), **Zone::iana(zone), of);
    return rule ? rule->starts({local("2026-01-01"), local("2026-02-01")}).size() : 0;
  };
  // Midnight UTC of the 3rd is the evening of the 2nd in New York, 01:00 in Berlin, 13:00 in Auckland.
  for (const char* zone : {"America/New_York", "Europe/Berlin", "Pacific/Auckland", "UTC"})
    EXPECT_EQ(days_until("20260103T000000Z", zone, Recurrence::Of::days), 3u) << zone;
  EXPECT_EQ(days_until("20260103T000000Z", "America/New_York", Recurrence::Of::times), 2u);
  // Any other moment is one: the last second of the 2nd in New York.
  EXPECT_EQ(days_until("20260103T045959Z", "America/New_York", Recurrence::Of::days), 2u);
  EXPECT_EQ(days_until("20260103T050000Z", "America/New_York", Recurrence::Of::days), 3u);
}

TEST(Recurrence, RefusesHostileAndSenselessRulesWithAReason) {
  const auto refused = [](std::string_view rule) {
    const auto result = Recurrence::parse(rule, local("2026-01-01T09:00"), *Zone::utc());
    return result ? std::string{"accepted"} : result.error().message;
  };
  using testing::HasSubstr;
  EXPECT_THAT(refused("FREQ=SECONDLY"), HasSubstr("hourly or more rarely"));
  EXPECT_THAT(refused("FREQ=MINUTELY;INTERVAL=9999"), HasSubstr("hourly or more rarely"));
  EXPECT_THAT(refused("FREQ=HOURLY;BYMINUTE=0,1,2"), HasSubstr("24 starts a day"));
  EXPECT_THAT(refused("FREQ=DAILY;BYHOUR=0,1,2,3,4;BYMINUTE=0,10,20,30,40,50"), HasSubstr("24 starts a day"));
  EXPECT_THAT(refused("FREQ=DAILY;COUNT=200000"), HasSubstr("COUNT of at most 100000"));
  EXPECT_THAT(refused("FREQ=DAILY;INTERVAL=65537"), HasSubstr("sensible"));  // would wrap to 1
  EXPECT_THAT(refused("FREQ=WEEKLLY"), HasSubstr("FREQ=WEEKLY;BYDAY=FR"));
  EXPECT_THAT(refused(""), HasSubstr("recurrence rule"));
  EXPECT_THAT(refused("FREQ=WEEKLY;BYDAY=2MO"), HasSubstr("numbered BYDAY"));
  EXPECT_THAT(refused("FREQ=DAILY;BYWEEKNO=3"), HasSubstr("BYWEEKNO needs FREQ=YEARLY"));
  EXPECT_THAT(refused("FREQ=YEARLY;RSCALE=CHINESE"), HasSubstr("Gregorian"));
  EXPECT_THAT(refused(std::string(100'000, 'A')), HasSubstr("sensible"));
}

TEST(Recurrence, WhatNeverHappensAndWhatBeganLongAgoCostsLittle) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(starts("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "1900-01-01T09:00", "2026-01-01", "2026-03-01").empty());
    EXPECT_EQ(starts("FREQ=HOURLY", "1900-01-01T09:00", "2026-01-01", "2026-01-02").size(), 24u);
    EXPECT_EQ(starts("FREQ=DAILY", "1900-01-01T09:00", "2026-01-01", "2026-01-02").size(), 1u);
  }
  // 300 answers; a walk from 1900 takes about a million steps each. Generous, for slow and sanitized builds.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{2});
}

// libical's iterator, walked from the first start: slow, independent, and the oracle here.
std::vector<std::string> by_libical(const std::string& rule, const std::string& first, std::size_t most, LocalTime to) {
  std::vector<std::string> result;
  icalrecur_iterator* it =
      icalrecur_iterator_new(icalrecurrencetype_from_string(rule.c_str()), icaltime_from_string(first.c_str()));
  if (it == nullptr) return {"libical refuses " + rule};
  for (icaltimetype t = icalrecur_iterator_next(it); !icaltime_is_null_time(t); t = icalrecur_iterator_next(it)) {
    const std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute);
    if (local(text) >= to || result.size() >= most) break;
    result.push_back(text);
  }
  icalrecur_iterator_free(it);
  return result;
}

std::string random_rule() {
  const auto maybe = [](const std::string& part) { return *rc::gen::element(std::string{}, ";" + part); };
  const auto number = [](int low, int high) { return std::to_string(*rc::gen::inRange(low, high)); };
  const auto weekday = [] { return *rc::gen::element<std::string>("MO", "TU", "WE", "TH", "FR", "SA", "SU"); };
  const std::string frequency = *rc::gen::element<std::string>("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY");
  std::string rule = "FREQ=" + frequency + maybe("INTERVAL=" + number(1, 6));
  if (frequency == "MONTHLY" || frequency == "YEARLY") {
    const std::string ordinal = *rc::gen::element<std::string>("", "1", "2", "-1");
    rule += *rc::gen::element<std::string>("", ";BYDAY=" + ordinal + weekday(), ";BYMONTHDAY=" + number(1, 29),
                                           ";BYMONTHDAY=-1", ";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=" + number(1, 4));
  } else {
    rule += maybe("BYDAY=" + weekday());
  }
  // libical's own months of a WEEKLY rule and of a positioned one differ between versions; the rest is agreed upon.
  // It gives a YEARLY rule with BYMONTHDAY alone the month of its first start; RFC 5545 means every month.
  if (frequency == "YEARLY" && rule.find("BYMONTHDAY") != std::string::npos) rule += ";BYMONTH=" + number(1, 13);
  if (frequency == "DAILY" || frequency == "MONTHLY") rule += maybe("BYMONTH=" + number(1, 13));
  // libical applies BYSETPOS before BYHOUR, RFC 5545 (and this program) after it.
  if (frequency != "HOURLY" && rule.find("BYSETPOS") == std::string::npos) rule += maybe("BYHOUR=9,15");
  return rule + maybe("COUNT=" + number(1, 40));
}

RC_GTEST_PROP(RecurrenceProperty, AgreesWithLibicalWhereverTheFirstStartMatchesItsRule, ()) {
  const std::string rule = random_rule();
  const LocalTime seed = local("2024-01-01T09:00") + *rc::gen::inRange(0, 700) * kDay;
  const auto probe = Recurrence::parse(rule, seed, *Zone::utc());
  RC_ASSERT(probe.has_value());
  // RFC 5545 leaves open what a first start does that its own rule does not give: begin where it does.
  const auto matching = probe->starts({seed, seed + 3000 * kDay});
  RC_PRE(!matching.empty());
  const std::string first = text_of(matching.front());
  std::string compact = first + ":00";
  std::erase(compact, '-');
  std::erase(compact, ':');
  const LocalTime to = matching.front() + 600 * kDay;
  const auto expected = by_libical(rule, compact, 2000, to);
  auto found = starts(rule, first, first, text_of(to));
  if (found.size() > 2000) found.resize(2000);
  RC_LOG() << rule << " from " << first << "\n";
  RC_ASSERT(found == expected);
}

RC_GTEST_PROP(RecurrenceProperty, APartOfTheRangeGivesAPartOfTheStarts, ()) {
  const std::string rule = random_rule();
  const LocalTime first = local("2020-01-31T09:00");
  const auto recurrence = Recurrence::parse(rule, first, *Zone::utc());
  RC_ASSERT(recurrence.has_value());
  const LocalTime from = first + *rc::gen::inRange(-10, 2000) * kDay;
  const LocalTime middle = from + *rc::gen::inRange(0, 400) * kHour;
  const LocalTime to = middle + *rc::gen::inRange(0, 400) * kHour;
  auto both = recurrence->starts({from, middle});
  const auto second = recurrence->starts({middle, to});
  both.insert(both.end(), second.begin(), second.end());
  RC_ASSERT(both == recurrence->starts({from, to}));
}

}  // namespace
}  // namespace almanac::calendar
