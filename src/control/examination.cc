#include "control/examination.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "calendar/floor.h"
#include "control/lead_time.h"
#include "core/row.h"
#include "dataset/credibility.h"

namespace almanac::control {
namespace {

using Verdict = Finding::Verdict;

constexpr Duration kMetricsLookedAt{2 * kHour};
constexpr Duration kStaleAfter{20 * kMinute};  // sources lag by minutes; more is a fault
constexpr Duration kModelTooOld{3 * kDay};     // trained daily: three runs failed
constexpr int kRowsForModel = 2 * 288;         // two days, under which nothing can be learned

std::string ago(Timestamp time, Timestamp now) {
  const Duration age = std::max(Duration{0}, now - time);
  // Whole minutes, then hours, then days: nobody mends seconds.
  if (age >= 2 * kDay) return format_duration(age - age % kDay) + " ago";
  if (age >= 2 * kHour) return format_duration(age - age % kHour) + " ago";
  return age < kMinute ? "just now" : format_duration(age - age % kMinute) + " ago";
}

Finding failed(std::string topic, const Error& error, std::string advice = {}) {
  return {std::move(topic), Verdict::mend, error.message, std::move(advice)};
}

Result<void> try_conditions(ports::ObjectStore& store, const std::string& key) {
  const std::string bytes = "almanac doctor\n";
  auto made = store.put(key, bytes, ports::PutCondition::if_absent());
  if (!made && made.error().code != ErrorCode::conflict) return tl::unexpected(made.error());
  if (const auto again = store.put(key, bytes, ports::PutCondition::if_absent());
      again || again.error().code != ErrorCode::conflict) {
    return again ? fail(ErrorCode::unsupported,
                        "the store ignores If-None-Match: it overwrote an object that should have been absent")
                 : Result<void>(tl::unexpected(again.error()));
  }
  const auto read = store.get(key);
  if (!read) return tl::unexpected(read.error());
  const auto replaced = store.put(key, bytes + "again\n", ports::PutCondition::if_match(read->etag));
  if (!replaced) return tl::unexpected(replaced.error());
  const auto stale = store.put(key, bytes, ports::PutCondition::if_match(read->etag));
  if (stale) return fail(ErrorCode::unsupported, "the store ignores If-Match: it overwrote a newer version");
  return stale.error().code == ErrorCode::conflict ? Result<void>() : Result<void>(tl::unexpected(stale.error()));
}

}  // namespace

Findings look_at_store(ports::ObjectStore& store, const std::string& group) {
  const auto listed = store.list(group + "/");
  if (!listed) return {failed("store", listed.error())};
  return {{"store", Verdict::good, fmt::format("can be listed: {} objects of the group", listed->size()), ""}};
}

Findings examine_store(ports::ObjectStore& store, const std::string& group) {
  Findings found = look_at_store(store, group);
  if (found.front().verdict == Verdict::mend) return found;  // not worth more errors of the same cause
  const std::string probe = group + "/almanac-doctor-probe";
  if (const auto tried = try_conditions(store, probe); !tried) {
    const bool ignores = tried.error().code == ErrorCode::unsupported;
    found.push_back(failed("store", tried.error(),
                           ignores ? "use a store with conditional writes, or run only one process at a time" : ""));
  } else {
    found.push_back({"store", Verdict::good, "can be read and written, and keeps two writers apart", ""});
  }
  if (const auto removed = store.remove(probe); !removed) {
    found.push_back({"store", Verdict::note, "the probe object stays: " + removed.error().message,
                     fmt::format("nothing: Almanac never removes anything; {} may be deleted", probe)});
  }
  return found;
}

namespace {

// Of a group that does not count its instances: what it counts, on how many instances.
std::string unit_words(const ports::GroupState& state) {
  if (state.unit == CapacityUnit::instances) return "";
  return fmt::format("; all in {}, which {} make up, each up to {}", words(state.unit),
                     counted(state.instances.value_or(0), CapacityUnit::instances), state.largest_weight);
}

// What the mode asks of a group that this one cannot do at all.
std::string what_mode_lacks(planning::Mode mode, const ports::Capabilities& can) {
  if (mode == planning::Mode::own && !can.set_desired)
    return "mode own sets the capacity, and this group's cannot be set";
  if (mode == planning::Mode::floor && !can.raise_minimum) {
    return "mode floor raises the minimum for a while, and this group's cannot be raised";
  }
  return "";
}

}  // namespace

Findings examine_group(ports::ScalingGroup& group, const GroupSettings& settings, Timestamp now) {
  const auto state = group.describe();
  if (!state) return {failed("group", state.error())};
  Findings found;
  if (std::string lacking = what_mode_lacks(settings.policy.mode, group.capabilities()); !lacking.empty()) {
    found.push_back({"group", Verdict::mend, std::move(lacking), "set mode: observe"});
  }
  if (!state->capacity_known) {
    found.push_back(
        {"group", Verdict::note,
         "how many instances are in service is not known: no decision yet, and no row of the last day has "
         "in_service_instances",
         "add in_service_instances to the rows; otherwise the first decision begins where the demand wants it"});
    return found;
  }
  found.push_back({"group", Verdict::good,
                   fmt::format("desired {} ({} in service, {} launching), limits {} to {}{}", state->desired,
                               state->in_service, state->pending, state->min, state->max, unit_words(*state)),
                   ""});
  if (!state->unit_problem.empty()) {
    found.push_back({"group", Verdict::mend, state->unit_problem, "only mode observe is possible until they do"});
  }
  const planning::Policy& policy = settings.policy;
  if (policy.min > state->max || policy.max < state->min) {
    found.push_back({"group", Verdict::mend,
                     fmt::format("almanac.yaml allows {} to {} {} and the group {} to {}: they do not overlap",
                                 policy.min, policy.max, words(state->unit), state->min, state->max),
                     "change scaling.min and scaling.max, or the group's limits"});
  } else if (state->unit != CapacityUnit::instances && policy.max < state->max) {
    found.push_back(
        {"group", Verdict::note,
         fmt::format("almanac.yaml allows at most {} of the group's {}", policy.max, counted(state->max, state->unit)),
         "state scaling.max in the group's unit if it is to use them all"});
  } else if (state->min == state->max) {
    found.push_back({"group", Verdict::note,
                     fmt::format("the group cannot be scaled: its limits are both {}", state->max),
                     "raise its maximum"});
  }
  for (const ports::Blocker& blocker : state->blockers) {
    const bool grave = blocker.kind == ports::Blocker::Kind::cannot_launch;
    found.push_back({"group", grave ? Verdict::mend : Verdict::note, blocker.words, blocker.advice});
  }
  if (state->standby > 0) {
    found.push_back({"group", Verdict::note,
                     fmt::format("{} stand by and serve nothing", counted(state->standby, state->unit)), ""});
  }
  if (state->raised_minimum) {
    found.push_back({"group", Verdict::note, fmt::format("the minimum is raised to {}", *state->raised_minimum), ""});
  }
  for (const std::string& notice : state->notices) found.push_back({"group", Verdict::note, notice, ""});
  const auto failures = group.launch_failures(now - kDay);
  if (failures && !failures->empty()) {
    found.push_back({"group", Verdict::mend,
                     fmt::format("{} launches failed in the last day, the latest {}: {}", failures->size(),
                                 ago(failures->back().time, now), failures->back().message),
                     failures->back().advice});
  }
  return found;
}

Findings examine_lead_time(ports::ScalingGroup& group, const GroupSettings& settings, Timestamp now) {
  const auto say = [&](Duration lead, const std::string& how) {
    return fmt::format("{} from launch to in service ({}); a decision holds for {}", format_duration(lead), how,
                       format_duration(cover_window(lead, settings.interval)));
  };
  if (settings.lead_time) return {{"lead time", Verdict::good, say(*settings.lead_time, "as almanac.yaml says"), ""}};
  const auto launches = group.launches(now - 42 * kDay);
  if (!launches && is_retryable(launches.error().code)) {
    return {{"lead time", Verdict::not_checked, "could not be checked: " + launches.error().message,
             "run `almanac doctor` again; a tick assumes the last one known until launches can be read"}};
  }
  if (!launches) return {failed("lead time", launches.error())};
  const LeadTime measured = measure_lead_time(*launches, settings.usual_lead_time);
  if (!group.capabilities().tell_launches) {
    return {{"lead time", Verdict::note, say(measured.value, "assumed: nothing tells how long launches take"),
             "state lead_time in almanac.yaml"}};
  }
  if (measured.launches == 0) {
    return {{"lead time", Verdict::note, say(measured.value, "assumed: no launch is known"),
             "state lead_time in almanac.yaml, or wait for the first launches"}};
  }
  return {{"lead time", Verdict::good, say(measured.value, fmt::format("p95 of {} launches", measured.launches)), ""}};
}

namespace {

struct Column {
  const char* name;
  std::optional<double> Row::*value;
};
constexpr std::array<Column, 5> kColumns{{{"cpu_utilization", &Row::cpu_utilization},
                                          {"in_service_instances", &Row::in_service_instances},
                                          {"request_count", &Row::request_count},
                                          {"request_peak", &Row::request_peak},
                                          {"network_in", &Row::network_in}}};

struct Arrived {
  int count = 0;
  Timestamp newest{};  // end of the newest interval that has it
};

Arrived arrived(const std::vector<Row>& rows, std::optional<double> Row::*value, Duration interval) {
  Arrived found;
  for (const Row& row : rows) {
    if (!(row.*value)) continue;
    ++found.count;
    found.newest = row.start + interval;
  }
  return found;
}

// Where the demand of a group comes from now: what it is not made of is missed by nobody.
struct DemandSource {
  bool requests = false;         // over the capacity that almanac.yaml states
  bool cpu = false;              // times instances
  bool capacity_stated = false;  // so that request counts would be enough
  bool cpu_is_enough = false;    // policy threshold

