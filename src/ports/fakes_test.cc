#include <gtest/gtest.h>

#include "ports/fake_metric_source.h"
#include "ports/fake_scaling_group.h"
#include "ports/metric_source_contract.h"
#include "ports/scaling_group_contract.h"

// Fakes keep the contracts of their ports too: a test that passes on a fake says something of the others.
namespace almanac::ports {
namespace {

TEST(FakeScalingGroupTest, KeepsTheContractOfAScalingGroup) {
  Timestamp now = *parse_timestamp("2026-11-27T12:00");
  for (const bool set_desired : {true, false}) {
    for (const bool raise_minimum : {true, false}) {
      FakeScalingGroup group({.min = 2, .max = 10, .desired = 4, .in_service = 4});
      group.can = {.set_desired = set_desired, .raise_minimum = raise_minimum, .tell_launches = false};
      const auto settle = [&] { group.pass_to(now += Duration{600}); };
      expect_scaling_group_contract({group, [&] { return now; }, settle});
    }
  }
}

TEST(FakeMetricSourceTest, KeepsTheContractOfAMetricSource) {
  constexpr Duration kInterval{300};
  const Timestamp noon = *parse_timestamp("2026-11-27T12:00");
  FakeMetricSource source;
  for (int i = 0; i < 12; ++i) {
    if (i == 3) continue;
    Row row{.start = noon + i * kInterval};
    row.cpu_utilization = 40;
    if (i != 5) row.request_count = row.request_peak = 0;
    source.put(row);
  }
  expect_metric_source_contract(source, {noon, noon + kHour}, kInterval,
                                {.unknown = {noon + 3 * kInterval}, .no_requests = {noon + 5 * kInterval}});
}

}  // namespace
}  // namespace almanac::ports
