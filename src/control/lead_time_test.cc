#include "control/lead_time.h"

#include <gtest/gtest.h>

#include <vector>

#include "ports/fake_scaling_group.h"

namespace almanac::control {
namespace {

ports::Launch launch(int seconds) {
  const Timestamp start = Timestamp(Duration{1000000});
  return {start, start + Duration{seconds}};
}

TEST(LeadTime, IsWhatNineteenOfTwentyLaunchesKeep) {
  // 1 s, 2 s ... 40 s: the nearest rank of 95 % is ceil(0.95 x 40) = 38, so 38 s, a minute when rounded up.
  std::vector<ports::Launch> launches;
  for (int i = 1; i <= 40; ++i) launches.push_back(launch(i));
  EXPECT_EQ(measure_lead_time(launches, Duration{300}).value, kMinute);
  // With 241 s as the three longest, rank 38 of 40 is 241 s: five minutes.
  for (int i = 37; i < 40; ++i) launches[static_cast<std::size_t>(i)] = launch(241);
  EXPECT_EQ(measure_lead_time(launches, Duration{60}).value, Duration{300});
  EXPECT_EQ(measure_lead_time(launches, Duration{60}).launches, 40);
}

TEST(LeadTime, OneSlowLaunchInAHundredDoesNotCount) {
  std::vector<ports::Launch> launches(100, launch(120));
  launches.push_back(launch(3000));
  EXPECT_EQ(measure_lead_time(launches, Duration{300}).value, Duration{120});
}

TEST(LeadTime, WithoutLaunchesTheUsualOne) {
  EXPECT_EQ(measure_lead_time({}, Duration{300}).value, Duration{300});
  EXPECT_EQ(measure_lead_time({}, Duration{300}).launches, 0);
  const std::vector<ports::Launch> nonsense{launch(-5), launch(7 * 3600)};
  EXPECT_EQ(measure_lead_time(nonsense, Duration{300}).launches, 0);
}

// Training, a forecast and a tick go by the same rule, whatever stands behind the port.
TEST(LeadTime, IsConfiguredElseMeasuredElseTheLastDecisionsElseTheUsual) {
  const Timestamp now(Duration{2000000});
  ports::FakeScalingGroup group{{.min = 1, .max = 9, .desired = 3, .in_service = 3}};
  group.finished = {{now - kHour, now - kHour + Duration{430}}};
  GroupSettings settings;
  const auto none = [] { return std::optional<Duration>(); };
  const auto last = [] { return std::optional(Duration{420}); };
  EXPECT_EQ(lead_time_at(settings, &group, last, now).value, Duration{480});  // 430 s, rounded up to minutes
  group.launches_failure = Error{ErrorCode::unavailable, "not now"};
  const LeadTime assumed = lead_time_at(settings, &group, last, now);
  EXPECT_EQ(assumed.value, Duration{420}) << "launches have not become faster than they were";
  ASSERT_TRUE(assumed.problem);
  EXPECT_EQ(assumed.problem->message, "not now");
  EXPECT_EQ(lead_time_at(settings, &group, none, now).value, settings.usual_lead_time);
  EXPECT_EQ(lead_time_at(settings, nullptr, last, now).value, Duration{420});
  EXPECT_FALSE(lead_time_at(settings, nullptr, last, now).problem) << "nobody was asked";
  settings.lead_time = Duration{120};
  EXPECT_EQ(lead_time_at(settings, &group, last, now).value, Duration{120});
}

TEST(LeadTime, TheCoverWindowIsWholeIntervals) {
  EXPECT_EQ(cover_window(Duration{240}, Duration{300}), Duration{600});  // 4 m + 5 m = 9 m
  EXPECT_EQ(cover_window(Duration{300}, Duration{300}), Duration{600});
  EXPECT_EQ(cover_window(Duration{301}, Duration{300}), Duration{900});
  EXPECT_EQ(cover_window(Duration{0}, Duration{300}), Duration{300});
}

}  // namespace
}  // namespace almanac::control
