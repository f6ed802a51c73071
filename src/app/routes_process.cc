#include "app/openapi.h"
#include "app/routes.h"
#include "core/json_writer.h"
#include "serving/http/assets.h"
#include "web/dashboard.h"

namespace almanac::app {
namespace {

using serving::Answer;
using serving::Call;

void put_last_round(JsonWriter& json, const std::optional<daemon::Round>& round) {
  json.key("last_tick");
  if (!round) return json.null();
  json.begin_object();
  json.field("time", format_timestamp(round->time));
  json.field("duration_ms", 1000 * round->seconds);
  json.field("failed", round->failed);
  json.field("skipped", round->skipped);
  json.end_object();
}

std::string status_answer(const daemon::Status& status, const Process& process) {
  JsonWriter json;
  json.begin_object();
  json.field("version", process.version());
  json.field("now", format_timestamp(status.now));
  json.field("started", format_timestamp(status.started));
  json.field("role", status.active ? "active" : "standby");
  json.field("holder", status.holder);
  json.field("speed", status.speed);
  json.field("interval_seconds", static_cast<long long>(status.interval.count()));
  json.field("writable", process.writable());
  json.field("groups", status.groups);
  put_last_round(json, status.last_round);
  json.field("next_tick", format_timestamp(status.next_tick));
  json.end_object();
  return json.text();
}

Answer readiness_answer(const Result<void>& ready) {
  if (ready) return serving::text_answer(200, "ready");
  Answer answer = serving::text_answer(503, ready.error().message);
  answer.headers.emplace_back("Retry-After", "5");
  return answer;
}

Answer typed_answer(std::string_view content_type, std::string text) {
  Answer answer(std::move(text));
  answer.content_type = content_type;
  return answer;
}

std::vector<serving::Asset> dashboard() {
  std::vector<serving::Asset> assets;
  for (const web::Asset& asset : web::dashboard_assets()) {
    assets.push_back(
        {std::string(asset.path), std::string(asset.content_type), std::string(asset.bytes), std::string(asset.etag)});
  }
  return assets;
}

}  // namespace

serving::Router all_routes(Process& process) {
  serving::Router router;
  add_process_routes(router, process);
  add_group_routes(router, process);
  add_what_if_routes(router, process);
  add_operate_routes(router, process);
  return router;
}

void add_process_routes(serving::Router& router, Process& process) {
  router.get("/healthz", [](const Call&) { return serving::text_answer(200, "ok"); });
  router.get("/readyz", [&](const Call&) { return readiness_answer(process.daemon().readiness()); });
  router.get("/metrics", [&](const Call&) {
    process.metrics().set_viewers(process.feed().subscribers());
    return typed_answer(serving::Metrics::kContentType, process.metrics().text());
  });
  router.get("/api/v1/openapi.yaml",
             [](const Call&) { return typed_answer("application/yaml; charset=utf-8", std::string(openapi_yaml())); });
  router.get("/api/v1/events", [](const Call&) { return serving::stream_answer(); });
  router.get("/api/v1/status", [&](const Call&) { return status_answer(process.daemon().status(), process); });
  serving::add_assets(router, dashboard());
}

}  // namespace almanac::app
