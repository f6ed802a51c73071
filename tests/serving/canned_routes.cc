#include "canned_routes.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/test_source_dir.h"
#include "core/version.h"
#include "serving/http/assets.h"

namespace almanac::serving {
namespace {

constexpr long long kNow = 1'764'072'000;

constexpr const char* kOverrides = R"({
  "pause": {"until": "2025-11-25T13:00:00Z", "why": "moving the database", "who": "on-call", "since": "2025-11-25T11:43:20Z"},
  "floor": {"capacity": 20, "until": "2025-11-25T17:00:00Z", "why": "the film is on at eight", "who": "on-call", "since": "2025-11-25T11:43:20Z"},
  "mode": {"mode": "own", "until": null, "why": "", "who": "", "since": "2025-11-25T11:43:20Z"}})";

// A GroupSummary without its last brace.
const std::string kSummary = std::string(R"({
  "name": "shop", "mode": "own", "health": "full", "forecaster": "lstm",
  "attention": {"level": "notice", "reasons": ["paused until 13:00"]},
  "demand": {"now": 12.3, "sparkline": {"start": "2025-11-24T12:00:00Z", "step_seconds": 1800, "values": [12.1, null, 12.3]}},
  "capacity": {"desired": 20, "in_service": 20, "min": 1, "max": 60, "unit": "instances", "in_an_hour": 26},
  "next_event": {"name": "Black Friday", "kind": "sale", "start": "2025-11-27T08:00:00Z", "end": "2025-11-28T08:00:00Z"},
  "objective": {"share": 0.001, "realised": 0.0007, "days": 7},
  "last_decision": "2025-11-25T12:00:00Z", "overrides": )") +
                             kOverrides;

constexpr const char* kDetail = R"(,
  "interval_seconds": 300, "timezone": "Europe/Paris", "lead_time": {"seconds": 480, "source": "measured"},
  "utilisation": 0.8, "ages": {"data_seconds": 300, "model_seconds": 40000, "calendar_seconds": null},
  "quality": {"days": 14, "windows": 4032, "windows_near": 0,
              "coverage": [{"quantile": 0.5, "near": 0.51, "away": 0.5}, {"quantile": 0.9, "near": null, "away": 0.91}],
              "pinball": {"winner": 0.017, "seasonal_naive": 0.05, "ratio": 0.34},
              "forecasters": [{"name": "lstm", "pinball": 0.017, "coverage50": 0.5, "coverage90": 0.9, "windows": 7969}]},
  "notices": ["sales.ics: entry 3 cannot be used"], "data_from": "2025-09-27T19:06:40Z",
  "price": {"position": 14.2, "lambda": 22.0}})";

// A group that was configured a moment ago: nothing is known, and nothing may be 0 for it.
constexpr const char* kNewGroup = R"({
  "name": "new", "mode": "observe", "health": null, "forecaster": null,
  "attention": {"level": "warning", "reasons": ["no decision yet"]},
  "demand": {"now": null, "sparkline": null},
  "capacity": {"desired": null, "in_service": null, "min": null, "max": null, "unit": "instances", "in_an_hour": null},
  "next_event": null, "objective": {"share": 0.001, "realised": null, "days": 7}, "last_decision": null,
  "overrides": {"pause": null, "floor": null, "mode": null})";

constexpr const char* kNewDetail = R"(,
  "interval_seconds": 300, "timezone": "UTC", "lead_time": null, "utilisation": 0.8,
  "ages": {"data_seconds": null, "model_seconds": null, "calendar_seconds": null}, "quality": null, "notices": [],
  "data_from": null, "price": null})";

constexpr const char* kPlanned =
    R"("time": ["2025-11-25T12:00:00Z", "2025-11-25T12:05:00Z"], "q50": [12.5, 12.6], "q90": [14.6, 14.7], "q99": [17.2, null], "capacity": [20, 21]})";

constexpr const char* kDecisions =
    R"({"decisions": [{"time": "2025-11-25T12:00:00Z", "before": 18, "desired": 20, "sent": true, "outcome": "accepted", "mode": "own", "health": "full",
    "forecaster": "lstm", "without_calendar": 18, "events": ["Black Friday"], "summary": "From 18 to 20."},
    {"time": "2025-11-25T11:55:00Z", "before": 18, "desired": 18, "sent": false, "outcome": "not_sent", "mode": "own", "health": "hold", "forecaster": null,
    "without_calendar": null, "events": [], "summary": "Held: the metrics are missing."}], "next_cursor": "1764071700"})";

