#include "records/calendar_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::records {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Timestamp kNow = parse_timestamp("2026-11-20T00:00:00Z").value();

constexpr const char* kSale =
    R"({"timezone": "Europe/Paris", "events": [{"name": "Sale", "kind": "sale",
        "start": "2026-11-27T08:00:00Z", "end": "2026-11-27T20:00:00Z"}]})";
constexpr const char* kMail =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:m1\r\nSUMMARY:Mail\r\n"
    "DTSTART:20261127T090000Z\r\nDTEND:20261127T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

class CalendarStoreTest : public testing::Test {
 protected:
  ports::MemoryObjectStore store;
  Result<std::string> feed_bytes = std::string(kMail);
  CalendarStore calendars{store, "shop", {{"/srv/mails.ics", [this] { return feed_bytes; }}}};

  void put(const char* key, const char* bytes) { ASSERT_TRUE(store.put(key, bytes, ports::PutCondition::always())); }
  std::vector<std::string> names(const LoadedCalendar& loaded) {
    std::vector<std::string> found;
    const TimeRange year{parse_timestamp("2026-01-01").value(), parse_timestamp("2027-01-01").value()};
    for (const auto& event : loaded.calendar.between(year)) found.push_back(event.name);
    return found;
  }
};

TEST_F(CalendarStoreTest, MergesTheStoresFilesAndTheFeeds) {
  put("shop/business_calendar.json", kSale);
  put("shop/other.ics", kMail);
  put("shop/deep/er.ics", "not for us");
  put("shopping/business_calendar.json", "another group's");
  const auto loaded = calendars.load(kNow);
  ASSERT_TRUE(loaded);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale", "Mail", "Mail"));
  EXPECT_THAT(loaded->sources, ElementsAre("shop/business_calendar.json", "shop/other.ics", "/srv/mails.ics"));
  EXPECT_THAT(loaded->notices, IsEmpty());
}

TEST_F(CalendarStoreTest, WhoOnlyLooksReadsTheFeedAsItIsAndKeepsNoCopy) {
  put("shop/business_calendar.json", kSale);
  CalendarStore looking(store, "shop", {{"/srv/mails.ics", [this] { return feed_bytes; }}}, std::nullopt,
                        CalendarStore::Copies::untouched);
  const auto seen = looking.load(kNow);
  ASSERT_TRUE(seen);
  EXPECT_THAT(names(*seen), ElementsAre("Sale", "Mail"));
  EXPECT_THAT(seen->notices, IsEmpty());
  EXPECT_THAT(*store.list("shop/"), ElementsAre("shop/business_calendar.json"));
  // What a tick kept serves the one who looks as well.
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = fail(ErrorCode::unavailable, "connection refused");
  EXPECT_THAT(names(*looking.load(kNow)), ElementsAre("Sale", "Mail"));
}

TEST_F(CalendarStoreTest, AFeedThatFailsKeepsItsLastGoodCopyAndSaysSo) {
  ASSERT_THAT(names(*calendars.load(kNow)), ElementsAre("Mail"));
  feed_bytes = fail(ErrorCode::unavailable, "connection refused");
  auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre("/srv/mails.ics: connection refused; its last good copy stays in use"));
  feed_bytes = std::string("<html>Sign in</html>");
  loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("its last good copy stays in use")));
  feed_bytes = std::string(kMail);
  EXPECT_THAT(calendars.load(kNow)->notices, IsEmpty());
}

TEST_F(CalendarStoreTest, AnEntryThatCannotBeUsedIsTold) {
  put("shop/business_calendar.json", R"({"events": [{"name": "Backwards", "start": "2026-11-27T20:00:00Z",
                                        "end": "2026-11-27T08:00:00Z"}]})");
  const auto loaded = calendars.load(kNow);
  ASSERT_TRUE(loaded);
  ASSERT_FALSE(loaded->notices.empty());
  EXPECT_THAT(loaded->notices.front(), HasSubstr("shop/business_calendar.json"));
  EXPECT_THAT(loaded->notices.front(), HasSubstr("Backwards"));
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
}

TEST_F(CalendarStoreTest, ABrokenFileInTheStoreKeepsItsLastGoodCopyToo) {
  put("shop/business_calendar.json", kSale);
  ASSERT_TRUE(calendars.load(kNow));
  put("shop/business_calendar.json", "{\"events\": [");
  const auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale", "Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("shop/business_calendar.json")));
}

