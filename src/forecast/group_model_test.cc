#include "forecast/group_model.h"

#include <gtest/gtest.h>

#include "forecast/calibration.h"
#include "forecast/test_history.h"

namespace almanac::forecast {
namespace {

constexpr int kDays = 9;

const ModelSettings kQuick{.interval = Duration{1800}, .cover_window = Duration{3600}};

std::vector<calendar::Event> sales() {
  std::vector<calendar::Event> events;
  for (int day = 2; day < kDays; day += 2)
    events.push_back(event_at(kMonday + kDay * day + 12 * kHour, 3 * kHour, "sale", "Sale " + std::to_string(day)));
  return events;
}

struct GroupModelTest : testing::Test {
  static void SetUpTestSuite() {
    history = season(kDays);
    play_events(history, sales());
    calendar = calendar::Calendar::of(sales());
    model = std::make_unique<GroupModel>(kQuick);
    ASSERT_TRUE(model->advance(history, calendar, kMonday + 8 * kDay));
  }
  static void TearDownTestSuite() { model.reset(); }

  static inline History history;
  static inline calendar::Calendar calendar;
  static inline std::unique_ptr<GroupModel> model;
};

TEST_F(GroupModelTest, ForecastsThePeakOfTheCoverWindow) {
  const Timestamp now = kMonday + 8 * kDay + 3 * kHour;
  const auto forecast = model->forecast(history, calendar, now);
  ASSERT_TRUE(forecast) << forecast.error().message;
  EXPECT_EQ(forecast->window, (TimeRange{now, now + kHour}));
  const Features features = model->features(history, calendar);
  const double actual = features.target_peak({features.index_of(now), 0});
  EXPECT_NEAR(forecast->peak.quantile(0.5), actual, 0.15 * actual);
  EXPECT_LT(forecast->peak.quantile(0.1), forecast->peak.quantile(0.99));
}

TEST_F(GroupModelTest, SeesASaleComingThatTheLoadDoesNotShowYet) {
  const Timestamp before =
      kMonday + 8 * kDay + 11 * kHour + Duration{1800};  // the sale opens in half an hour, within the window
  const auto with = model->forecast(history, calendar, before);
  const auto without = model->forecast(history, calendar::Calendar{}, before);
  ASSERT_TRUE(with && without);
  EXPECT_GT(with->peak.quantile(0.9), 1.5 * without->peak.quantile(0.9));
}

TEST_F(GroupModelTest, AStatedUpliftOfANewKindCountsWhateverOtherKindsDid) {
  const Timestamp now = kMonday + 8 * kDay + 18 * kHour;
  calendar::Event event = event_at(now, 3 * kHour, "black-friday", "Black Friday");
  const auto forecast = [&](std::optional<double> uplift) {
    auto events = sales();
    event.expected_uplift = uplift;
    events.push_back(event);
    return model->forecast(history, calendar::Calendar::of(events), now).value();
  };
  const double usual = model->forecast(history, calendar::Calendar::of(sales()), now)->peak.quantile(0.5);
  EXPECT_NEAR(forecast(4.0).peak.quantile(0.5), 4 * usual, 0.4 * usual);
  EXPECT_NEAR(forecast(1.1).peak.quantile(0.5), 1.1 * usual, 0.15 * usual);
  EXPECT_EQ(forecast(1.1).event_words, "\"Black Friday\" x1.1 as stated; no earlier event of this kind");
  EXPECT_EQ(forecast({}).event_words, "\"Black Friday\" like earlier events of other kinds");
}

TEST_F(GroupModelTest, ARangeOfForecastsHoldsWhatATickSaysOfAStatedEvent) {
  const Timestamp start = kMonday + 8 * kDay + 16 * kHour;
  auto events = sales();
  events.push_back(event_at(start, 3 * kHour, "black-friday", "Black Friday"));
  events.back().expected_uplift = 4;
  const auto announced = calendar::Calendar::of(events);
  const Features features = model->features(history, announced);
  const std::size_t first = features.index_of(start - 2 * kHour);
  for (const auto& [anchor, forecast] : model->forecast_range(features, first, first + 8)) {
    History known = history;
    for (auto* values : {&known.mean, &known.peak, &known.network, &known.active}) values->resize(anchor);
    const auto tick = model->forecast(known, announced, features.time_at(anchor)).value();
    EXPECT_EQ(tick.median, forecast.median) << anchor;
    EXPECT_EQ(tick.peak.quantile(0.99), forecast.peak.quantile(0.99)) << anchor;
    EXPECT_EQ(tick.announced, forecast.announced) << anchor;
  }
}

TEST_F(GroupModelTest, KeepsOutOfSampleResidualsAndNamesTheWinner) {
  const auto scores = model->scores();
  ASSERT_EQ(scores.size(), 5u);  // linear, lstm, trees, lstm+trees, seasonal_naive
  double best = 1e9, of_winner = 1e9;
  for (const auto& score : scores) {
    EXPECT_GT(score.windows, 100) << score.forecaster;
    best = std::min(best, score.pinball);
    if (score.forecaster == model->winner()) of_winner = score.pinball;
  }
  EXPECT_LT(of_winner, 1.25 * best) << "it is chosen by ordinary times alone, the scores are over all";
  EXPECT_EQ(model->winner_near_events(), "lstm") << "a few sales choose nobody";
  EXPECT_TRUE(model->trained());
  EXPECT_EQ(model->trained_until(), kMonday + 8 * kDay);
}

// Nothing is announced, so that ordinary times are all there is.
TEST(GroupModel, StaysWithTheAverageUnlessAnotherLeadsByATenth) {
  int led = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const History history = season(kDays, kQuick.interval, seed);
    GroupModel model(kQuick);
    ASSERT_TRUE(model.advance(history, calendar::Calendar{}, history.end()));
    double average = 0, lowest = 1e9;
    for (const auto& score : model.scores()) {
      if (score.forecaster == "lstm+trees") average = score.pinball;
      lowest = std::min(lowest, score.pinball);
    }
    EXPECT_EQ(model.winner() == "lstm+trees", lowest >= 0.9 * average) << lowest / average;
    led += lowest < average;
  }
  EXPECT_GT(led, 0) << "no other was ever ahead: the test shows nothing";
}

TEST_F(GroupModelTest, IsTheSameToTheBitForTheSameSeedAndAnotherForAnother) {
  GroupModel again(kQuick);
  ASSERT_TRUE(again.advance(history, calendar, kMonday + 8 * kDay));
  EXPECT_EQ(*again.to_bytes(), *model->to_bytes());
  ModelSettings other = kQuick;
  other.seed = 2;
  GroupModel different(other);
  ASSERT_TRUE(different.advance(history, calendar, kMonday + 8 * kDay));
  EXPECT_NE(*different.to_bytes(), *model->to_bytes());
}

TEST_F(GroupModelTest, WalkingOnDayByDayEndsWhereOneWalkEnds) {
  GroupModel daily(kQuick);
  ASSERT_TRUE(daily.advance(history, calendar, kMonday + 7 * kDay));
  const std::string before = *daily.to_bytes();
  ASSERT_TRUE(daily.advance(history, calendar, kMonday + 7 * kDay));
  EXPECT_EQ(*daily.to_bytes(), before);  // nothing new, nothing done
  ASSERT_TRUE(daily.advance(history, calendar, kMonday + 8 * kDay));
  EXPECT_EQ(daily.trained_until(), model->trained_until());
}

TEST_F(GroupModelTest, ReadsItsOwnFileBackAndForecastsTheSame) {
  const auto loaded = GroupModel::from_bytes(*model->to_bytes());
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Timestamp now = kMonday + 8 * kDay + 12 * kHour;
  const auto a = model->forecast(history, calendar, now), b = loaded->forecast(history, calendar, now);
  ASSERT_TRUE(a && b);
  for (const double p : {0.1, 0.5, 0.9, 0.99}) EXPECT_EQ(a->peak.quantile(p), b->peak.quantile(p));
  EXPECT_EQ(loaded->winner(), model->winner());
  EXPECT_EQ(loaded->settings(), model->settings());
}

History until(const History& history, Timestamp end) {
  History past = history;
  const auto size = static_cast<std::size_t>((end - history.start) / history.interval);
  for (auto* values : {&past.mean, &past.peak, &past.network, &past.active}) values->resize(size);
  return past;
}

void expect_same_bits(const Forecast& a, const Forecast& b) {
  EXPECT_EQ(a.now, b.now);
  EXPECT_EQ(a.forecaster, b.forecaster);
  EXPECT_EQ(a.base, b.base);
  EXPECT_EQ(a.median, b.median);
  EXPECT_EQ(a.near_event, b.near_event);
  for (double p = 0.005; p < 1; p += 0.005) ASSERT_EQ(a.peak.quantile(p), b.peak.quantile(p)) << p;
}

// A service remembers what it predicted at the ticks before; a command run by cron starts from nothing; a replay has
// features of the whole history. All three decide the same.
TEST_F(GroupModelTest, ForecastsTheSameToTheBitWithAndWithoutMemory) {
  RecentPredictions with_memory;
  const Features whole = model->features(history, calendar);
  for (Timestamp now = kMonday + 8 * kDay - 2 * kHour; now <= history.end(); now += history.interval) {
    SCOPED_TRACE(format_timestamp(now));
    const History known = until(history, now);
    const auto cold = model->forecast(known, calendar, now);
    const auto warm = model->forecast(known, calendar, now, &with_memory);
    const auto replayed = model->forecast_range(whole, whole.index_of(now), whole.index_of(now));
    ASSERT_TRUE(cold && warm);
    ASSERT_EQ(replayed.size(), 1u);
    expect_same_bits(*cold, *warm);
    expect_same_bits(*cold, replayed.front().second);
  }
}

TEST_F(GroupModelTest, MemoryGivesWayToRowsThatChangedToAnotherCalendarAndToAnotherModel) {
  RecentPredictions memory;
  const Timestamp now = kMonday + 8 * kDay + 14 * kHour;
  History known = until(history, now);
  ASSERT_TRUE(model->forecast(known, calendar, now, &memory));
  const auto as_without = [&](const GroupModel& by, const calendar::Calendar& believed) {
    const auto warm = by.forecast(known, believed, now, &memory), cold = by.forecast(known, believed, now);
    ASSERT_TRUE(warm && cold);
    expect_same_bits(*warm, *cold);
  };
  const std::size_t late = known.size() - 9;
  known.mean[late] *= 1.5;
  known.peak[late] *= 1.5;
  memory.forget_after(known.time_at(late));
  as_without(*model, calendar);
  as_without(*model, calendar::Calendar{});
  auto moved = sales();
  moved.back().span.start += kHour;
  as_without(*model, calendar::Calendar::of(moved));
  as_without(*model, calendar::Calendar::of(moved, "Europe/Berlin"));
  GroupModel retrained({.interval = Duration{1800}, .cover_window = Duration{3600}, .seed = 5});
  ASSERT_TRUE(retrained.advance(history, calendar, kMonday + 8 * kDay));
  as_without(retrained, calendar);
}

TEST_F(GroupModelTest, DamagedFilesAreRefusedWithAReason) {
  const std::string bytes = *model->to_bytes();
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, bytes.size() / 2, bytes.size() - 1}) {
    const auto loaded = GroupModel::from_bytes(bytes.substr(0, length));
    ASSERT_FALSE(loaded) << length;
    EXPECT_FALSE(loaded.error().message.empty());
  }
}

