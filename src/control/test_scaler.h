#pragma once

// A Scaler on fakes: a group of ten instances, and a store that fails when asked to.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "control/scaler.h"
#include "dataset/dataset.h"
#include "ports/fake_scaling_group.h"
#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"
#include "records/ledger.h"

namespace almanac::control {

inline constexpr Duration kInterval{300};
inline const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

inline Row row(Timestamp start, double cpu, double instances) {
  Row r;
  r.start = start;
  r.cpu_utilization = cpu;
  r.in_service_instances = instances;
  return r;
}

// A gentle daily wave: 4 busy instances in the mean, on 10 instances.
inline Row wave(Timestamp t) {
  const double day = static_cast<double>(t.time_since_epoch().count() % 86400) / 86400;
  return row(t, 40 + 15 * std::sin(6.2831853 * day), 10);
}

inline GroupSettings settings(planning::PolicyKind kind = planning::PolicyKind::almanac) {
  GroupSettings s;
  s.name = "shop";
  s.interval = kInterval;
  s.policy.kind = kind;
  s.policy.min = 1;
  s.policy.max = 40;
  return s;
}

class ScalerTest : public testing::Test {
 protected:
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore store{memory};
  ports::FakeScalingGroup group{{.min = 1, .max = 40, .desired = 10, .in_service = 10, .pending = 0}};
  dataset::Dataset rows{store, "shop", kInterval};
  Scaler scaler{store, rows, group, settings()};
  records::Ledger ledger{memory, "shop"};
  records::LoadedCalendar none;

  Scaler in_mode(planning::Mode mode) {
    GroupSettings s = settings();
    s.policy.mode = mode;
    return Scaler(store, rows, group, s);
  }
  void observe(Duration history, Timestamp until = kNoon) {
    std::vector<Row> all;
    for (Timestamp t = until - history; t < until; t += kInterval) all.push_back(wave(t));
    ASSERT_TRUE(rows.append(all));
  }
  std::vector<records::Record> lines() {
    std::vector<records::Record> all;
    const auto shared = ledger.between({kNoon - kDay, kNoon + kDay});
    for (const auto& record : shared.value()) all.push_back(*record);
    return all;
  }
};

}  // namespace almanac::control
