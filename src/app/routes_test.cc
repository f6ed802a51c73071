#include "app/routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "app/openapi.h"
#include "ports/memory_object_store.h"
#include "records/action_log.h"
#include "serving/http/api.h"

namespace almanac::app {
namespace {

using serving::Answer;
using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

const Timestamp kNoon = parse_timestamp("2026-11-25T12:00:00Z").value();
constexpr const char* kToken = "0123456789abcdef-correct";
const std::string kShop = "/api/v1/groups/shop";

class FixedClock final : public ports::Clock {
 public:
  Timestamp now() const override { return kNoon; }
};

// A daemon whose group has ticked once, with its routes and without a socket.
class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    const char* text = "groups: [{name: shop, source: {simulated: {history: 3w}}, scaling: {min: 2, max: 60}}]";
    daemon::DaemonOptions options;
    options.store = std::shared_ptr<ports::ObjectStore>(&store, [](auto*) {});
    options.holder = "one:1";
    options.train = false;
    auto started = daemon::Daemon::start(
        wiring::parse_config(text, "almanac.yaml", ".").value(), options, clock, [](const daemon::LogLine&) {},
        process);
    EXPECT_TRUE(started) << started.error().message;
    daemon = std::move(*started);
    process.attach(*daemon);
    daemon->step();
    EXPECT_TRUE(daemon->wait_idle(std::chrono::seconds{60}));
  }

  Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
             std::vector<std::pair<std::string, std::string>> headers = {}) {
    serving::Request request{method, target, std::move(headers), "127.0.0.1"};
    request.headers.emplace_back("host", "localhost:8080");
    return api.answer(request, [&]() -> tl::expected<std::string, Answer> { return body; });
  }
  Answer write(const std::string& method, const std::string& target, const std::string& body = "") {
    return ask(method, target, body,
               {{"authorization", std::string("Bearer ") + kToken}, {"content-type", "application/json"}});
  }
  Json json(const std::string& target) {
    const Answer answer = ask("GET", target);
    EXPECT_EQ(answer.status, 200) << target << " " << answer.body;
    return Json::parse(answer.body);
  }
  std::vector<records::Action> actions() {
    return records::ActionLog(store, "shop").between({kNoon, kNoon + kHour}).value();
  }

  ports::MemoryObjectStore store;
  FixedClock clock;
  Process process{clock, "1.2.3", true};
  std::unique_ptr<daemon::Daemon> daemon;
  serving::Api api{all_routes(process), {.token = kToken}};
};

// The lines of the file that name a path or a method, by their indentation.
TEST(Routes, AreThoseOfTheDescription) {
  std::set<std::string> described, routed;
  std::istringstream lines{std::string(openapi_yaml())};
  const std::regex path_line(R"(  (/\S*):)"), method_line(R"(    (get|post|put|patch|delete):)");
  std::string path;
  bool among_paths = false;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!line.starts_with(' ') && !line.empty()) among_paths = line == "paths:";
    if (!among_paths) continue;
    if (std::regex_match(line, found, path_line)) path = found[1];
    if (!std::regex_match(line, found, method_line)) continue;
    std::string method = found[1];
    for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    described.insert(fmt::format("{} {}", method, path));
  }
  const FixedClock clock;
  Process process(clock, "1.2.3", false);
  const serving::Router router = all_routes(process);
  for (const auto& route : router.routes()) routed.insert(route.method + " " + route.pattern);
  EXPECT_THAT(routed, testing::ContainerEq(described));
  EXPECT_GT(routed.size(), 20U);
}

