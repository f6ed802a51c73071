#pragma once

#include <span>
#include <string_view>

#include "calendar/event.h"
#include "core/json_writer.h"
#include "core/time.h"
#include "records/overrides.h"

namespace almanac::insight {

void put_time(JsonWriter& json, std::string_view name, Timestamp time);
// null where there is none.
void put_maybe_time(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& time);
// Four decimals: nobody reads more of a chart, and an answer of 30 days halves. kMissing is null.
void put_rounded(JsonWriter& json, double value);
void put_number(JsonWriter& json, std::string_view name, double value);
void put_number(JsonWriter& json, std::string_view name, const std::optional<double>& value);
// Four significant digits: a share of requests may be a hundredth of a per mille.
void put_share(JsonWriter& json, std::string_view name, double share);
void put_column(JsonWriter& json, std::string_view name, std::span<const double> values);
void put_times(JsonWriter& json, std::string_view name, std::span<const Timestamp> times);
void put_strings(JsonWriter& json, std::string_view name, std::span<const std::string> texts);
// name, kind, start, end: of an event, without brackets.
void put_event_fields(JsonWriter& json, const calendar::Event& event);
void put_events(JsonWriter& json, std::string_view name, std::span<const calendar::Event> events);

}  // namespace almanac::insight
