#include "insight/json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "core/series.h"

namespace almanac::insight {

namespace {

// Nothing in a time needs escaping, so that a column of thousands is not looked through for it.
void put_time_value(JsonWriter& json, Timestamp time) {
  json.raw('"' + format_timestamp(time) + '"');
}

}  // namespace

void put_time(JsonWriter& json, std::string_view name, Timestamp time) {
  json.key(name);
  put_time_value(json, time);
}

void put_maybe_time(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& time) {
  if (time) return put_time(json, name, *time);
  json.key(name);
  json.null();
}

void put_rounded(JsonWriter& json, double value) {
  if (!std::isfinite(value)) return json.null();
  if (std::abs(value) > 1e11) return json.value(value);
  // Whole ten-thousandths, by hand: this is what an answer of 30 days spends its time on.
  auto units = std::llround(std::abs(value) * 1e4);
  std::array<char, 32> text;
  char* at = text.data();
  if (value < 0 && units > 0) *at++ = '-';
  at = std::to_chars(at, text.data() + text.size(), units / 10000).ptr;
  if (int rest = static_cast<int>(units % 10000); rest > 0) {
    *at++ = '.';
    for (int digit = 1000; rest > 0; digit /= 10) {
      *at++ = static_cast<char>('0' + rest / digit);
      rest %= digit;
    }
  }
  json.raw(std::string_view(text.data(), static_cast<std::size_t>(at - text.data())));
}

void put_number(JsonWriter& json, std::string_view name, double value) {
  json.key(name);
  put_rounded(json, value);
}

void put_number(JsonWriter& json, std::string_view name, const std::optional<double>& value) {
  put_number(json, name, value.value_or(kMissing));
}

void put_share(JsonWriter& json, std::string_view name, double share) {
  json.key(name);
  if (!std::isfinite(share)) return json.null();
  json.raw(fmt::format("{:.4g}", share));
}

void put_column(JsonWriter& json, std::string_view name, std::span<const double> values) {
  json.key(name);
  json.begin_array();
  for (const double value : values) put_rounded(json, value);
  json.end_array();
}

void put_times(JsonWriter& json, std::string_view name, std::span<const Timestamp> times) {
  json.key(name);
  json.begin_array();
  for (const Timestamp time : times) put_time_value(json, time);
  json.end_array();
}

void put_strings(JsonWriter& json, std::string_view name, std::span<const std::string> texts) {
  json.key(name);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void put_event_fields(JsonWriter& json, const calendar::Event& event) {
  json.field("name", event.name);
  json.field("kind", event.kind);
  put_time(json, "start", event.span.start);
  put_time(json, "end", event.span.end);
}

void put_events(JsonWriter& json, std::string_view name, std::span<const calendar::Event> events) {
  json.key(name);
  json.begin_array();
  for (const calendar::Event& event : events) {
    json.begin_object();
    put_event_fields(json, event);
    json.end_object();
  }
  json.end_array();
}

}  // namespace almanac::insight