TEST_F(RoutesTest, TheProcessTellsHowItIs) {
  EXPECT_EQ(ask("GET", "/healthz").body, "ok");
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  const std::string metrics = ask("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("almanac_build_info{version=\"1.2.3\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("almanac_ticks_total{group=\"shop\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("almanac_demand_busy_instances{group=\"shop\"} "));
  EXPECT_THAT(metrics, HasSubstr("almanac_mode_info{group=\"shop\",mode=\"own\"} 1")) << "as configured";
  EXPECT_THAT(ask("GET", "/api/v1/openapi.yaml").body, StartsWith("openapi: 3.1"));
  EXPECT_TRUE(ask("GET", "/api/v1/events").is_stream);
  EXPECT_THAT(ask("GET", "/").body, StartsWith("<!doctype html>"));
  const Json status = json("/api/v1/status");
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["role"], "active");
  EXPECT_EQ(status["writable"], true);
  EXPECT_EQ(status["groups"], 1);
  EXPECT_EQ(status["last_tick"]["time"], "2026-11-25T12:00:00Z");
  EXPECT_EQ(status["last_tick"]["failed"], 0);
  EXPECT_EQ(status["next_tick"], "2026-11-25T12:05:00Z");
  daemon->stop(std::chrono::seconds{10});
  const Answer not_ready = ask("GET", "/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_FALSE(not_ready.body.empty());
}

TEST_F(RoutesTest, ParametersReachWhoeverAnswers) {
  EXPECT_EQ(json("/api/v1/groups?query=sh&sort=name&limit=7")["total"], 1);
  EXPECT_EQ(json("/api/v1/groups?query=other")["total"], 0);
  EXPECT_EQ(json("/api/v1/groups?cursor=1")["groups"].size(), 0U);
  EXPECT_EQ(json(kShop)["name"], "shop");
  const Json series = json(kShop + "/series?from=2026-11-25T08:00:00Z&to=1795604400&step=30m");
  EXPECT_EQ(series["from"], "2026-11-25T08:00:00Z");
  EXPECT_EQ(series["to"], "2026-11-25T11:00:00Z");
  EXPECT_EQ(series["step_seconds"], 1800);
  const auto last_of = [](const Json& forecast) { return forecast["time"].back().get<std::string>(); };
  EXPECT_GT(last_of(json(kShop + "/forecast")), "2026-11-25T17:30:00Z") << "six hours";
  EXPECT_LT(last_of(json(kShop + "/forecast?ahead=1h")), "2026-11-25T13:00:00Z");
  EXPECT_EQ(json(kShop + "/decisions")["decisions"].size(), 1U);
  EXPECT_EQ(json(kShop + "/decisions?to=2026-11-25T12:00:00Z")["decisions"].size(), 0U);
  EXPECT_EQ(json(kShop + "/decisions/2026-11-25T12:00:00Z")["time"], "2026-11-25T12:00:00Z");
  EXPECT_EQ(ask("GET", kShop + "/decisions/2026-11-25T11:00:00Z").status, 404);
  EXPECT_EQ(json(kShop + "/calendar?to=2026-11-26T00:00:00Z")["to"], "2026-11-26T00:00:00Z");
  EXPECT_EQ(json(kShop + "/savings")["days"], 14);
  EXPECT_EQ(json(kShop + "/savings?days=2")["days"], 2);
}

TEST_F(RoutesTest, ParametersThatAreWrongAreNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"/api/v1/groups?limit=0", "limit: "},
      {"/api/v1/groups?sort=size", "sort: "},
      {"/api/v1/groups?cursor=x", "cursor: "},
      {kShop + "/series?from=x", "from: "},
      {kShop + "/series?from=5&to=5", "from: "},
      {kShop + "/series?step=0", "step: "},
      {kShop + "/forecast?ahead=1y", "ahead: "},
      {kShop + "/decisions?limit=x", "limit: "},
      {kShop + "/decisions/noon", "time: "},
      {kShop + "/calendar?to=x", "to: "},
      {kShop + "/savings?days=0", "days: expected a whole number from 1 to 31"},
  };
  for (const auto& [target, words] : wrong) {
    const Answer answer = ask("GET", target);
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_THAT(answer.body, HasSubstr(words)) << target;
  }
  for (const char* tail : {"", "/series", "/forecast", "/decisions", "/decisions/5", "/calendar", "/savings"})
    EXPECT_EQ(ask("GET", std::string("/api/v1/groups/none") + tail).status, 404) << tail;
}

