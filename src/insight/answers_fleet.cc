#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "insight/answers.h"
#include "insight/insight.h"
#include "insight/json.h"

namespace almanac::insight {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

Attention attention_of(const Summary* summary, const control::GroupSettings& settings, Timestamp now) {
  if (summary == nullptr) return {Level::notice, {"This group has not been looked at yet; it will be in a moment."}};
  if (summary->problem) {
    return {Level::critical, {fmt::format("The store cannot be read: {}", summary->problem->message)}};
  }
  AttentionInput input;
  input.latest = summary->latest ? &*summary->latest : nullptr;
  input.overrides = summary->overrides.at(now);
  input.objective = settings.policy.objective;
  input.realised = summary->realised;
  input.days = kObjectiveDays;
  input.now = now;
  input.interval = settings.interval;
  return attention_of(input);
}

void put_summary(JsonWriter& json, const Summary* summary, const control::GroupSettings& settings,
                 const Attention& attention, Timestamp now) {
  const records::Record* latest = summary != nullptr && summary->latest ? &*summary->latest : nullptr;
  const auto maybe = [&json](std::string_view name, const auto& value) { json.field(name, value); };
  json.field("name", settings.name);
  json.field("mode", planning::to_string(latest != nullptr ? latest->mode : settings.policy.mode));
  const bool of_now = latest != nullptr && now - latest->decision.now <= 2 * settings.interval;
  maybe("health", of_now ? std::optional(std::string(to_string(latest->decision.health))) : std::nullopt);
  maybe("forecaster", latest != nullptr && !latest->decision.forecaster.empty()
                          ? std::optional(latest->decision.forecaster)
                          : std::nullopt);
  json.key("attention");
  json.begin_object();
  json.field("level", to_string(attention.level));
  put_strings(json, "reasons", attention.reasons);
  json.end_object();
  json.key("demand");
  json.begin_object();
  put_number(json, "now", summary != nullptr ? summary->demand_now() : std::nullopt);
  json.key("sparkline");
  if (summary != nullptr) {
    const auto line = summary->sparkline(settings.interval);
    json.begin_object();
    put_time(json, "start", line.start);
    json.field("step_seconds", static_cast<long long>(line.step.count()));
    put_column(json, "values", line.values);
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
  const ports::GroupState* group = latest != nullptr && latest->group ? &*latest->group : nullptr;
  json.key("capacity");
  json.begin_object();
  maybe("desired", latest != nullptr ? std::optional(latest->decision.desired) : std::nullopt);
  maybe("in_service", group != nullptr && group->counted ? std::optional(group->in_service) : std::nullopt);
  json.field("min", std::max(settings.policy.min, group != nullptr ? group->min : 0));
  json.field("max",
             group != nullptr && group->max > 0 ? std::min(settings.policy.max, group->max) : settings.policy.max);
  json.field("unit", to_string(latest != nullptr ? latest->unit() : CapacityUnit::instances));
  maybe("in_an_hour", summary != nullptr ? summary->in_an_hour(settings) : std::nullopt);
  json.end_object();
  json.key("next_event");
  if (summary != nullptr && summary->next_event) {
    json.begin_object();
    put_event_fields(json, *summary->next_event);
    json.end_object();
  } else {
    json.null();
  }
  json.key("objective");
  json.begin_object();
  json.field("share", settings.policy.objective);
  const auto realised = summary != nullptr ? summary->realised : std::nullopt;
  put_share(json, "realised", realised.value_or(kMissing));
  json.field("days", kObjectiveDays);
  json.end_object();
  put_maybe_time(json, "last_decision", latest != nullptr ? std::optional(latest->decision.now) : std::nullopt);
  json.key("overrides");
  json.raw(records::to_json(summary != nullptr ? summary->overrides : records::Overrides()));
}

Result<std::string> Insight::groups(const PageQuery& page) {
  const bool by_name = page.sort && *page.sort == "name";
  if (page.sort && !by_name && *page.sort != "attention")
    return fail(ErrorCode::invalid_input, fmt::format("sort: expected attention or name, got '{}'", *page.sort));
  const auto first = cursor_of(page.cursor, 0);
  if (!first) return tl::unexpected(first.error());
  refresh_some();
  const Timestamp now = now_();
  const std::string wanted = page.query ? lower(*page.query) : std::string();
  struct Row {
    const Group* group;
    std::shared_ptr<const Summary> summary;
    Attention attention;
  };
  std::vector<Row> rows;
  for (const Group& group : groups_) {
    if (!wanted.empty() && lower(group.source.settings.name).find(wanted) == std::string::npos) continue;
    auto summary = group.summary->last();
    Attention attention = attention_of(summary.get(), group.summary->settings(), now);
    rows.push_back({&group, std::move(summary), std::move(attention)});
  }
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (!by_name && a.attention.level != b.attention.level) return a.attention.level > b.attention.level;
    return a.group->source.settings.name < b.group->source.settings.name;
  });
  const auto from = std::min(rows.size(), static_cast<std::size_t>(*first));
  const auto end = std::min(rows.size(), from + static_cast<std::size_t>(std::max(1, page.limit)));
  JsonWriter json;
  json.begin_object();
  json.key("groups");
  json.begin_array();
  for (std::size_t i = from; i < end; ++i) {
    json.begin_object();
    put_summary(json, rows[i].summary.get(), rows[i].group->summary->settings(), rows[i].attention, now);
    json.end_object();
  }
  json.end_array();
  json.field("total", rows.size());
  json.key("next_cursor");
  end < rows.size() ? json.value(std::to_string(end)) : json.null();
  json.end_object();
  return json.text();
}

}  // namespace almanac::insight
