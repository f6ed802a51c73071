#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json_writer.h"
#include "core/result.h"
#include "insight/fleet.h"
#include "insight/group_view.h"
#include "insight/what_if.h"

// What several of the answers (answers_*.cc, docs/openapi.yaml) have in common.
namespace almanac::insight {

Attention attention_of(const Summary* summary, const control::GroupSettings& settings, Timestamp now);

// The fields of a GroupSummary, without brackets. `summary` nullptr: not read yet, everything unknown. Health is about
// `now`: a last decision that is older than two intervals says nothing of it.
void put_summary(JsonWriter& json, const Summary* summary, const control::GroupSettings& settings,
                 const Attention& attention, Timestamp now);

struct FeedState {
  std::string name;
  bool stale = false;
  std::optional<Duration> age;
};
// The feeds of the view's calendar: when the last tick that could read each was. `reader` looks further back for one
// that is stale.
std::vector<FeedState> feeds_of(const GroupView& view, GroupReader& reader, Timestamp now);

// The fields of a Plan, without brackets.
void put_what_if(JsonWriter& json, const WhatIf& what_if);

// A cursor is a number that an answer before gave out.
Result<long long> cursor_of(const std::optional<std::string>& cursor, long long otherwise);
// 1 to `most`.
Result<void> check_days(int days, int most);

}  // namespace almanac::insight
