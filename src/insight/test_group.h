#pragma once

// A group for unit tests: rows and a ledger whose numbers can be worked out by hand.

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "calendar/event.h"
#include "control/knowledge.h"
#include "core/row.h"
#include "core/time.h"
#include "dataset/dataset.h"
#include "ports/memory_object_store.h"
#include "records/test_record.h"

namespace almanac::insight {

using records::kTestNow;
inline constexpr Duration kTestInterval{300};

inline control::GroupSettings test_settings() {
  control::GroupSettings settings;
  settings.name = "shop";
  settings.interval = kTestInterval;
  settings.lead_time = Duration{300};
  settings.capacity_per_instance = 100;
  settings.policy.min = 1;
  settings.policy.max = 100;
  return settings;
}

// The load of an ordinary interval in busy instances: 4 at night, 16 at noon, the same every day.
inline double test_demand(Timestamp t) {
  const double day = static_cast<double>(t.time_since_epoch().count() % 86400) / 86400.0;
  return 10 - 6 * std::cos(2 * std::numbers::pi * day);
}

// Sales of two hours at 10:00 of every Wednesday: load is twice the usual.
inline std::vector<calendar::Event> test_sales(Timestamp from, Timestamp to) {
  std::vector<calendar::Event> sales;
  for (Timestamp day = floor_to(from, kDay); day < to; day += kDay) {
    if (std::chrono::weekday{std::chrono::floor<std::chrono::days>(day)} != std::chrono::Wednesday) continue;
    calendar::Event sale;
    sale.name = "Sale " + format_timestamp(day).substr(0, 10);
    sale.uid = sale.name;
    sale.kind = "sale";
    sale.span = {day + 10 * kHour, day + 12 * kHour};
    sales.push_back(sale);
  }
  return sales;
}

inline Row test_row(Timestamp t, double busy, double in_service) {
  Row row{};
  row.start = t;
  row.request_count = busy * 100 * 300;
  row.request_peak = busy * 100 * 300;
  row.in_service_instances = in_service;
  row.cpu_utilization = 100 * busy / in_service;
  return row;
}

// Rows of [from, to); `sales` double the load while they last.
inline std::vector<Row> test_rows_of(Timestamp from, Timestamp to, const std::vector<calendar::Event>& sales = {}) {
  std::vector<Row> rows;
  for (Timestamp t = from; t < to; t += kTestInterval) {
    double busy = test_demand(t);
    for (const auto& sale : sales)
      if (sale.span.contains(t)) busy *= 2;
    rows.push_back(test_row(t, busy, 20));
  }
  return rows;
}

using records::put_records;
using records::test_record;

}  // namespace almanac::insight