TEST_F(CalendarStoreTest, WithoutAnEarlierCopyTheLossIsLoud) {
  feed_bytes = fail(ErrorCode::not_found, "no such file");
  const auto loaded = calendars.load(kNow);
  ASSERT_TRUE(loaded);
  EXPECT_THAT(names(*loaded), IsEmpty());
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("its events are NOT applied")));
}

TEST_F(CalendarStoreTest, AStoreThatCannotBeWrittenOnlyCostsTheCopy) {
  ports::FaultyObjectStore read_only(store);
  read_only.fail_writes(ErrorCode::permission_denied);
  CalendarStore readers(read_only, "shop", {{"/srv/mails.ics", [this] { return feed_bytes; }}});
  const auto loaded = readers.load(kNow);
  ASSERT_TRUE(loaded);
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("no copy could be kept")));
}

TEST_F(CalendarStoreTest, GoodCopiesAreWrittenOnce) {
  ASSERT_TRUE(calendars.load(kNow));
  const auto keys = store.list("shop/calendar/last_good/").value();
  ASSERT_EQ(keys.size(), 1U);
  const std::string etag = store.get(keys[0])->etag;
  ASSERT_TRUE(calendars.load(kNow));
  EXPECT_EQ(store.get(keys[0])->etag, etag);
}

TEST_F(CalendarStoreTest, WhoOnlyLooksWritesNothingAndAsksNoServer) {
  int asked = 0;
  CalendarStore web(store, "shop",
                    {{"https://calendar.example.com/mails.ics",
                      [&] {
                        ++asked;
                        return feed_bytes;
                      },
                      true}});
  const auto before = web.recall(kNow);
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->complete);
  EXPECT_THAT(store.list("").value(), IsEmpty());
  EXPECT_EQ(asked, 0);
  ASSERT_TRUE(web.load(kNow));
  EXPECT_THAT(names(*web.recall(kNow)), ElementsAre("Mail"));
  EXPECT_EQ(asked, 1);
}

std::string sale(int day) {
  return fmt::format(
      "BEGIN:VEVENT\r\nUID:s{0}\r\nSUMMARY:Sale {0}\r\nDTSTART:202611{0}T080000Z\r\nDTEND:202611{0}T200000Z\r\n"
      "END:VEVENT\r\n",
      day);
}

std::string whole(const std::string& events) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + events + "END:VCALENDAR\r\n";
}

std::vector<std::string> subjects(const LoadedCalendar& loaded, ports::NotificationKind kind) {
  std::vector<std::string> found;
  for (const Condition& condition : loaded.conditions)
    if (condition.kind == kind) found.push_back(condition.subject);
  return found;
}

constexpr auto kStale = ports::NotificationKind::calendar_stale;
constexpr auto kLost = ports::NotificationKind::event_not_applied;

// Wherever the text is cut, a floor of 12 instances that one of its events asks for must not vanish with it.
TEST_F(CalendarStoreTest, AFeedThatIsCutOffKeepsItsLastGoodCopy) {
  const std::string good = whole(sale(21) + sale(22) + sale(23));
  feed_bytes = good;
  ASSERT_TRUE(calendars.load(kNow));
  for (std::size_t size = 0; size < good.size() - 2; size += 7) {
    feed_bytes = good.substr(0, size);
    const auto loaded = calendars.load(kNow);
    EXPECT_THAT(names(*loaded), ElementsAre("Sale 21", "Sale 22", "Sale 23")) << size;
    EXPECT_THAT(loaded->sources, ElementsAre("/srv/mails.ics (last good copy)")) << size;
    EXPECT_THAT(subjects(*loaded, kStale), ElementsAre("/srv/mails.ics")) << size;
    EXPECT_TRUE(loaded->complete);
  }
  // It stays so for as long as it is cut off.
  EXPECT_THAT(names(*calendars.load(kNow + 3 * kDay)), ElementsAre("Sale 21", "Sale 22", "Sale 23"));
  feed_bytes = whole(sale(21) + sale(22) + sale(23) + sale(24));
  const auto mended = calendars.load(kNow);
  EXPECT_THAT(names(*mended), ElementsAre("Sale 21", "Sale 22", "Sale 23", "Sale 24"));
  EXPECT_THAT(mended->notices, IsEmpty());
}

