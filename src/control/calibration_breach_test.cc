#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "control/scaler.h"
#include "control/trainer.h"
#include "core/random.h"
#include "ports/fake_scaling_group.h"
#include "ports/memory_object_store.h"

namespace almanac::control {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

// Forty instances whose load follows the day: four are busy in the mean, until it shifts.
class LevelShiftTest : public testing::Test {
 protected:
  ports::MemoryObjectStore store;
  ports::FakeScalingGroup group{{.min = 1, .max = 60, .desired = 40, .in_service = 40, .pending = 0}};
  dataset::Dataset rows{store, "shop", kInterval};
  GroupSettings settings;
  records::LoadedCalendar none;
  Random noise{5};
  double level = 4;
  Scaler scaler{store, rows, group, watching()};
  Timestamp now = kNoon;

  static GroupSettings watching() {
    GroupSettings settings;
    settings.name = "shop";
    settings.use_lstm = false;
    settings.policy.max = 60;
    settings.policy.mode = planning::Mode::observe;
    return settings;
  }

  void observe(Timestamp from, Timestamp until) {
    std::vector<Row> all;
    for (Timestamp t = from; t < until; t += kInterval) {
      const double day = static_cast<double>(t.time_since_epoch().count() % 86400) / 86400;
      const double wave = 1 + 0.4 * std::sin(2 * std::numbers::pi * day);
      Row row;
      row.start = t;
      row.cpu_utilization = 100 * level * wave * std::exp(0.03 * noise.normal()) / 40;
      row.in_service_instances = 40;
      all.push_back(row);
    }
    ASSERT_TRUE(rows.append(all));
  }

  void train() {
    const auto trained = Trainer(store, rows, watching()).train(now, none, Duration{300});
    ASSERT_TRUE(trained) << trained.error().message;
  }

  // Decides, and lets the next interval come; a model is learned at midnight.
  Decision tick() {
    if (now == floor_to(now, kDay)) train();
    const auto report = scaler.scale(now, none);
    EXPECT_TRUE(report);
    observe(now, now + kInterval);
    now += kInterval;
    return report ? report->record.decision : Decision{};
  }

  // When a decision had this health first, looking on for so long; empty: never.
  std::optional<Timestamp> until(Health health, Duration patience) {
    for (const Timestamp end = now + patience; now < end;)
      if (const Decision decision = tick(); decision.health == health) return decision.now;
    return std::nullopt;
  }
};

TEST_F(LevelShiftTest, DemotesTheModelUntilItHasLearnedTheNewLevel) {
  observe(kNoon - 21 * kDay, kNoon);
  train();
  EXPECT_EQ(until(Health::reactive, kDay), std::nullopt) << "an ordinary day";

  const Timestamp shifted = now;
  level = 16;
  const auto demoted = until(Health::reactive, 8 * kHour);
  ASSERT_TRUE(demoted) << "peaks far above every quantile, for hours";
  EXPECT_GT(*demoted, shifted + kHour) << "a burst of an hour is no broken calibration";
  const auto line = records::Ledger(store, "shop").find(*demoted, false);
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->decision.health, Health::reactive);
  EXPECT_THAT((*line)->notices, Contains(HasSubstr("the calibration is broken until it recovers")));
  EXPECT_GE(0.8 * tick().desired, level) << "what arrives is followed all the same";

  // The models of the next nights know the new level.
  const auto promoted = until(Health::full, 3 * kDay);
  ASSERT_TRUE(promoted);
  EXPECT_GT(*promoted, shifted + kDay / 2);
  EXPECT_EQ(until(Health::reactive, kDay), std::nullopt) << "it stays";
}

}  // namespace
}  // namespace almanac::control
