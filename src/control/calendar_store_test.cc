#include "control/calendar_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
  const auto loaded = calendars.load();
  ASSERT_TRUE(loaded);
  EXPECT_THAT(names(*loaded), ElementsAre("Sale", "Mail", "Mail"));
  EXPECT_THAT(loaded->sources, ElementsAre("shop/business_calendar.json", "shop/other.ics", "/srv/mails.ics"));
  EXPECT_THAT(loaded->notices, IsEmpty());
}

TEST_F(CalendarStoreTest, WhoOnlyLooksReadsTheFeedAsItIsAndKeepsNoCopy) {
  put("shop/business_calendar.json", kSale);
  CalendarStore looking(store, "shop", {{"/srv/mails.ics", [this] { return feed_bytes; }}},
                        CalendarStore::Copies::untouched);
  const auto seen = looking.load();
  ASSERT_TRUE(seen);
  EXPECT_THAT(names(*seen), ElementsAre("Sale", "Mail"));
  EXPECT_THAT(seen->notices, IsEmpty());
  EXPECT_THAT(*store.list("shop/"), ElementsAre("shop/business_calendar.json"));
  // What a tick kept serves the one who looks as well.
  ASSERT_TRUE(calendars.load());
  feed_bytes = fail(ErrorCode::unavailable, "connection refused");
  EXPECT_THAT(names(*looking.load()), ElementsAre("Sale", "Mail"));
}

TEST_F(CalendarStoreTest, AFeedThatFailsKeepsItsLastGoodCopyAndSaysSo) {
  ASSERT_THAT(names(*calendars.load()), ElementsAre("Mail"));
  feed_bytes = fail(ErrorCode::unavailable, "connection refused");
  auto loaded = calendars.load();
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre("/srv/mails.ics: connection refused; its last good copy stays in use"));
  feed_bytes = std::string("<html>Sign in</html>");
  loaded = calendars.load();
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("its last good copy stays in use")));
  feed_bytes = std::string(kMail);
  EXPECT_THAT(calendars.load()->notices, IsEmpty());
}

TEST_F(CalendarStoreTest, AnEntryThatCannotBeUsedIsTold) {
  put("shop/business_calendar.json", R"({"events": [{"name": "Backwards", "start": "2026-11-27T20:00:00Z",
                                        "end": "2026-11-27T08:00:00Z"}]})");
  const auto loaded = calendars.load();
  ASSERT_TRUE(loaded);
  ASSERT_FALSE(loaded->notices.empty());
  EXPECT_THAT(loaded->notices.front(), HasSubstr("shop/business_calendar.json"));
  EXPECT_THAT(loaded->notices.front(), HasSubstr("Backwards"));
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
}

TEST_F(CalendarStoreTest, ABrokenFileInTheStoreKeepsItsLastGoodCopyToo) {
  put("shop/business_calendar.json", kSale);
  ASSERT_TRUE(calendars.load());
  put("shop/business_calendar.json", "{\"events\": [");
  const auto loaded = calendars.load();
  EXPECT_THAT(names(*loaded), ElementsAre("Sale", "Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("shop/business_calendar.json")));
}

TEST_F(CalendarStoreTest, WithoutAnEarlierCopyTheLossIsLoud) {
  feed_bytes = fail(ErrorCode::not_found, "no such file");
  const auto loaded = calendars.load();
  ASSERT_TRUE(loaded);
  EXPECT_THAT(names(*loaded), IsEmpty());
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("its events are NOT applied")));
}

TEST_F(CalendarStoreTest, AStoreThatCannotBeWrittenOnlyCostsTheCopy) {
  ports::FaultyObjectStore read_only(store);
  read_only.fail_writes(ErrorCode::permission_denied);
  CalendarStore readers(read_only, "shop", {{"/srv/mails.ics", [this] { return feed_bytes; }}});
  const auto loaded = readers.load();
  ASSERT_TRUE(loaded);
  EXPECT_THAT(names(*loaded), ElementsAre("Mail"));
  EXPECT_THAT(loaded->notices, ElementsAre(HasSubstr("no copy could be kept")));
}

TEST_F(CalendarStoreTest, GoodCopiesAreWrittenOnce) {
  ASSERT_TRUE(calendars.load());
  const auto keys = store.list("shop/calendar/last_good/").value();
  ASSERT_EQ(keys.size(), 1U);
  const std::string etag = store.get(keys[0])->etag;
  ASSERT_TRUE(calendars.load());
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
  const auto before = web.recall();
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->complete);
  EXPECT_THAT(store.list("").value(), IsEmpty());
  EXPECT_EQ(asked, 0);
  ASSERT_TRUE(web.load());
  EXPECT_THAT(names(*web.recall()), ElementsAre("Mail"));
  EXPECT_EQ(asked, 1);
}

TEST_F(CalendarStoreTest, NoCalendarAtAllIsNoNotice) {
  CalendarStore none(store, "shop");
  const auto loaded = none.load();
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->sources, IsEmpty());
  EXPECT_THAT(loaded->notices, IsEmpty());
}

}  // namespace
}  // namespace almanac::control