TEST_F(CalendarStoreTest, AnEventWithoutItsEndIsACutToo) {
  feed_bytes = whole(sale(21) + sale(22));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = whole(sale(21) + sale(22).substr(0, 60) + "\r\n");
  const auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale 21", "Sale 22"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("is cut off (an event has no END:VEVENT)")));
}

TEST_F(CalendarStoreTest, ACutFeedWithoutAnEarlierCopyGivesWhatItHas) {
  const std::string good = whole(sale(21) + sale(22));
  feed_bytes = good.substr(0, good.find("UID:s22"));
  const auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale 21"));
  EXPECT_THAT(loaded->notices, testing::Contains(HasSubstr("the file ends before END:VEVENT")));
  EXPECT_EQ(subjects(*loaded, kLost).size(), 2U) << "the event, and whatever may have followed";
  // Of two that are cut off the newer one counts: there is nothing whole to keep.
  feed_bytes = good.substr(0, good.size() - 10);
  EXPECT_THAT(names(*calendars.load(kNow)), ElementsAre("Sale 21", "Sale 22"));
}

TEST_F(CalendarStoreTest, AFeedThatSuddenlyHasNothingToComeKeepsItsCopyForADay) {
  feed_bytes = whole(sale(10) + sale(21) + sale(22));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = whole(sale(10));  // what is past is still there
  auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale 10", "Sale 21", "Sale 22"));
  EXPECT_THAT(
      loaded->notices,
      ElementsAre("/srv/mails.ics: had 2 events to come and now has none (Sale 21 (2026-11-21T08:00:00Z), Sale 22 "
                  "(2026-11-22T08:00:00Z)); its last good copy stays in use until 2026-11-21T00:00:00Z, or until "
                  "`almanac calendar accept`"));
  EXPECT_THAT(subjects(*loaded, kStale), ElementsAre("/srv/mails.ics"));
  loaded = calendars.load(kNow + kDay - kMinute);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale 10", "Sale 21", "Sale 22")) << "the day counts from the first time";
  // After a day it was meant; that, too, is said.
  loaded = calendars.load(kNow + kDay);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale 10"));
  EXPECT_THAT(subjects(*loaded, kStale), IsEmpty());
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("2 of the 2 events to come are gone from it: Sale 21")));
  EXPECT_THAT(subjects(*loaded, kLost), ElementsAre("/srv/mails.ics (changed 2026-11-21T00:00:00Z)"));
}

TEST_F(CalendarStoreTest, AnEventInThePlaceOfAllThatWereToComeIsNoCalendarOfThem) {
  feed_bytes = whole(sale(21) + sale(22));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes =
      whole("BEGIN:VEVENT\r\nUID:x\r\nSUMMARY:This link has expired\r\nDTSTART;VALUE=DATE:20261201\r\nEND:VEVENT\r\n");
  const auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale 21", "Sale 22"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("had 2 events to come and now has none of them (Sale 21")));
  EXPECT_THAT(subjects(*loaded, kStale), ElementsAre("/srv/mails.ics"));
  EXPECT_THAT(names(*calendars.load(kNow + kDay)), ElementsAre("This link has expired")) << "after a day it was meant";
}

TEST_F(CalendarStoreTest, AFeedWhoseMinimumsAreAllGoneKeepsItsCopyForADayAndOneThatLowersThemIsInUse) {
  const auto asking = [](const std::string& minimum) {
    const std::string events = sale(21) + sale(22);
    std::string text;
    for (std::size_t from = 0, end = 0; (end = events.find("END:VEVENT", from)) != std::string::npos; from = end + 10)
      text += events.substr(from, end - from) + minimum + "END:VEVENT";
    return whole(text + "\r\n");
  };
  const auto floor = [](const LoadedCalendar& loaded) {
    return loaded.calendar.between({kNow, kNow + 7 * kDay}).at(0).minimum_instances;
  };
  feed_bytes = asking("X-ALMANAC-MINIMUM-INSTANCES:12\r\n");
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = asking("X-ALMANAC-MINIMUM-INSTANCES:12a\r\n");
  auto loaded = calendars.load(kNow);
  EXPECT_EQ(floor(*loaded), 12);
  EXPECT_THAT(loaded->notices, ElementsAre(testing::AllOf(HasSubstr("stated for 2 events to come is gone from it"),
                                                          HasSubstr("12a"), HasSubstr("stays in use until"))));
  EXPECT_THAT(subjects(*loaded, kStale), ElementsAre("/srv/mails.ics"));
  feed_bytes = asking("X-ALMANAC-MINIMUM-INSTANCES:1\r\n");
  loaded = calendars.load(kNow + kHour);
  EXPECT_EQ(floor(*loaded), 1);
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("Sale 21 (2026-11-21T08:00:00Z): minimum 12 -> 1, Sale 22")));
  EXPECT_THAT(subjects(*loaded, kLost), ElementsAre("/srv/mails.ics (changed 2026-11-20T01:00:00Z)"));
  feed_bytes = asking("");
  EXPECT_EQ(floor(*calendars.load(kNow + 2 * kHour)), 1);
  EXPECT_EQ(floor(*calendars.load(kNow + 2 * kHour + kDay)), std::nullopt) << "after a day it was meant";
}

