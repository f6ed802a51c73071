#pragma once

// Decisions for unit tests, whose numbers can be worked out by hand.

#include <map>
#include <string>
#include <vector>

#include "core/time.h"
#include "ports/memory_object_store.h"
#include "records/record.h"

namespace almanac::records {

inline const Timestamp kTestNow = parse_timestamp("2026-11-25T12:00:00Z").value();  // a Wednesday

inline Record test_record(Timestamp now, int before, int desired) {
  Record record;
  Decision& d = record.decision;
  d.group = "shop";
  d.now = now;
  d.forecaster = "linear";
  d.lead_time = Duration{300};
  d.cover_window = {now, now + Duration{600}};
  d.demand_quantiles = {{0.5, 10}, {0.9, 12}, {0.99, 15}};
  d.stages = {{"newsvendor", desired, "peak demand \"until\" {12:10}: [9, 10]"},
              {"limits", desired, "within 1 to 100"}};
  d.desired_before = before;
  d.desired = desired;
  record.group = ports::GroupState{.min = 1, .max = 100, .desired = before, .in_service = before, .pending = 0};
  record.outcome = {before == desired ? Outcome::Kind::not_sent : Outcome::Kind::accepted, ""};
  return record;
}

inline void put_records(ports::ObjectStore& store, const std::vector<Record>& records) {
  std::map<std::string, std::string> days;
  for (const auto& record : records)
    days["shop/decisions/" + format_timestamp(record.decision.now).substr(0, 10) + ".jsonl"] += to_json(record) + "\n";
  for (const auto& [key, bytes] : days) (void)store.put(key, bytes, ports::PutCondition::always());
}

}  // namespace almanac::records
