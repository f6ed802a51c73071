#include "serving/http/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "serving/http/event_stream.h"

namespace almanac::serving {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Feed, EveryViewerGetsWhatIsPublishedAfterItCame) {
  Feed feed;
  feed.publish("tick", "1");
  const auto first = feed.subscribe();
  feed.publish("tick", "2");
  const auto second = feed.subscribe();
  feed.publish("fleet", "3");
  EXPECT_EQ(first->next(0ms)->data, "2");
  EXPECT_EQ(first->next(0ms)->data, "3");
  EXPECT_EQ(first->next(0ms), nullptr);
  const auto last = second->next(0ms);
  EXPECT_EQ(last->event, "fleet");
  EXPECT_EQ(last->id, 3U);
}

TEST(Feed, AViewerThatDoesNotKeepUpIsLetGoAndTheOthersStay) {
  Feed feed(2);
  const auto slow = feed.subscribe(), quick = feed.subscribe();
  for (int i = 0; i < 3; ++i) {
    feed.publish("tick", std::to_string(i));
    EXPECT_NE(quick->next(0ms), nullptr);
  }
  EXPECT_TRUE(slow->over());
  EXPECT_EQ(slow->next(1h), nullptr) << "at once";
  EXPECT_FALSE(quick->over());
}

TEST(Feed, ClosingWakesWhoWaitsAndWhoComesLaterIsOver) {
  Feed feed;
  auto viewer = feed.subscribe();
  std::thread waiting([&] { EXPECT_EQ(viewer->next(1h), nullptr); });
  feed.close();
  waiting.join();
  EXPECT_TRUE(viewer->over());
  EXPECT_TRUE(feed.subscribe()->over());
}

TEST(Feed, OneViewerCanBeEndedAlone) {
  Feed feed;
  auto viewer = feed.subscribe();
  const auto other = feed.subscribe();
  std::thread waiting([&] { EXPECT_EQ(viewer->next(1h), nullptr); });
  viewer->end();
  waiting.join();
  EXPECT_FALSE(other->over());
  EXPECT_EQ(feed.subscribers(), 2U);
  viewer.reset();
  EXPECT_EQ(feed.subscribers(), 1U);
}

TEST(Feed, ManyMayPublishWhileViewersComeAndGo) {
  Feed feed;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) feed.publish("tick", "{}");
    });
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) feed.subscribe()->next(1ms);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(feed.subscribers(), 0U);
}

TEST(EventStream, AMessageIsIdEventAndDataAndEndsWithAnEmptyLine) {
  EXPECT_EQ(to_server_sent_event({7, "tick", R"({"a":1})"}), "id: 7\nevent: tick\ndata: {\"a\":1}\n\n");
  // A line break in the data must not end the event.
  EXPECT_EQ(to_server_sent_event({8, "tick", "{\n}"}), "id: 8\nevent: tick\ndata: {\ndata: }\n\n");
}

TEST(EventStream, BeginsAtOnceBeatsWithoutEventsAndEndsWithTheFeed) {
  Feed feed;
  const auto viewer = feed.subscribe();
  std::vector<std::string> sent;
  const auto send = [&](std::string_view bytes) {
    sent.emplace_back(bytes);
    if (sent.size() == 2) feed.publish("tick", "{}");
    if (sent.size() == 3) feed.close();
    return true;
  };
  stream_events(*viewer, 5ms, send, [] { return false; });
  EXPECT_THAT(sent, ElementsAre(HasSubstr("retry:"), testing::StartsWith(":"), HasSubstr("event: tick")));
}

TEST(EventStream, EndsWhenNobodyReadsAnyMore) {
  Feed feed;
  const auto viewer = feed.subscribe();
  int sends = 0;
  stream_events(
      *viewer, 1ms, [&](std::string_view) { return ++sends < 3; }, [] { return false; });
  EXPECT_EQ(sends, 3);
  bool gone = false;
  stream_events(
      *viewer, 1ms, [](std::string_view) { return true; },
      [&] {
        const bool was = gone;
        gone = true;
        return was;
      });
}

}  // namespace
}  // namespace almanac::serving
