#include "serving/http/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

namespace almanac::serving {
namespace {

using testing::_;
using testing::AllOf;
using testing::Field;
using testing::HasSubstr;
using testing::NiceMock;
using testing::Return;

constexpr const char* kToken = "0123456789abcdef-correct";

class MockService : public Service {
 public:
  using Json = Result<std::string>;
  MOCK_METHOD(Json, status, (), (override));
  MOCK_METHOD(Json, groups, (const PageQuery&), (override));
  MOCK_METHOD(Json, group, (const std::string&), (override));
  MOCK_METHOD(Json, series, (const std::string&, Range, std::optional<Duration>), (override));
  MOCK_METHOD(Json, forecast, (const std::string&, Duration), (override));
  MOCK_METHOD(Json, decisions, (const std::string&, Range, const PageQuery&), (override));
  MOCK_METHOD(Json, decision, (const std::string&, Timestamp), (override));
  MOCK_METHOD(Json, calendar, (const std::string&, Range), (override));
  MOCK_METHOD(Json, savings, (const std::string&, int), (override));
  MOCK_METHOD(Json, plan, (const std::string&, const std::string&, const std::string&, int), (override));
  MOCK_METHOD(Json, start_backtest, (const std::string&, int), (override));
  MOCK_METHOD(Json, backtest, (const std::string&), (override));
  MOCK_METHOD(Result<void>, cancel_backtest, (const std::string&), (override));
  MOCK_METHOD(Json, act, (const Action&), (override));
  MOCK_METHOD(Json, readiness, (), (override));
};

class ApiTest : public testing::Test {
 protected:
  static ApiOptions options() {
    ApiOptions o;
    o.token = kToken;
    o.assets = {{"/", "text/html", "<!doctype html>", ""}, {"/assets/app.js", "text/javascript", "1", "\"one\""}};
    o.metrics = [] { return std::string("up 1\n"); };
    return o;
  }

  Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
             std::vector<std::pair<std::string, std::string>> headers = {}) {
    Request request{method, target, std::move(headers), "127.0.0.1"};
    request.headers.emplace_back("host", "localhost:8080");
    return api.answer(request, [&]() -> tl::expected<std::string, Answer> {
      ++bodies_read;
      return body;
    });
  }

  Answer write(const std::string& method, const std::string& target, const std::string& body = "") {
    return ask(method, target, body,
               {{"authorization", std::string("Bearer ") + kToken}, {"content-type", "application/json"}});
  }

  static std::string header(const Answer& answer, const std::string& name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) return value;
    }
    return "";
  }

  NiceMock<MockService> service;
  Api api{service, options()};
  int bodies_read = 0;
};

TEST_F(ApiTest, AnswersOfTheServiceGoOutAsTheyAre) {
  EXPECT_CALL(service, group("a/b ü")).WillOnce(Return(R"({"name": "a/b ü"})"));
  const Answer answer = ask("GET", "/api/v1/groups/a%2Fb%20%C3%BC");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"name": "a/b ü"})");
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.route, "/api/v1/groups/{group}");
  EXPECT_EQ(answer.group, "a/b ü");
}

TEST_F(ApiTest, ErrorsOfTheServiceBecomeStatusesWithTheirWords) {
  const std::vector<std::pair<ErrorCode, int>> statuses = {
      {ErrorCode::invalid_input, 400}, {ErrorCode::permission_denied, 403}, {ErrorCode::not_found, 404},
      {ErrorCode::conflict, 409},      {ErrorCode::unsupported, 422},       {ErrorCode::throttled, 429},
      {ErrorCode::corrupt, 500},       {ErrorCode::unavailable, 503},       {ErrorCode::timed_out, 504},
      {ErrorCode::storage_full, 507}};
  for (const auto& [code, status] : statuses) {
    EXPECT_CALL(service, status()).WillOnce(Return(fail(code, "why \"it\" \xff failed")));
    const Answer answer = ask("GET", "/api/v1/status");
    EXPECT_EQ(answer.status, status);
    EXPECT_THAT(answer.body, AllOf(HasSubstr(std::string(to_string(code))), HasSubstr(R"(why \"it\")")));
    EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
    EXPECT_EQ(header(answer, "ETag"), "");
  }
}