TEST_F(RoutesTest, APlanIsOfACalendarWithAName) {
  const std::string plan = kShop + "/plan";
  EXPECT_EQ(ask("POST", plan + "?days=3&name=new.json", R"({"events": []})").status, 200);
  EXPECT_EQ(
      ask("POST", plan, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR", {{"content-type", "text/calendar"}}).status,
      200);
  EXPECT_THAT(ask("POST", plan, "nonsense").body, HasSubstr("calendar.json"));
  EXPECT_EQ(ask("POST", plan).status, 400);
  EXPECT_EQ(ask("POST", plan, "\xff\xfe").status, 400);
  EXPECT_THAT(ask("POST", plan + "?name=..%2Fx", "{}").body, HasSubstr("name: "));
  EXPECT_THAT(ask("POST", plan + "?days=29", "{}").body, HasSubstr("days: expected a whole number from 1 to 28"));
}

TEST_F(RoutesTest, ABacktestIsStartedLookedAtAndCancelled) {
  const std::pair<std::string, std::string> type{"content-type", "application/json"};
  EXPECT_EQ(ask("POST", kShop + "/backtests", R"({"days": 5})", {{"content-type", "text/plain"}}).status, 415);
  EXPECT_THAT(ask("POST", kShop + "/backtests", R"({"days": 29})", {type}).body, HasSubstr("from 1 to 28"));
  EXPECT_EQ(ask("POST", kShop + "/backtests", R"({"weeks": 1})", {type}).status, 400);
  const Answer started = ask("POST", kShop + "/backtests", R"({"days": 1})", {type});
  ASSERT_EQ(started.status, 202) << started.body;
  const std::string id = Json::parse(started.body)["id"];
  EXPECT_EQ(json("/api/v1/backtests/" + id)["group"], "shop");
  EXPECT_EQ(ask("DELETE", "/api/v1/backtests/" + id).status, 204);
  EXPECT_EQ(json("/api/v1/backtests/" + id)["state"], "cancelled");
  EXPECT_EQ(ask("DELETE", "/api/v1/backtests/none").status, 404);
}

TEST_F(RoutesTest, WritesNeedTheToken) {
  for (const char* what : {"/pause", "/floor", "/mode", "/train"})
    EXPECT_EQ(ask("POST", kShop + what, "{}").status, 401) << what;
  for (const char* what : {"/pause", "/floor", "/mode"}) EXPECT_EQ(ask("DELETE", kShop + what).status, 401) << what;
  EXPECT_TRUE(actions().empty());
}

TEST_F(RoutesTest, WhatIsAskedIsInForceAndRecordedWithWhoAndWhy) {
  const Answer floor = write("POST", kShop + "/floor",
                             R"({"capacity": 20.0, "until": 1795611600, "who": "me", "why": "line\n\u001bone"})");
  ASSERT_EQ(floor.status, 200) << floor.body;
  const Json set = Json::parse(floor.body)["floor"];
  EXPECT_EQ(set["capacity"], 20);
  EXPECT_EQ(set["until"], "2026-11-25T13:00:00Z");
  EXPECT_EQ(set["who"], "me");
  EXPECT_EQ(set["why"], "lineone") << "no line may be forged in the ledger or a terminal";
  EXPECT_EQ(json(kShop)["overrides"]["floor"], set);
  EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("almanac_manual_floor_instances{group=\"shop\"} 20"));

  EXPECT_EQ(write("POST", kShop + "/pause", R"({"until": "2026-11-25T13:00:00Z"})").status, 200);
  const Answer mode = write("POST", kShop + "/mode", R"({"mode": "observe", "until": null})");
  EXPECT_EQ(Json::parse(mode.body)["mode"]["mode"], "observe");
  EXPECT_EQ(Json::parse(mode.body)["mode"]["until"], nullptr);
  EXPECT_EQ(write("POST", kShop + "/train", "").status, 202);
  for (const char* what : {"floor", "pause", "mode"}) {
    const Answer taken_back = write("DELETE", fmt::format("{}/{}?who=me&why=over", kShop, what));
    EXPECT_EQ(Json::parse(taken_back.body)[what], nullptr);
  }
  std::vector<std::string> lines;
  for (const auto& action : actions()) lines.push_back(action.action + " " + action.who + " " + action.why);
  EXPECT_THAT(lines, testing::ElementsAre("floor me lineone", "pause api ", "mode api ", "train api ",
                                          "clear_floor me over", "resume me over", "clear_mode me over"));
}

TEST_F(RoutesTest, WritesThatAreNotUnderstoodChangeNothing) {
  const std::vector<std::pair<const char*, const char*>> wrong = {
      {"pause", ""},
      {"pause", "{}"},
      {"pause", "[]"},
      {"pause", R"({"until": "tomorrow"})"},
      {"pause", R"({"until": 1795611600, "unit": 1})"},
      {"pause", R"({"until": 1795611600, "capacity": 1})"},
      {"pause", R"({"until": 1795611600, "why": 5})"},
      {"floor", R"({"until": 1795611600})"},
      {"floor", R"({"until": 1795611600, "capacity": -1})"},
      {"floor", R"({"until": 1795611600, "capacity": 61})"},
      {"floor", R"({"until": 1795611600, "capacity": 2000000})"},
      {"floor", R"({"capacity": 5})"},
      {"mode", R"({"mode": "auto"})"},
      {"mode", R"({"mode": 5})"},
      {"mode", R"({"mode": "own", "until": "x"})"},
      {"mode", "{}"},
      {"train", R"({"until": 5})"},
  };
  for (const auto& [what, body] : wrong)
    EXPECT_EQ(write("POST", fmt::format("{}/{}", kShop, what), body).status, 400) << what << " " << body;
  EXPECT_THAT(write("DELETE", kShop + "/mode?who=" + std::string(201, 'a')).body, HasSubstr("who: "));
  EXPECT_EQ(write("DELETE", "/api/v1/groups/none/mode").status, 404);
  EXPECT_TRUE(actions().empty());
}

}  // namespace
}  // namespace almanac::app