constexpr const char* kDecision =
    R"({"time": "2025-11-25T12:00:00Z", "before": 18, "desired": 20, "in_service": 18, "mode": "own", "health": "full",
    "forecaster": "lstm", "lead_time_seconds": 480, "cover": {"start": "2025-11-25T12:00:00Z", "end": "2025-11-25T12:13:00Z"},
    "quantiles": {"0.5": 12.5, "0.9": 14.6, "0.99": 17.2},
    "stages": [{"name": "newsvendor", "capacity": 20, "reason": "20 keep 99.9 % of requests"}], "without_calendar": 18,
    "events": ["Black Friday"], "outcome": {"state": "accepted", "text": ""}, "notices": ["one row came late"], "overrides": {"pause": null, "floor": null, "mode": null}, "summary": "From 18 to 20.",
    "explanation": "At 12:00 the capacity went from 18 to 20.\n\nBecause of the sale."})";

constexpr const char* kCalendar =
    R"({"timezone": "Europe/Paris", "now": "2025-11-25T12:00:00Z", "from": "2025-11-25T12:00:00Z", "to": "2025-12-23T12:00:00Z",
    "events": [{"id": "sale-1764230400", "name": "Black Friday", "kind": "sale", "start": "2025-11-27T08:00:00Z", "end": "2025-11-28T08:00:00Z", "all_day": true,
      "minimum_instances": 30, "expected": {"low": 1.6, "middle": 2.1, "high": 3.0, "basis": "5 earlier events"},
      "earlier": [{"name": "Summer sale", "kind": "sale", "start": "2025-07-01T00:00:00Z", "end": "2025-07-02T00:00:00Z", "uplift": 2.2, "peak": 30.1}]},
      {"id": "x", "name": "Fair", "kind": "fair", "start": "2025-11-27T08:00:00Z", "end": "2025-11-28T08:00:00Z", "all_day": false, "minimum_instances": null,
      "expected": null, "earlier": []}],
    "problems": [{"where": "sales.ics: entry 3", "message": "it ends before it begins", "lost": true}],
    "feeds": [{"name": "sales.ics", "stale": false, "age_seconds": 20}]})";

constexpr const char* kSavings = R"({"days": 14, "from": "2025-11-11T12:00:00Z", "to": "2025-11-25T12:00:00Z",
    "almanac": {"instance_hours": 3390, "violating_share": 0.0054},
    "target_tracking": {"instance_hours": 7433, "violating_share": 0.00065, "target_cpu": 0.35, "keeps_objective": true},
    "saved_instance_hours": 4043, "saved_percent": 54.4, "note": "replayed with a launch delay of 8 minutes"})";

constexpr const char* kPlan =
    R"({"from": "2025-11-25T12:00:00Z", "to": "2025-11-25T12:10:00Z", "step_seconds": 300, "unit": "instances",
    "time": ["2025-11-25T12:00:00Z", "2025-11-25T12:05:00Z"],
    "current": {"capacity": [20, 20], "q50": [12, 12], "q90": [14, 14], "q99": [16, 16], "instance_hours": 3.3},
    "changed": {"capacity": [24.2, 24], "q50": [14, 14], "q90": [16, 16], "q99": [19, 19], "instance_hours": 4},
    "difference": {"instance_hours": 0.7, "percent": 21.2}, "replaces": "sales.json",
    "events_added": [{"name": "Film night", "kind": "promotion", "start": "2025-11-25T12:00:00Z", "end": "2025-11-25T14:00:00Z"}],
    "events_removed": [], "events_changed": [{"name": "Black Friday", "kind": "sale", "start": "2025-11-27T00:00:00Z", "end": "2025-11-28T00:00:00Z",
      "fields": [{"field": "expected_uplift", "before": "2", "after": "4"}, {"field": "minimum_instances", "before": null, "after": "20"}]}],
    "expected": [{"event": "Black Friday", "words": "x4 as stated; no earlier event of this kind"}], "problems": [{"where": "new.json: entry 2", "message": "unknown zone", "lost": true}]})";

constexpr const char* kBacktest =
    R"({"id": "1", "group": "shop", "state": "done", "progress": {"share": 1.0, "stage": "done"},
    "error": null, "result": {"policies": [{"policy": "Almanac", "cost_at_0.1%": 1.33, "cost_at_1%": 1.19, "cost_within_0.1%": 1.34, "cost_within_1%": 1.19, "knob_name": "price", "knob": 22,
      "cost": 1.19, "violating_share": 0.0054, "violation_minutes": 39, "instance_hours": 3390, "changes_per_day": 41},
      {"policy": "static", "cost_at_0.1%": null, "cost_at_1%": null, "cost_within_0.1%": null, "cost_within_1%": null, "knob_name": "headroom", "knob": null, "cost": null, "violating_share": null,
      "violation_minutes": null, "instance_hours": null, "changes_per_day": null}],
      "fronts": [{"policy": "Almanac", "knob_name": "price", "points": [{"violating_share": 0.001, "cost": 1.33, "knob": 22}]}],
      "objective": ["0.54 % of requests violate where 0.1 % were asked for"], "from": "2025-11-11T12:00:00Z", "to": "2025-11-25T12:00:00Z",
      "boot_minutes": 8, "forecaster": "lstm"}})";