TEST_F(ApiTest, AnExceptionIsA500ThatTellsNothing) {
  EXPECT_CALL(service, status()).WillOnce([]() -> Result<std::string> { throw std::runtime_error("secret"); });
  const Answer answer = ask("GET", "/api/v1/status");
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("secret")));
}

TEST_F(ApiTest, WhatDidNotChangeIsNotSentAgain) {
  EXPECT_CALL(service, status()).WillRepeatedly(Return("{}"));
  const std::string etag = header(ask("GET", "/api/v1/status"), "ETag");
  ASSERT_THAT(etag, testing::MatchesRegex("\"[0-9a-f]{32}\""));
  for (const std::string& sent : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const Answer again = ask("GET", "/api/v1/status", "", {{"if-none-match", sent}});
    EXPECT_EQ(again.status, 304) << sent;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(header(again, "ETag"), etag);
  }
  EXPECT_EQ(ask("GET", "/api/v1/status", "", {{"if-none-match", "\"x\""}}).status, 200);
  EXPECT_EQ(ask("GET", "/assets/app.js", "", {{"if-none-match", "\"one\""}}).status, 304);
  EXPECT_EQ(header(ask("GET", "/"), "Cache-Control"), "no-cache");
  EXPECT_THAT(header(ask("GET", "/assets/app.js"), "Cache-Control"), testing::HasSubstr("immutable"));
}

TEST_F(ApiTest, ParametersAreCheckedBeforeTheServiceIsAsked) {
  EXPECT_CALL(service, groups(_)).Times(0);
  EXPECT_CALL(service, series(_, _, _)).Times(0);
  for (const char* target :
       {"/api/v1/groups?limit=0", "/api/v1/groups?limit=x", "/api/v1/groups?sort=size",
        "/api/v1/groups?limit=1&limit=2", "/api/v1/groups/a/series?from=x", "/api/v1/groups/a/series?from=5&to=5",
        "/api/v1/groups/a/series?step=0", "/api/v1/groups/a/forecast?ahead=1y", "/api/v1/groups/a/savings?days=0",
        "/api/v1/groups/a/decisions/noon"}) {
    EXPECT_EQ(ask("GET", target).status, 400) << target;
  }
}

TEST_F(ApiTest, ParametersReachTheService) {
  EXPECT_CALL(service, groups(AllOf(Field(&PageQuery::limit, 7), Field(&PageQuery::sort, "name"),
                                    Field(&PageQuery::query, "sh"), Field(&PageQuery::cursor, "c"))))
      .WillOnce(Return("{}"));
  ask("GET", "/api/v1/groups?limit=7&sort=name&query=sh&cursor=c");
  EXPECT_CALL(service, series("a", Field(&Range::from, Timestamp(Duration{60})), std::optional(Duration{1800})))
      .WillOnce(Return("{}"));
  ask("GET", "/api/v1/groups/a/series?from=60&step=30m");
  EXPECT_CALL(service, decision("a", Timestamp(Duration{1764072000}))).WillOnce(Return("{}"));
  ask("GET", "/api/v1/groups/a/decisions/2025-11-25T12:00:00Z");
  EXPECT_CALL(service, forecast("a", 6 * kHour)).WillOnce(Return("{}"));
  ask("GET", "/api/v1/groups/a/forecast");
  EXPECT_CALL(service, savings("a", 14)).WillOnce(Return("{}"));
  ask("GET", "/api/v1/groups/a/savings");
}

TEST_F(ApiTest, WritesNeedTheTokenBeforeAnythingIsRead) {
  EXPECT_CALL(service, act(_)).Times(0);
  for (const char* what : {"pause", "floor", "mode", "train"}) {
    EXPECT_EQ(ask("POST", std::string("/api/v1/groups/a/") + what, "{}").status, 401) << what;
  }
  for (const char* what : {"pause", "floor", "mode"}) {
    EXPECT_EQ(ask("DELETE", std::string("/api/v1/groups/a/") + what).status, 401) << what;
  }
  EXPECT_EQ(bodies_read, 0);
}

