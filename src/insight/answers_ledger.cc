#include <fmt/format.h>

#include <algorithm>

#include "control/explain.h"
#include "insight/answers.h"
#include "insight/insight.h"
#include "insight/json.h"
#include "records/ledger.h"

namespace almanac::insight {
namespace {

// What a stage is called in a sentence.
std::string stage_words(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

// The stage that made the capacity what it is: the last one that changed it, or the first.
const Stage* deciding_stage(const Decision& decision) {
  if (decision.stages.empty()) return nullptr;
  std::size_t deciding = 0;
  for (std::size_t i = 1; i < decision.stages.size(); ++i)
    if (decision.stages[i].capacity != decision.stages[i - 1].capacity) deciding = i;
  return &decision.stages[deciding];
}

std::string outcome_words(const records::Record& record) {
  const auto& outcome = record.outcome;
  const std::string why = outcome.message.empty() ? "" : ": " + outcome.message;
  switch (outcome.kind) {
    case records::Outcome::Kind::open:
      return "to be sent; no answer is recorded";
    case records::Outcome::Kind::not_sent:
      return "not sent" + why;
    case records::Outcome::Kind::accepted:
      return "accepted by the group" + why;
    case records::Outcome::Kind::refused:
      return "refused by the group" + why;
  }
  return "";
}

void put_maybe(JsonWriter& json, std::string_view name, const std::string& text) {
  json.key(name);
  text.empty() ? json.null() : json.value(text);
}

// One sentence: what was decided and which stage made it so.
std::string summary_sentence(const records::Record& record) {
  const Decision& d = record.decision;
  const std::string what = record.mode == planning::Mode::floor ? "the minimum" : "the capacity";
  std::string sentence;
  if (d.desired > d.desired_before) {
    sentence = fmt::format("Raise {} from {} to {}", what, d.desired_before, d.desired);
  } else if (d.desired < d.desired_before) {
    sentence = fmt::format("Lower {} from {} to {}", what, d.desired_before, d.desired);
  } else {
    sentence = fmt::format("Keep {} at {}", what, d.desired);
  }
  if (const Stage* stage = deciding_stage(d)) sentence += fmt::format(", set by {}", stage_words(stage->name));
  if (!d.events.empty()) sentence += fmt::format("; {} in view", fmt::join(d.events, ", "));
  if (d.desired_without_calendar && *d.desired_without_calendar != d.desired)
    sentence += fmt::format(" ({} without the calendar)", *d.desired_without_calendar);
  return sentence + ".";
}

// `records` newest first, one more than `limit` where there are more.
std::string decisions_answer(std::span<const records::Record> records, std::size_t limit) {
  JsonWriter json;
  json.begin_object();
  json.key("decisions");
  json.begin_array();
  for (const records::Record& record : records.first(std::min(limit, records.size()))) {
    const Decision& d = record.decision;
    json.begin_object();
    put_time(json, "time", d.now);
    json.field("before", d.desired_before);
    json.field("desired", d.desired);
    json.field("sent", record.outcome.kind == records::Outcome::Kind::accepted);
    json.field("outcome", records::to_string(record.outcome.kind));
    json.field("mode", planning::to_string(record.mode));
    json.field("health", to_string(d.health));
    put_maybe(json, "forecaster", d.forecaster);
    json.field("without_calendar", d.desired_without_calendar);
    put_strings(json, "events", d.events);
    json.field("summary", summary_sentence(record));
    json.end_object();
  }
  json.end_array();
  json.key("next_cursor");
  if (records.size() > limit && limit > 0) {
    json.value(fmt::format("{}", records[limit - 1].decision.now.time_since_epoch().count()));
  } else {
    json.null();
  }
  json.end_object();
  return json.text();
}

std::string decision_answer(const records::Record& record, const calendar::Calendar& calendar) {
  const Decision& d = record.decision;
  JsonWriter json;
  json.begin_object();
  put_time(json, "time", d.now);
  json.field("before", d.desired_before);
  json.field("desired", d.desired);
  const bool counted = record.group && record.group->counted;
  json.field("in_service", counted ? std::optional(record.group->in_service) : std::nullopt);
  json.field("mode", planning::to_string(record.mode));
  json.field("health", to_string(d.health));
  put_maybe(json, "forecaster", d.forecaster);
  json.field("lead_time_seconds", static_cast<long long>(d.lead_time.count()));
  json.key("cover");
  json.begin_object();
  put_time(json, "start", d.cover_window.start);
  put_time(json, "end", d.cover_window.end);
  json.end_object();
  json.key("quantiles");
  json.begin_object();
  for (const auto& [probability, demand] : d.demand_quantiles)
    put_number(json, fmt::format("{:g}", probability), demand);
  json.end_object();
  json.key("stages");
  json.begin_array();
  for (const Stage& stage : d.stages) {
    json.begin_object();
    json.field("name", stage.name);
    json.field("capacity", stage.capacity);
    json.field("reason", stage.reason);
    json.end_object();
  }
  json.end_array();
  json.field("without_calendar", d.desired_without_calendar);
  put_strings(json, "events", d.events);
  json.key("outcome");
  json.begin_object();
  json.field("state", records::to_string(record.outcome.kind));
  json.field("text", outcome_words(record));
  json.end_object();
  put_strings(json, "notices", record.notices);
  json.key("overrides");
  json.raw(records::to_json(record.overrides));
  json.field("summary", summary_sentence(record));
  json.field("explanation", control::explain(record, calendar));
  json.end_object();
  return json.text();
}

}  // namespace

Result<std::string> Insight::decisions(const std::string& name, RangeQuery range, const PageQuery& page) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const Timestamp end = range.to.value_or(now_() + interval_);
  const auto before = cursor_of(page.cursor, end.time_since_epoch().count());
  if (!before) return tl::unexpected(before.error());
  const TimeRange asked{range.from.value_or(Timestamp{}), std::min(end, Timestamp{Duration{*before}})};
  const auto limit = static_cast<std::size_t>(std::clamp(page.limit, 1, 1000));
  const auto records = reader(**group)->newest(asked, limit + 1);
  if (!records) return tl::unexpected(records.error());
  return decisions_answer(*records, limit);
}

Result<std::string> Insight::decision(const std::string& name, Timestamp time) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto record = records::Ledger(store_, name).find(time, false);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return fail(ErrorCode::not_found, "there was no decision at " + format_timestamp(time));
  const auto view = reader(**group)->view(now_());
  return decision_answer(**record, view ? (*view)->calendar.calendar : calendar::Calendar());
}

}  // namespace almanac::insight
