#include "planning/experts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "core/series.h"
#include "planning/error_budget.h"

namespace almanac::planning {
namespace {

using forecast::Features;
using forecast::Forecast;
using forecast::History;

constexpr Timestamp kStart{Duration{1'700'438'400}};
constexpr std::size_t kDaySteps = 288;

// Days of five-minute intervals at 4 busy instances, one in `every` of them at 20.
History bursts(int days, int every, std::uint64_t seed = 1) {
  History history;
  history.start = kStart;
  Random random(seed);
  for (std::size_t i = 0; i < static_cast<std::size_t>(days) * kDaySteps; ++i)
    history.peak.push_back(random.below(static_cast<std::uint64_t>(every)) == 0 ? 20.0 : 4.0);
  history.mean = history.peak;
  history.network.assign(history.peak.size(), kMissing);
  history.active.assign(history.peak.size(), kMissing);
  return history;
}

// A model that is certain of `says(anchor)` at every tick of the day.
template <typename Says>
std::vector<std::pair<std::size_t, Forecast>> day_of(const Features& features, std::size_t first, Says says) {
  std::vector<std::pair<std::size_t, Forecast>> forecasts;
  for (std::size_t anchor = first; anchor < first + kDaySteps; ++anchor) {
    Forecast f;
    f.now = features.time_at(anchor);
    f.median = says(anchor);
    f.peak = Distribution({{f.median, 1.0}});
    forecasts.emplace_back(anchor, f);
  }
  return forecasts;
}

struct ExpertBoardTest : testing::Test {
  History history = bursts(12, 10);
  Features features{history, calendar::Calendar{}, 2};
  ExpertBoard board;

  template <typename Says>
  void replay(Says says, std::size_t days = 12) {
    for (std::size_t day = 1; day < days; ++day)
      board.close_day(features, day * kDaySteps, (day + 1) * kDaySteps, day_of(features, day * kDaySteps, says), 0.8);
  }
  ExpertAdvice advice() const { return board.advise(history.peak, history.interval, 0.8); }
};

TEST_F(ExpertBoardTest, BeforeAnythingWasReplayedTheModelIsAlone) {
  EXPECT_TRUE(advice().empty());
  EXPECT_EQ(mix_curve({3, 4, 5}, advice()), (std::vector<int>{3, 4, 5}));
  EXPECT_NE(describe(advice(), 3).find("nothing was replayed"), std::string::npos);
}

TEST_F(ExpertBoardTest, WhereTheModelIsBlindAConstantOrATrailingMaximumTakesOver) {
  replay([](std::size_t) { return 4.0; });  // never sees a burst coming
  const auto experts = advice();
  const std::size_t high = 22;  // a price of 250: every burst costs 250 x 20
  EXPECT_LT(experts.voices[0].weight[high], 0.05);
  // 20 busy instances at 80 % are 25 instances: what every rule that holds them says.
  EXPECT_EQ(experts.voices[1].expert, "constant");
  EXPECT_EQ(experts.voices[1].capacity[high], 25);
  EXPECT_LT(experts.voices[1].cost[high], 0.2);
  EXPECT_GE(mix_curve(std::vector<int>(lambda_grid().size(), 5), experts)[high], 24);
}

TEST_F(ExpertBoardTest, AModelThatKnowsWhatComesKeepsTheWeight) {
  replay([&](std::size_t anchor) {
    const double peak = features.target_peak({anchor, 0});
    return is_missing(peak) ? 4.0 : peak;
  });
  const auto experts = advice();
  for (const std::size_t price : {0UL, 7UL, 12UL, 22UL}) EXPECT_GT(experts.voices[0].weight[price], 0.9) << price;
}

TEST_F(ExpertBoardTest, OneCatastropheIsNotEnoughToDecide) {
  // Every day the same as the constant, but for one day.
  replay([&](std::size_t anchor) { return anchor / kDaySteps == 6 ? 4.0 : 20.0; });
  const auto experts = advice();
  const std::size_t high = 24;
  EXPECT_LT(experts.voices[1].cost[high], 1.0);
  EXPECT_GT(experts.voices[0].weight[high], 0.1);
  EXPECT_LT(experts.voices[1].weight[high], 0.7);  // were it every day: all of it
}

TEST_F(ExpertBoardTest, WeightsOfEveryPriceSumToOne) {
  replay([](std::size_t) { return 8.0; });
  const auto experts = advice();
  for (std::size_t p = 0; p < lambda_grid().size(); ++p) {
    double sum = 0;
    for (const auto& voice : experts.voices) sum += voice.weight[p];
    EXPECT_NEAR(sum, 1.0, 1e-12);
  }
}

TEST_F(ExpertBoardTest, TicksNearEventsAreTheModelsAlone) {
  for (std::size_t day = 1; day < 12; ++day) {
    auto forecasts = day_of(features, day * kDaySteps, [](std::size_t) { return 4.0; });
    for (auto& [anchor, forecast] : forecasts) forecast.near_event = true;
    board.close_day(features, day * kDaySteps, (day + 1) * kDaySteps, forecasts, 0.8);
  }
  EXPECT_TRUE(advice().empty());
}

// A window that reaches into the next day is not over when the day is closed.
TEST_F(ExpertBoardTest, NothingAfterTheDayCounts) {
  History other = history;
  for (std::size_t i = 9 * kDaySteps; i < other.size(); ++i) other.peak[i] = other.mean[i] = 1000;
  const Features changed(other, calendar::Calendar{}, 2);
  replay([](std::size_t) { return 6.0; }, 9);
  const ExpertBoard expected = board;
  board = {};
  for (std::size_t day = 1; day < 9; ++day)
    board.close_day(changed, day * kDaySteps, (day + 1) * kDaySteps,
                    day_of(changed, day * kDaySteps, [](std::size_t) { return 6.0; }), 0.8);
  EXPECT_EQ(board, expected);
}

TEST_F(ExpertBoardTest, IsKeptAsNumbersAndRefusesWhatIsNoBoard) {
  replay([](std::size_t) { return 6.0; });
  auto numbers = board.to_numbers();
  const auto again = ExpertBoard::from_numbers(numbers);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, board);
  numbers[2] = std::nan("");
  EXPECT_EQ(ExpertBoard::from_numbers(numbers).error().code, ErrorCode::corrupt);
  numbers.pop_back();
  EXPECT_EQ(ExpertBoard::from_numbers(numbers).error().code, ErrorCode::corrupt);
}

TEST_F(ExpertBoardTest, AnotherUtilisationStartsAnew) {
  replay([](std::size_t) { return 6.0; });
  EXPECT_FALSE(advice().empty());
  EXPECT_TRUE(board.advise(history.peak, history.interval, 0.6).empty());
}

}  // namespace
}  // namespace almanac::planning