TEST_F(ApiTest, WritesReachTheServiceWithWhoAndWhy) {
  EXPECT_CALL(service, act(_)).WillOnce([](const Action& action) -> Result<std::string> {
    EXPECT_EQ(action.kind, ActionKind::floor);
    EXPECT_EQ(action.group, "a");
    EXPECT_EQ(action.capacity, 20);
    EXPECT_EQ(action.until, Timestamp(Duration{1764090000}));
    EXPECT_EQ(action.who, "me");
    EXPECT_EQ(action.why, "lineone") << "no line may be forged in the ledger or a terminal";
    return std::string("{}");
  });
  EXPECT_EQ(write("POST", "/api/v1/groups/a/floor",
                  R"({"capacity": 20, "until": 1764090000, "who": "me", "why": "line\n\u001bone"})")
                .status,
            200);
  EXPECT_CALL(service, act(AllOf(Field(&Action::kind, ActionKind::clear_mode), Field(&Action::why, "done"))))
      .WillOnce(Return("{}"));
  EXPECT_EQ(write("DELETE", "/api/v1/groups/a/mode?why=done").status, 200);
  EXPECT_EQ(write("DELETE", "/api/v1/groups/a/mode?who=" + std::string(201, 'a')).status, 400);
  EXPECT_CALL(service, act(Field(&Action::kind, ActionKind::train))).WillOnce(Return("{}"));
  EXPECT_EQ(write("POST", "/api/v1/groups/a/train").status, 202);
  EXPECT_CALL(service, act(AllOf(Field(&Action::kind, ActionKind::floor), Field(&Action::capacity, 7))))
      .WillOnce(Return("{}"));
  EXPECT_EQ(write("POST", "/api/v1/groups/a/floor", R"({"capacity": 7.0, "until": 1764090000})").status, 200);
  EXPECT_CALL(service, act(AllOf(Field(&Action::mode, "own"), Field(&Action::until, std::nullopt))))
      .WillOnce(Return("{}"));
  EXPECT_EQ(write("POST", "/api/v1/groups/a/mode", R"({"mode": "own", "until": null})").status, 200);
}

TEST_F(ApiTest, AWriteEndsAtATimeOrAtSecondsAsOlderClientsSay) {
  EXPECT_CALL(service, act(Field(&Action::until, Timestamp(Duration{1764090000}))))
      .Times(6)
      .WillRepeatedly(Return("{}"));
  for (const char* until : {R"("2025-11-25T17:00:00Z")", R"("2025-11-25T18:00:00+01:00")", R"("1764090000")",
                            "1764090000", "1764090000.0"}) {
    EXPECT_EQ(write("POST", "/api/v1/groups/a/pause", R"({"until": )" + std::string(until) + "}").status, 200) << until;
  }
  EXPECT_EQ(write("POST", "/api/v1/groups/a/mode", R"({"mode": "own", "until": "2025-11-25T17:00:00Z"})").status, 200);
  EXPECT_THAT(write("POST", "/api/v1/groups/a/pause", R"({"until": true})").body,
              HasSubstr("until: expected a time like 2026-11-27T08:00:00Z, or whole seconds since 1970"));
}

TEST_F(ApiTest, BodiesThatAreNotUnderstoodChangeNothing) {
  EXPECT_CALL(service, act(_)).Times(0);
  const std::vector<std::pair<const char*, const char*>> wrong = {
      {"pause", ""},
      {"pause", "{}"},
      {"pause", "[]"},
      {"pause", "{"},
      {"pause", R"({"until": "tomorrow"})"},
      {"pause", R"({"until": "2025-11-25T25:00:00Z"})"},
      {"pause", R"({"until": "-1"})"},
      {"pause", R"({"until": -1})"},
      {"pause", R"({"until": 1.5})"},
      {"pause", R"({"until": 18446744073709551615})"},
      {"pause", R"({"until": 1764090000, "unit": 1})"},
      {"pause", R"({"until": 1764090000, "why": 5})"},
      {"floor", R"({"until": 1764090000})"},
      {"floor", R"({"until": 1764090000, "capacity": -1})"},
      {"floor", R"({"until": 1764090000, "capacity": 2000000})"},
      {"floor", R"({"capacity": 5})"},
      {"mode", R"({"mode": "auto"})"},
      {"mode", "{}"},
      {"train", R"({"until": 5})"},
  };
  for (const auto& [what, body] : wrong) {
    EXPECT_EQ(write("POST", std::string("/api/v1/groups/a/") + what, body).status, 400) << what << " " << body;
  }
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(write("POST", "/api/v1/groups/a/pause", deep).status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/backtests", R"({"days": 5})", {{"content-type", "text/plain"}}).status, 415);
}

TEST_F(ApiTest, AReadOnlyServerSaysSo) {
  Api read_only(service, {});
  const Request request{"POST", "/api/v1/groups/a/pause", {{"host", "localhost"}}, ""};
  const Answer answer = read_only.answer(request, [] { return std::string("{}"); });
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("no token is configured"));
}