// Without the columns of `planned` and the last brace.
constexpr const char* kSeries = R"({"from": "2025-11-25T11:50:00Z", "to": "2025-11-25T12:00:00Z", "step_seconds": 300,
    "time": ["2025-11-25T11:50:00Z", "2025-11-25T11:55:00Z"], "demand": [12.1, null], "peak": [13, null], "q50": [12, 12.4], "q90": [14, 14.5],
    "q99": [16.5, 17], "desired": [20, 20], "in_service": [20, null], "violating": [0.001, null],
    "health": ["full", null], "events": [{"name": "Black Friday", "kind": "sale", "start": "2025-11-27T08:00:00Z", "end": "2025-11-28T08:00:00Z"}],
    "changes": [{"time": "2025-11-25T11:50:00Z", "before": 18, "after": 20}], "boundary": "2025-11-25T12:00:00Z", "planned": {)";

Result<std::string> of_shop(const Call& call, std::string json) {
  if (call.part("group") == "shop") return json;
  return fail(ErrorCode::not_found, "there is no group '" + call.part("group") + "'");
}

Result<void> check_backtest(const std::string& id) {
  if (id == "1") return {};
  return fail(ErrorCode::not_found, "there is no backtest '" + id + "'");
}

std::string status(bool writable) {
  return std::string(R"({"version": ")" + program_version() +
                     R"(", "now": "2025-11-25T12:00:00Z", "started": "2025-11-25T11:26:40Z", "role": "active",
    "holder": "web-1:4711", "speed": 300, "interval_seconds": 300, "writable": )") +
         (writable ? "true" : "false") +
         R"(, "groups": 2, "last_tick": {"time": "2025-11-25T12:00:00Z", "duration_ms": 12.5, "failed": 0, "skipped": 0}, "next_tick": "2025-11-25T12:05:00Z"})";
}

Answered groups(const Call& call) {
  const auto page = call.target.page();
  if (!page) return tl::unexpected(page.error());
  if (page->cursor && *page->cursor != "2") return fail(ErrorCode::invalid_input, "cursor: expected one of ours");
  const std::string shop = kSummary + "}", fresh = std::string(kNewGroup) + "}";
  if (page->limit >= 2) return R"({"groups": [)" + shop + "," + fresh + R"(], "total": 2, "next_cursor": null})";
  return R"({"groups": [)" + (page->cursor ? fresh : shop) + R"(], "total": 2, "next_cursor": )" +
         (page->cursor ? "null}" : R"("2"})");
}

Answered series(const Call& call) {
  if (const auto range = call.target.range(); !range) return tl::unexpected(range.error());
  if (const auto step = call.target.duration("step", kWeek); !step) return tl::unexpected(step.error());
  return of_shop(call, std::string(kSeries) + kPlanned + "}");
}

Answered decision(const Call& call) {
  const auto time = parse_time("time", call.part("time"));
  if (!time) return tl::unexpected(time.error());
  if (call.part("group") == "shop" && time->time_since_epoch().count() < kNow - 300) {
    return fail(ErrorCode::not_found, "there was no decision at " + format_timestamp(*time));
  }
  return of_shop(call, kDecision);
}

Answered plan(const Call& call) {
  if (call.body.find("slow") != std::string::npos) std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  if (call.body.find("nonsense") != std::string::npos) return fail(ErrorCode::invalid_input, "this is no calendar");
  return of_shop(call, kPlan);
}

Answered start_backtest(const Call& call) {
  const auto fields = call.fields({"days"});
  if (!fields) return tl::unexpected(fields.error());
  if (fields->whole("days", 13, 13)) return fail(ErrorCode::conflict, "another backtest is running");
  const auto found = of_shop(call, "");
  if (!found) return tl::unexpected(found.error());
  return accepted_answer(R"({"id": "1"})");
}