TEST_F(CalendarStoreTest, AFeedThatComesBackStartsTheDayAnew) {
  feed_bytes = whole(sale(21) + sale(28));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = whole("");
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = whole(sale(21) + sale(28));
  EXPECT_THAT(calendars.load(kNow + kHour)->notices, IsEmpty());
  feed_bytes = whole("");
  EXPECT_THAT(names(*calendars.load(kNow + kDay + kHour)), ElementsAre("Sale 21", "Sale 28"));
}

TEST_F(CalendarStoreTest, WhatIsOverIsNotMissed) {
  feed_bytes = whole(sale(10) + sale(21));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = whole(sale(21));
  EXPECT_THAT(calendars.load(kNow)->notices, IsEmpty());
  feed_bytes = whole("");
  const auto after = calendars.load(parse_timestamp("2026-11-22T00:00:00Z").value());
  EXPECT_THAT(after->notices, IsEmpty()) << "its last sale is over";
}

TEST_F(CalendarStoreTest, AFeedThatLosesSomeIsUsedAndTheLossIsSaidForADay) {
  feed_bytes = whole(sale(21) + sale(22) + sale(23));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = whole(sale(21) + sale(24));
  const auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale 21", "Sale 24"));
  const auto said = ElementsAre(
      "/srv/mails.ics (changed 2026-11-20T00:00:00Z): 2 of the 3 events to come are gone from it: Sale 22 "
      "(2026-11-22T08:00:00Z), Sale 23 (2026-11-23T08:00:00Z); it is in use as it is now");
  EXPECT_THAT(loaded->notices, said);
  EXPECT_EQ(subjects(*loaded, kLost).size(), 1U);
  // A tick that died before it could tell, or a message that was not delivered, is made good by the next.
  EXPECT_THAT(calendars.load(kNow + kHour)->notices, said);
  EXPECT_THAT(calendars.recall(kNow + kHour)->notices, said);
  EXPECT_THAT(calendars.load(kNow + kDay)->notices, IsEmpty());
}

TEST_F(CalendarStoreTest, WhoSaysThatItIsRightNeedNotWait) {
  feed_bytes = whole(sale(21));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = whole("");
  ASSERT_THAT(names(*calendars.load(kNow)), ElementsAre("Sale 21"));
  const auto accepted = calendars.accept(kNow);
  EXPECT_THAT(names(*accepted), IsEmpty());
  EXPECT_THAT(accepted->notices, IsEmpty());
  EXPECT_THAT(names(*calendars.load(kNow)), IsEmpty());
  // What cannot be read is no calendar that anyone could mean.
  feed_bytes = whole(sale(23));
  ASSERT_TRUE(calendars.load(kNow));
  feed_bytes = std::string("<html>Sign in</html>");
  EXPECT_THAT(names(*calendars.accept(kNow)), ElementsAre("Sale 23"));
}

TEST_F(CalendarStoreTest, AFileThatIsTakenOutOfTheStoreIsMissedForADay) {
  put("shop/business_calendar.json", kSale);
  ASSERT_TRUE(calendars.load(kNow));
  ASSERT_TRUE(store.remove("shop/business_calendar.json"));
  const auto loaded = calendars.load(kNow);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale", "Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("shop/business_calendar.json: is no longer in the store")));
  EXPECT_THAT(subjects(*loaded, kStale), ElementsAre("shop/business_calendar.json"));
  const auto after = calendars.load(kNow + kDay);
  EXPECT_THAT(names(*after), ElementsAre("Mail"));
  EXPECT_THAT(after->notices, ElementsAre(HasSubstr("1 event to come are gone: Sale")));
  EXPECT_THAT(calendars.load(kNow + 3 * kDay)->notices, IsEmpty());
  // Taken out on purpose, at once.
  put("shop/business_calendar.json", kSale);
  ASSERT_TRUE(calendars.load(kNow));
  ASSERT_TRUE(store.remove("shop/business_calendar.json"));
  EXPECT_THAT(names(*calendars.accept(kNow)), ElementsAre("Mail"));
  EXPECT_THAT(calendars.load(kNow)->notices, IsEmpty());
}