TEST_F(ApiTest, APlanNeedsNoTokenAndRunsOnceAClient) {
  std::promise<void> begun, go_on;
  EXPECT_CALL(service, plan("a", "{\"events\": []}", "new.json", 3)).WillOnce([&](auto&&...) -> Result<std::string> {
    begun.set_value();
    go_on.get_future().wait();
    return std::string("{}");
  });
  auto first = std::async(std::launch::async, [&] {
    return ask("POST", "/api/v1/groups/a/plan?days=3&name=new.json", "{\"events\": []}");
  });
  begun.get_future().wait();
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/plan", "{}").status, 429);
  go_on.set_value();
  EXPECT_EQ(first.get().status, 200);
  EXPECT_CALL(service, plan("a", "BEGIN:VCALENDAR", "calendar.ics", 7)).WillOnce(Return("{}"));
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/plan", "BEGIN:VCALENDAR", {{"content-type", "text/calendar"}}).status, 200);
}

TEST_F(ApiTest, APlanOfNothingIsRefused) {
  EXPECT_CALL(service, plan(_, _, _, _)).Times(0);
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/plan").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/plan", "\xff\xfe").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/plan?name=..%2Fx", "{}").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/plan?days=99", "{}").status, 400);
}

TEST_F(ApiTest, ABacktestIsStartedLookedAtAndCancelled) {
  EXPECT_CALL(service, start_backtest("a", 14)).WillOnce(Return(R"({"id": "1"})"));
  EXPECT_EQ(ask("POST", "/api/v1/groups/a/backtests").status, 202);
  EXPECT_CALL(service, cancel_backtest("1")).WillOnce(Return(Result<void>{}));
  const Answer cancelled = ask("DELETE", "/api/v1/backtests/1");
  EXPECT_EQ(cancelled.status, 204);
  EXPECT_EQ(cancelled.body, "");
}

TEST_F(ApiTest, MethodsThatARouteDoesNotHaveAreNamed) {
  const Answer answer = ask("PUT", "/api/v1/groups/a/pause");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(header(answer, "Allow"), "DELETE, POST");
  EXPECT_EQ(header(ask("OPTIONS", "/api/v1/status"), "Allow"), "GET, HEAD");
  EXPECT_EQ(ask("POST", "/assets/app.js").status, 405);
}

TEST_F(ApiTest, WhatIsNotThereIsNotFound) {
  for (const char* target : {"/nothing", "/api/v1", "/api/v1/groups/", "/api/v2/status", "/assets/", "/assets/other.js",
                             "//", "/api/v1/groups/a/series/", "/assets/app.js/"}) {
    EXPECT_EQ(ask("GET", target).status, 404) << target;
  }
  EXPECT_EQ(ask("GET", "/api/v1/groups/" + std::string(300, 'a')).status, 404);
}

TEST_F(ApiTest, TheProcessTellsHowItIs) {
  EXPECT_CALL(service, readiness())
      .WillOnce(Return("{}"))
      .WillOnce(Return(fail(ErrorCode::unavailable, "the store cannot be read")));
  EXPECT_EQ(ask("GET", "/healthz").body, "ok");
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  const Answer not_ready = ask("GET", "/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_EQ(not_ready.body, "the store cannot be read");
  EXPECT_EQ(ask("GET", "/metrics").body, "up 1\n");
  EXPECT_THAT(ask("GET", "/api/v1/openapi.yaml").body, testing::StartsWith("openapi: 3.1"));
}

TEST_F(ApiTest, EventsAreAStreamThatNobodyKeeps) {
  const Answer answer = ask("GET", "/api/v1/events", "", {{"last-event-id", "12"}});
  EXPECT_TRUE(answer.is_stream);
  EXPECT_EQ(answer.content_type, "text/event-stream");
  EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
}

}  // namespace
}  // namespace almanac::serving