  bool needs(const Column& column) const {
    const std::string_view name = column.name;
    if (name == "in_service_instances" && cpu_is_enough) return false;
    if (name == "cpu_utilization" || name == "in_service_instances") return !requests;
    return name == "request_count" && capacity_stated && !cpu;
  }
  std::string without(const Column& column) const {
    const std::string_view name = column.name;
    if (needs(column)) {
      return capacity_stated ? "; demand is known by request_count, or by CPU times instances, and neither is there"
                             : "; without it demand is unknown, unless request_count and capacity_per_instance "
                               "(almanac.yaml) are";
    }
    if (name == "request_count") return "; demand is CPU times instances then, which is blind above 100 %";
    if (name == "request_peak") return "; peaks within an interval stay unseen";
    if (name == "cpu_utilization") return "; demand is request_count over capacity_per_instance";
    if (name == "in_service_instances" && cpu_is_enough) return "; the policy threshold goes by the CPU alone";
    return name == "in_service_instances" ? "; it is taken to stand where the last decision would have put it" : "";
  }
};

}  // namespace

Findings examine_metrics(ports::MetricSource& source, const GroupSettings& settings, Timestamp now,
                         const std::map<std::string, std::string>& advice) {
  const Timestamp end = floor_to(now, settings.interval);
  const auto rows = source.read({end - kMetricsLookedAt, end}, settings.interval);
  if (!rows) return {failed("metrics", rows.error())};
  const auto is_fresh = [&](std::optional<double> Row::*value) {
    const Arrived some = arrived(*rows, value, settings.interval);
    return some.count > 0 && now - some.newest <= kStaleAfter;
  };
  const bool stated = settings.capacity_per_instance.has_value();
  const DemandSource demand{stated && is_fresh(&Row::request_count),
                            is_fresh(&Row::cpu_utilization) && is_fresh(&Row::in_service_instances), stated,
                            settings.policy.kind == planning::PolicyKind::threshold};
  Findings found;
  for (const Error& failure : source.failures({end - kMetricsLookedAt, end}))
    found.push_back(failed("metrics", failure));
  for (const Column& column : kColumns) {
    const auto [count, newest] = arrived(*rows, column.value, settings.interval);
    const auto hint = advice.find(column.name);
    const std::string what_to_do = hint == advice.end() ? "" : hint->second;
    const Verdict amiss = demand.needs(column) ? Verdict::mend : Verdict::note;
    if (count == 0) {
      found.push_back(
          {"metrics", amiss, fmt::format("{}: nothing in 2h{}", column.name, demand.without(column)), what_to_do});
    } else if (now - newest > kStaleAfter) {
      found.push_back({"metrics", amiss, fmt::format("{}: newest value {}", column.name, ago(newest, now)),
                       demand.needs(column) ? "find out why it stopped; decisions hold the capacity until it returns"
                                            : "find out why it stopped"});
    } else {
      found.push_back({"metrics", Verdict::good,
                       fmt::format("{}: {} of {} intervals, newest {}", column.name, count,
                                   kMetricsLookedAt / settings.interval, ago(newest, now)),
                       ""});
    }
  }
  return found;
}

namespace {

// Values that are not believed: those of now are to be mended, older ones are worth a note.
Findings examine_credibility(std::span<const Row> rows, const GroupSettings& settings, Timestamp now) {
  Findings found;
  const auto judged = judge(rows, settings, floor_to(now, settings.interval));
  for (const dataset::Doubted& each : dataset::summed_up(judged.doubts)) {
    const bool lasts = each.span.end > std::min(now, rows.back().start) - kHour;
    found.push_back({"rows", lasts ? Verdict::mend : Verdict::note,
                     fmt::format("{} ({} rows from {} to {})", dataset::describe(each), each.rows,
                                 format_timestamp(each.span.start), format_timestamp(each.span.end)),
                     lasts ? std::string(dataset::advice_for(each.doubt)) : ""});
  }
  return found;
}

}  // namespace

Findings examine_rows(dataset::Dataset& dataset, const GroupSettings& settings, Timestamp now) {
  const auto rows = dataset.read({now - kHistoryKept, floor_to(now, settings.interval)});
  if (!rows) return {failed("rows", rows.error(), "mend or remove the file; the bucket's older versions help")};
  Findings found;
  if (const auto ahead = dataset.rows_after(now); ahead && *ahead) {
    const TimeRange& range = (*ahead)->range;
    found.push_back(
        {"rows", Verdict::mend,
         fmt::format("{} lie ahead of now, from {} on; they are ignored", (*ahead)->rows,
                     format_timestamp(range.start)),
         fmt::format("a mistyped date in an import, or a clock that went back: `almanac rows remove --group {} "
                     "--from {} --to {}`",
                     settings.name, format_timestamp(range.start), format_timestamp(range.end))});
  }
  if (rows->empty()) {
    found.push_back(
        {"rows", Verdict::mend, "none yet", "run `almanac backfill` once, then `almanac collect` every interval"});
    return found;
  }
  const Timestamp last = rows->back().start + settings.interval;
  const std::string text =
      fmt::format("{} rows since {}, the last {}", rows->size(), format_timestamp(rows->front().start), ago(last, now));
  if (now - last > kStaleAfter + settings.interval) {
    found.push_back({"rows", Verdict::mend, text, "let `almanac collect` or `almanac tick` run every interval"});
  } else if (static_cast<int>(rows->size()) < kRowsForModel) {
    found.push_back(
        {"rows", Verdict::note, text + "; two days are needed to learn anything", "run `almanac backfill`, or wait"});
  } else {
    found.push_back({"rows", Verdict::good, text, ""});
  }
  for (Finding& doubt : examine_credibility(*rows, settings, now)) found.push_back(std::move(doubt));
  return found;
}

Findings examine_calendar(const Result<records::LoadedCalendar>& calendar, int max, Timestamp now) {
  if (!calendar) return {failed("calendar", calendar.error())};
  Findings found;
  const auto& problems = calendar->calendar.problems();
  for (const std::string& notice : calendar->notices) {
    const bool lost = std::any_of(problems.begin(), problems.end(), [&](const calendar::Problem& problem) {
      return problem.lost && notice.ends_with(problem.where + ": " + problem.message);
    });
    // A copy stands in for it, for a day or until the calendar is mended: people must say which.
    const auto& conditions = calendar->conditions;
    const bool stale = std::any_of(conditions.begin(), conditions.end(), [&](const records::Condition& condition) {
      return condition.kind == ports::NotificationKind::calendar_stale && condition.text == notice;
    });
    found.push_back({"calendar", calendar->complete && !lost && !stale ? Verdict::note : Verdict::mend, notice,
                     stale && calendar->complete
                         ? "mend the calendar; `almanac calendar accept` says that it is right as it is now"
                         : "`almanac calendar preview` shows what was understood"});
  }
  const auto events = calendar->calendar.between({now, now + 28 * kDay});
  if (calendar->sources.empty()) {
    found.push_back({"calendar", Verdict::note, "there is none: only what recurs can be foreseen",
                     "put business_calendar.json or .ics files into the group's folder of the store"});
  } else if (events.empty()) {
    found.push_back({"calendar", Verdict::note,
                     fmt::format("no event in four weeks in {}", fmt::join(calendar->sources, ", ")), ""});
  } else {
    found.push_back({"calendar", Verdict::good,
                     fmt::format("{} events in four weeks, the next {}: {}", events.size(),
                                 calendar->calendar.local_time(events.front().span.start), events.front().name),
                     ""});
  }
  for (std::string& word : calendar::floors_above(events, max)) {
    found.push_back({"calendar", Verdict::note, std::move(word), "raise scaling.max, or ask for less"});
  }
  return found;
}

Findings examine_model(records::ModelStore& models, const GroupSettings& settings, Timestamp now) {
  const records::LoadedModel loaded = models.load();
  const std::string train = "run `almanac train`, and let it run every day";
  Findings found;
  if (loaded.cpu_model && loaded.is_copy)
    found.push_back({"model", Verdict::mend, loaded.problem,
                     "put the file back, or let `almanac train --fresh` learn a model of its own"});
  if (loaded.cpu_model) {
    found.push_back(
        {"model", Verdict::note,
         "a Keras model made elsewhere: it predicts CPU of the next interval only, from " + loaded.cpu_model->layout(),
         "`almanac train --fresh` learns one that knows peaks and the calendar"});
    return found;
  }
  if (!loaded.problem.empty()) {
    found.push_back(
        {"model", Verdict::mend, loaded.problem,
         loaded.made_elsewhere ? "save it with what is named there, or `almanac train --fresh` replaces it" : train});
  }
  if (!loaded.model) {
    if (found.empty())
      found.push_back({"model", Verdict::mend, "there is none yet: the seasonal naive stands in", train});
    return found;
  }
  const auto until = loaded.model->trained_until();
  const std::string text = fmt::format("{} in use, learned until {}", loaded.model->winner(),
                                       until ? ago(*until, now) : std::string("an unknown time"));
  if (!until || now - *until > kModelTooOld) {
    found.push_back({"model", Verdict::mend, text, train});
  } else if (settings.policy.kind == planning::PolicyKind::almanac && loaded.model->winner() == "seasonal_naive") {
    found.push_back({"model", Verdict::note, text + ": nothing learned beats last week's course", ""});
  } else {
    found.push_back({"model", Verdict::good, text, ""});
  }
  return found;
}

Findings examine_decisions(const records::Ledger& ledger, const GroupSettings& settings, Timestamp now) {
  const auto latest = ledger.latest(now, [](const records::Record& record) { return !record.decision.dry_run; });
  if (!latest) return {failed("decisions", latest.error())};
  if (!*latest) {
    return {
        {"decisions", Verdict::note, "none yet", "run `almanac tick` every interval; mode observe changes nothing"}};
  }
  const records::Record& record = **latest;
  std::string text = fmt::format("the latest {}: desired {}, {}", ago(record.decision.now, now),
                                 record.decision.desired, to_string(record.decision.health));
  if (record.decided_at && record.metrics_until && *record.decided_at - *record.metrics_until >= kMinute) {
    const Duration age = *record.decided_at - *record.metrics_until;
    text += fmt::format(", on metrics {} old", format_duration(age - age % kMinute));
  }
  Findings found;
  if (now - record.decision.now > 3 * settings.interval) {
    found.push_back({"decisions", Verdict::mend, text, "let `almanac tick` run every interval"});
  } else {
    found.push_back(
        {"decisions", record.decision.health == Health::hold ? Verdict::mend : Verdict::good, text,
         record.decision.health == Health::hold ? "mend the metrics; `almanac explain` has the reason" : ""});
  }
  if (record.outcome.kind == records::Outcome::Kind::refused) {
    found.push_back({"decisions", Verdict::mend, "the group refused it: " + record.outcome.message, ""});
  }
  return found;
}

}  // namespace almanac::control
