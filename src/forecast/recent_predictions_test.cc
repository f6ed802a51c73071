#include "forecast/recent_predictions.h"

#include <gtest/gtest.h>

#include "forecast/network_forecaster.h"
#include "forecast/test_history.h"

namespace almanac::forecast {
namespace {

// What remembering rests on: a prediction made alone has the bits of one made among others.
TEST(RecentPredictions, APredictionDoesNotDependOnItsCompany) {
  const History history = season(9);
  const Features features(history, calendar::Calendar{}, 2);
  std::vector<Origin> origins;
  for (std::size_t anchor = 60; anchor + 2 < history.size(); ++anchor) origins.push_back({anchor, 0});
  for (const auto shape : {NetworkForecaster::Shape::linear, NetworkForecaster::Shape::lstm}) {
    NetworkForecaster forecaster(shape);
    ASSERT_TRUE(forecaster.fit(features, origins, {}, {}));
    std::vector<Prediction> together(origins.size());
    forecaster.predict(features, origins, together);
    for (std::size_t i = 0; i < origins.size(); ++i) {
      Prediction alone;
      forecaster.predict(features, {&origins[i], 1}, {&alone, 1});
      ASSERT_EQ(alone.median, together[i].median) << i;
      ASSERT_EQ(alone.spread, together[i].spread) << i;
    }
  }
}

TEST(RecentPredictions, OnlyWhatIsNewOrChangedIsPredicted) {
  const History history = season(9);
  const calendar::Calendar calendar;
  const Features features(history, calendar, 2);
  RecentPredictions recent;
  const auto ask = [&](std::size_t first, std::size_t last) {
    int asked = 0;
    const auto forecaster = [&asked](std::span<const Origin> of, std::span<Prediction> out) {
      asked += static_cast<int>(of.size());
      for (std::size_t i = 0; i < of.size(); ++i) out[i] = {static_cast<double>(of[i].anchor), 1};
    };
    recent.prepare(1, history, calendar);
    std::vector<Origin> origins;
    for (std::size_t anchor = first; anchor <= last; ++anchor) origins.push_back({anchor, 0});
    std::vector<Prediction> out(origins.size());
    recent.predict(0, forecaster, features, origins, out);
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i].median, static_cast<double>(first + i));
    return asked;
  };
  EXPECT_EQ(ask(100, 109), 10);
  EXPECT_EQ(ask(100, 109), 0);
  EXPECT_EQ(ask(101, 110), 1);
  EXPECT_EQ(recent.first_missing(0, features, 101), 111u);
  recent.forget_after(features.time_at(106));  // the forecast at 106 does not read row 106; those at 107 to 110 do
  EXPECT_EQ(recent.first_missing(0, features, 101), 107u);
  EXPECT_EQ(ask(101, 110), 4);
  recent.prepare(2, history, calendar);  // another model
  EXPECT_EQ(recent.first_missing(0, features, 101), 101u);
}

}  // namespace
}  // namespace almanac::forecast
