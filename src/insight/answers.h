#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json_writer.h"
#include "core/result.h"
#include "insight/backtest_jobs.h"
#include "insight/fleet.h"
#include "insight/group_view.h"
#include "insight/json.h"
#include "insight/timeline.h"
#include "insight/what_if.h"

// The JSON of each answer (docs/openapi.yaml), from what was read.
namespace almanac::insight {

Attention attention_of(const Summary* summary, const control::GroupSettings& settings, Timestamp now);

// The fields of a GroupSummary, without brackets. `summary` nullptr: not read yet, everything unknown. Health is about
// `now`: a last decision that is older than two intervals says nothing of it.
void put_summary(JsonWriter& json, const Summary* summary, const control::GroupSettings& settings,
                 const Attention& attention, Timestamp now);

// GET groups/{group}. `feed_age`: since when the oldest of its calendars was read.
Result<std::string> group_answer(const GroupView& view, const Summary* summary, Timestamp now,
                                 std::optional<Duration> calendar_age);

struct SeriesRange {
  TimeRange range{};
  Duration step{300};
  bool to_the_present = true;  // then what is planned goes with it
};
// invalid_input for what is out of bounds.
Result<SeriesRange> series_range(const std::optional<Timestamp>& from, const std::optional<Timestamp>& to,
                                 const std::optional<Duration>& step, Duration interval, Timestamp tick);
std::string series_answer(const GroupView& view, std::span<const records::DecisionPoint> points,
                          const SeriesRange& asked, std::string_view planned);
// The object `planned`; arrays are empty where there is nothing to forecast from.
std::string planned_json(const GroupView& view, Duration ahead);
std::string forecast_answer(const GroupView& view, Duration ahead);

// `records` newest first, one more than `limit` where there are more.
std::string decisions_answer(std::span<const records::Record> records, std::size_t limit);
std::string decision_answer(const records::Record& record, const calendar::Calendar& calendar);
// One sentence: what was decided and which stage made it so.
std::string summary_sentence(const records::Record& record);

struct FeedState {
  std::string name;
  bool stale = false;
  std::optional<Duration> age;
};
std::string calendar_answer(const GroupView& view, TimeRange range, std::span<const FeedState> feeds);
void put_what_if(JsonWriter& json, const WhatIf& what_if);
Result<std::string> savings_answer(const GroupView& view, int days);
std::string backtest_answer(const BacktestJobs::Status& status);

}  // namespace almanac::insight