// `known`: fields of the body besides who and why; those that are times or whole numbers must be there.
Answered act(const Call& call, std::vector<std::string_view> known, bool must_end) {
  known.insert(known.end(), {"why", "who"});
  const auto fields = call.fields(known);
  if (!fields) return tl::unexpected(fields.error());
  if (const auto until = fields->time("until"); must_end && !until) return tl::unexpected(until.error());
  if (known.front() == "capacity") {
    if (const auto capacity = fields->whole("capacity", 0, 1000); !capacity) return tl::unexpected(capacity.error());
  }
  if (known.front() == "mode" && !fields->has("mode")) return fail(ErrorCode::invalid_input, "mode: expected one");
  if (fields->text("why", 1000) == "conflict") return fail(ErrorCode::conflict, "something else was faster");
  return of_shop(call, kOverrides);
}

Answered train(const Call& call) {
  const auto fields = call.fields({"why", "who"});
  if (!fields) return tl::unexpected(fields.error());
  const auto found = of_shop(call, "");
  if (!found) return tl::unexpected(found.error());
  return accepted_answer(kOverrides);
}

std::string description() {
  std::ifstream file(test_source_dir() + "/docs/openapi.yaml");
  return {std::istreambuf_iterator<char>(file), {}};
}

Answer typed(std::string_view type, std::string text) {
  Answer answer(std::move(text));
  answer.content_type = type;
  return answer;
}

void add_process(Router& router, bool writable, std::function<std::string()> metrics) {
  router.get("/healthz", [](const Call&) { return text_answer(200, "ok"); });
  router.get("/readyz", [](const Call&) { return text_answer(200, "ready"); });
  router.get("/metrics", [m = std::move(metrics)](const Call&) { return typed("text/plain; version=0.0.4", m()); });
  router.get("/api/v1/openapi.yaml", [](const Call&) { return typed("application/yaml", description()); });
  router.get("/api/v1/events", [](const Call&) { return stream_answer(); });
  router.get("/api/v1/status", [writable](const Call&) { return status(writable); });
  add_assets(router, {{"/", "text/html; charset=utf-8",
                       "<!doctype html><title>Almanac</title><script src=\"assets/app.js\"></script>", ""},
                      {"/assets/app.js", "text/javascript; charset=utf-8", "'use strict';", "\"app-1\""},
                      {"/assets/large.bin", "application/octet-stream", std::string(32U << 20U, 'x'), "\"large-1\""}});
}

void add_groups(Router& router) {
  const std::string group = "/api/v1/groups/{group}";
  router.get("/api/v1/groups", groups);
  router.get(group, [](const Call& call) -> Answered {
    if (call.part("group") == "new") return std::string(kNewGroup) + kNewDetail;
    return of_shop(call, kSummary + kDetail);
  });
  router.get(group + "/series", series);
  router.get(group + "/forecast", [](const Call& call) {
    return of_shop(call, std::string(R"({"now": "2025-11-25T12:00:00Z", )") + kPlanned);
  });
  router.get(group + "/decisions", [](const Call& call) { return of_shop(call, kDecisions); });
  router.get(group + "/decisions/{time}", decision);
  router.get(group + "/calendar", [](const Call& call) { return of_shop(call, kCalendar); });
  router.get(group + "/savings", [](const Call& call) { return of_shop(call, kSavings); });
}

void add_what_if(Router& router) {
  router.post("/api/v1/groups/{group}/plan", {.body = Body::any, .one_at_a_time = true}, plan);
  router.post("/api/v1/groups/{group}/backtests", {.body = Body::json}, start_backtest);
  router.get("/api/v1/backtests/{id}", [](const Call& call) -> Answered {
    if (auto there = check_backtest(call.part("id")); !there) return tl::unexpected(there.error());
    return std::string(kBacktest);
  });
  router.del("/api/v1/backtests/{id}", {}, [](const Call& call) -> Answered {
    if (auto there = check_backtest(call.part("id")); !there) return tl::unexpected(there.error());
    return empty_answer();
  });
}

void add_operate(Router& router) {
  const std::string group = "/api/v1/groups/{group}";
  const Needs with_body{.body = Body::json, .token = true};
  router.post(group + "/pause", with_body, [](const Call& call) { return act(call, {"until"}, true); });
  router.post(group + "/floor", with_body, [](const Call& call) { return act(call, {"capacity", "until"}, true); });
  router.post(group + "/mode", with_body, [](const Call& call) { return act(call, {"mode", "until"}, false); });
  for (const char* what : {"/pause", "/floor", "/mode"})
    router.del(group + what, {.token = true}, [](const Call& call) { return of_shop(call, kOverrides); });
  router.post(group + "/train", with_body, train);
}

}  // namespace

Router canned_routes(bool writable, std::function<std::string()> metrics) {
  Router router;
  add_process(router, writable, std::move(metrics));
  add_groups(router);
  add_what_if(router);
  add_operate(router);
  return router;
}

}  // namespace almanac::serving