TEST_F(CalendarStoreTest, AFeedThatIsNotUsedIsAskedForAgainAsAWhole) {
  int distrusted = 0;
  CalendarStore web(
      store, "shop",
      {{"https://calendar.example.com/mails.ics", [&] { return feed_bytes; }, true, [&] { ++distrusted; }}});
  ASSERT_TRUE(web.load(kNow));
  EXPECT_EQ(distrusted, 0);
  feed_bytes = std::string("BEGIN:VCALENDAR\r\n");
  ASSERT_TRUE(web.load(kNow));
  EXPECT_EQ(distrusted, 1);
}

// 14 July in Paris begins at 22:00Z the day before.
TEST_F(CalendarStoreTest, AFileWithoutAZoneTakesTheGroupsWhateverTheOrder) {
  const std::string holiday =
      whole("BEGIN:VEVENT\r\nUID:h\r\nSUMMARY:H\r\nDTSTART;VALUE=DATE:20260714\r\nEND:VEVENT\r\n");
  feed_bytes = whole("");
  const auto start_of = [&](const char* key, std::optional<std::string> zone) {
    put(key, holiday.c_str());
    CalendarStore group(store, "shop", {}, std::move(zone));
    const auto loaded = group.load(kNow);
    const Timestamp july = parse_timestamp("2026-07-01").value();
    const auto events = loaded->calendar.between({july, july + 31 * kDay});
    for (const auto& notice : loaded->notices) ADD_FAILURE() << notice;
    return loaded->calendar.timezone() + " " + (events.empty() ? "" : format_timestamp(events[0].span.start));
  };
  put("shop/business_calendar.json", kSale);  // states Paris
  EXPECT_EQ(start_of("shop/a.ics", std::nullopt), "Europe/Paris 2026-07-13T22:00:00Z")
      << "listed before the file that states one";
  EXPECT_EQ(start_of("shop/a.ics", "Asia/Tokyo"), "Asia/Tokyo 2026-07-13T15:00:00Z")
      << "what is set for the group goes first";
}

TEST_F(CalendarStoreTest, WithoutAnyZoneUtcIsUsedWithAWordThatIsNoAlarm) {
  feed_bytes = whole("BEGIN:VEVENT\r\nUID:h\r\nSUMMARY:H\r\nDTSTART;VALUE=DATE:20261127\r\nEND:VEVENT\r\n");
  const auto loaded = calendars.load(kNow);
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("1 event without a zone is read in UTC")));
  EXPECT_THAT(loaded->conditions, IsEmpty());
}

TEST_F(CalendarStoreTest, EveryEntryThatIsLostIsNamedHoweverMany) {
  std::string json = R"({"events": [)";
  for (int i = 0; i < 30; ++i) json += fmt::format(R"({{"name": "Sale {}"}},)", i);
  put("shop/business_calendar.json", (json + R"({"name": "Last one"}]})").c_str());
  const auto loaded = calendars.load(kNow);
  ASSERT_EQ(loaded->conditions.size(), kConditionsKept + 1);
  EXPECT_THAT(loaded->conditions.back().subject, testing::StartsWith("and 11 more (#"));
  EXPECT_THAT(loaded->conditions.back().text, HasSubstr("entry 31 (\"Last one\")"));
  // Another among the rest is another condition: people hear of it.
  put("shop/business_calendar.json", (json + R"({"name": "New one"}]})").c_str());
  EXPECT_NE(calendars.load(kNow)->conditions.back().subject, loaded->conditions.back().subject);
}

TEST_F(CalendarStoreTest, NoCalendarAtAllIsNoNotice) {
  CalendarStore none(store, "shop");
  const auto loaded = none.load(kNow);
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->sources, IsEmpty());
  EXPECT_THAT(loaded->notices, IsEmpty());
}

}  // namespace
}  // namespace almanac::records