TEST_F(GroupModelTest, RefusesToForecastOnMissingRows) {
  History gap = history;
  const Timestamp now = kMonday + 8 * kDay + 3 * kHour;
  const auto anchor = static_cast<std::size_t>((now - gap.start) / gap.interval);
  for (std::size_t i = anchor - 3; i < anchor; ++i) gap.mean[i] = gap.peak[i] = kMissing;
  const auto forecast = model->forecast(gap, calendar, now);
  ASSERT_FALSE(forecast);
  EXPECT_EQ(forecast.error().code, ErrorCode::unavailable);
}

TEST(GroupModel, NeedsTwoDaysAndSaysSo) {
  GroupModel model(kQuick);
  const auto advanced = model.advance(season(1), calendar::Calendar{}, kMonday + kDay);
  ASSERT_FALSE(advanced);
  EXPECT_NE(advanced.error().message.find("at least 2"), std::string::npos);
  EXPECT_FALSE(model.trained());
}

TEST(SeasonalNaiveForecast, StandsInWithNothingButHistory) {
  const History history = season(5);
  const Timestamp now = kMonday + 4 * kDay + 9 * kHour;
  const auto forecast = seasonal_naive_forecast(history, calendar::Calendar(), now, kHour);
  ASSERT_TRUE(forecast) << forecast.error().message;
  EXPECT_NEAR(forecast->peak.quantile(0.5), 10 * 1.08, 1.5);  // the level at 9:00 is 10, rising
  EXPECT_FALSE(seasonal_naive_forecast(season(1), calendar::Calendar(), kMonday + 12 * kHour, kHour));
}

TEST(SeasonalNaiveForecast, KnowsOfTheCalendarWhatItStates) {
  const History history = season(5);
  const Timestamp now = kMonday + 4 * kDay + 9 * kHour;
  calendar::Event event = event_at(now + Duration{1800}, 3 * kHour, "black-friday", "Black Friday");
  const auto median = [&] {
    return seasonal_naive_forecast(history, calendar::Calendar::of({event}), now, kHour)->peak.quantile(0.5);
  };
  const double usual = median();
  event.expected_uplift = 4;
  EXPECT_NEAR(median(), 4 * usual, 0.4 * usual);
}

}  // namespace
}  // namespace almanac::forecast
