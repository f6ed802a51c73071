#include "forecast/features.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "forecast/test_history.h"

namespace almanac::forecast {
namespace {

constexpr int kWindow = 2;

std::vector<float> everything(const Features& features, const Origin& origin) {
  std::vector<float> context(Features::context_names().size());
  std::vector<float> sequence(Features::kSteps * Features::sequence_names().size());
  features.context(origin, context);
  features.sequence(origin, sequence);
  context.insert(context.end(), sequence.begin(), sequence.end());
  return context;
}

TEST(Features, TargetIsTheLogOfThePeakOverTheBase) {
  History history = season(3);
  for (double& v : history.mean) v = 9.9;
  for (double& v : history.peak) v = 9.9;
  history.peak[102] = 19.9;
  const Features features(history, calendar::Calendar{}, kWindow);
  EXPECT_DOUBLE_EQ(features.base(101), 9.9);
  EXPECT_NEAR(features.target({101, 0}), std::log(20.0 / 10.0), 1e-12);  // [101, 103) holds the peak, e = 0.1
  EXPECT_NEAR(features.target({103, 0}), 0.0, 1e-12);
  EXPECT_TRUE(is_missing(features.target({history.size() - 1, 0})));  // the window reaches beyond what is known
}

TEST(Features, KeptContextsAreThoseComputed) {
  const std::vector<calendar::Event> events = {event_at(kMonday + kDay + 9 * kHour, 2 * kHour)};
  History history = season(4);
  play_events(history, events);
  history.mean[90] = history.peak[90] = kMissing;
  const auto calendar = calendar::Calendar::of(events);
  Features computed(history, calendar, kWindow);
  computed.blank({"noise"});
  Features kept = computed;
  kept.keep_contexts();
  for (int again = 0; again < 2; ++again)
    for (std::size_t i = history.size(); i >= 48 + 3; --i)
      for (const int lead : {0, 2})
        ASSERT_EQ(everything(kept, {i, lead}), everything(computed, {i, lead})) << "anchor " << i << " lead " << lead;
}

// The heart of honesty: whatever comes after the anchor, a forecast's features stay the same to the bit.
TEST(Features, HoldNothingOfRowsAfterTheAnchor) {
  const std::vector<calendar::Event> events = {event_at(kMonday + kDay + 9 * kHour, 2 * kHour),
                                               event_at(kMonday + 4 * kDay + 9 * kHour, 2 * kHour, "sale", "Second")};
  const auto calendar = calendar::Calendar::of(events);
  History truth = season(9), other = truth;
  play_events(truth, events);
  play_events(other, events);
  const std::size_t anchor = 4 * 48 + 19;  // inside the second event
  for (std::size_t i = anchor; i < other.size(); ++i) {
    other.mean[i] = i % 3 == 0 ? kMissing : 1000.0 + static_cast<double>(i);
    other.peak[i] = other.mean[i];
    other.network[i] = 7;
    other.active[i] = 5;
  }
  const Features a(truth, calendar, kWindow), b(other, calendar, kWindow);
  for (std::size_t i = 48 + 3; i <= anchor; ++i)
    for (const int lead : {0, 1, 10}) {
      const auto x = everything(a, {i, lead}), y = everything(b, {i, lead});
      ASSERT_EQ(0, std::memcmp(x.data(), y.data(), x.size() * sizeof(float))) << "anchor " << i << " lead " << lead;
    }
  EXPECT_NE(everything(a, {anchor + 1, 0}), everything(b, {anchor + 1, 0}));  // the test can fail
}

// A tick computes what it needs of a long history; a replay tabulates all of it. Both must say the same.
TEST(Features, OfATailAreThoseOfTheWholeHistoryToTheBit) {
  std::vector<calendar::Event> events;
  for (int day = 1; day < 40; day += 2) {
    events.push_back(event_at(kMonday + kDay * day + 9 * kHour, 2 * kHour, day % 3 == 0 ? "sale" : "match", "E"));
    events.back().name += std::to_string(day);
  }
  Random random(3);
  for (const bool with_events : {true, false}) {
    History history = season(40);
    play_events(history, events);
    for (std::size_t i = 0; i < history.size(); ++i) {
      history.active[i] = i % 5 == 0 ? 1 : 0;
      if (random.uniform() < 0.1) history.mean[i] = history.peak[i] = kMissing;
      if (random.uniform() < 0.1) history.network[i] = kMissing;
    }
    const auto calendar =
        calendar::Calendar::of(with_events ? events : std::vector<calendar::Event>{}, "Europe/Berlin");
    const auto index = std::make_shared<const EventIndex>(calendar.between(Features::events_range(history)));
    const Features whole(history, calendar, kWindow);
    const auto bits = [](double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b); };
    for (int trial = 0; trial < 200; ++trial) {
      const auto anchor = 51 + static_cast<std::size_t>(random.uniform() * static_cast<double>(history.size() - 50));
      const std::size_t first = trial % 4 == 0
                                    ? history.size() + 1
                                    : static_cast<std::size_t>(random.uniform() * static_cast<double>(anchor));
      const Features tail = Features::of_tail(history, calendar, index, kWindow, first);
      const Origin origin{anchor, trial % 3 == 0 ? 7 : 0};
      SCOPED_TRACE(fmt::format("anchor {} of {}, lead {}, from {}", anchor, history.size(), origin.lead, first));
      const auto x = everything(whole, origin), y = everything(tail, origin);
      ASSERT_EQ(0, std::memcmp(x.data(), y.data(), x.size() * sizeof(float)));
      ASSERT_TRUE(bits(whole.base(anchor), tail.base(anchor)));
      ASSERT_TRUE(bits(whole.target(origin), tail.target(origin)));
      ASSERT_TRUE(bits(whole.target_peak(origin), tail.target_peak(origin)));
      ASSERT_EQ(whole.situation(origin), tail.situation(origin));
      ASSERT_EQ(whole.usable(origin), tail.usable(origin));
    }
  }
}

// Where a history begins moves on with time; what its last rows say must not, beyond what lies before the beginning.
TEST(Features, DoNotDependOnHowFarBackAHistoryBegins) {
  const History history = season(40);
  History later = history;
  later.start += 2 * kDay;
  for (auto* values : {&later.mean, &later.peak, &later.network, &later.active})
    values->erase(values->begin(), values->begin() + 2 * 48);
  const Features a(history, calendar::Calendar{}, kWindow), b(later, calendar::Calendar{}, kWindow);
  for (std::size_t i = 30 * 48; i < history.size(); ++i)
    ASSERT_EQ(everything(a, {i, 0}), everything(b, {i - 2 * 48, 0})) << i;
}

TEST(Features, TheAnalogueIsWhatEarlierEventsDidAtThisPhase) {
  std::vector<calendar::Event> events;
  for (int day = 2; day < 6; ++day)
    events.push_back(event_at(kMonday + kDay * day + 9 * kHour, 2 * kHour, "sale", std::to_string(day)));
  History history = season(7);
  play_events(history, events);
  const Features features(history, calendar::Calendar::of(events), kWindow);
  const std::size_t opening = 5 * 48 + 18;  // 09:00 on the last event's day
  const Analogue analogue = features.analogue({opening, 0});
  EXPECT_GT(analogue.weight, 0);
  EXPECT_NEAR(analogue.mean, std::log(3.0) + 0.1, 0.15);  // triples, plus what a window's peak is above its base anyway
  EXPECT_EQ(features.analogue({2 * 48 + 18, 0}).weight, 0);                 // the first of its kind has none
  EXPECT_EQ(features.analogue({opening - 12, 0}).weight, 0);                // nothing near
  EXPECT_EQ(features.situation({opening - 2, 0}), Situation::novel_event);  // three lie behind
  EXPECT_EQ(features.situation({opening - 12, 0}), Situation::ordinary);
}

TEST(Features, AGapIsMarkedAndNeverReadAsZeroDemand) {
  History history = season(3);
  const std::size_t anchor = 100;
  for (std::size_t i = anchor - 2; i < anchor; ++i) history.mean[i] = history.peak[i] = kMissing;
  const Features features(history, calendar::Calendar{}, kWindow);
  EXPECT_NEAR(features.base(anchor), history.mean[anchor - 3], 1e-9);  // what is known of the last three
  std::vector<float> sequence(Features::kSteps * Features::sequence_names().size());
  features.sequence({anchor, 0}, sequence);
  const std::size_t last_past = (Features::kPastSteps - 1) * Features::sequence_names().size();
  EXPECT_EQ(sequence[last_past], 0.0f);      // as the base, not as nothing
  EXPECT_EQ(sequence[last_past + 2], 0.0f);  // "observed"
  history.mean[anchor - 3] = kMissing;
  EXPECT_FALSE(Features(history, calendar::Calendar{}, kWindow).usable({anchor, 0}));
}

TEST(EventIndex, ComparesKindHourAgeAndWeekend) {
  // Monday 9:00 (same kind), Monday 20:00 (same kind), Tuesday 9:00 (kindred), Tuesday 12:00 (other), Wednesday 9:00:
  // now.
  const EventIndex index(
      {event_at(kMonday + 9 * kHour, kHour, "match-group"), event_at(kMonday + 20 * kHour, kHour, "match-group"),
       event_at(kMonday + kDay + 9 * kHour, kHour, "match-final"), event_at(kMonday + kDay + 12 * kHour, kHour, "sale"),
       event_at(kMonday + 2 * kDay + 9 * kHour, kHour, "match-group")});
  EXPECT_NEAR(index.similarity(0, 4), std::pow(0.92, 3) * 2 * 3 * 2, 1e-12);
  EXPECT_NEAR(index.similarity(1, 4), std::pow(0.92, 2) * 2 * 2, 1e-12);
  EXPECT_NEAR(index.similarity(2, 4), 0.92 * 3 * 2, 1e-12);
  EXPECT_NEAR(index.similarity(3, 4), 0.4 * 2, 1e-12);
}

TEST(EventIndex, AlignsPhasesToTheNearerOfStartAndEnd) {
  const EventIndex index({event_at(kMonday, 2 * kHour), event_at(kMonday + kDay, kHour)});
  const Timestamp now = kMonday + kDay;
  EXPECT_EQ(index.same_phase(now + Duration{600}, 1, 0), kMonday + Duration{600});  // ten minutes in
  EXPECT_EQ(index.same_phase(now + Duration{3000}, 1, 0),
            kMonday + 2 * kHour - Duration{600});  // ten minutes before the end
}

}  // namespace
}  // namespace almanac::forecast
