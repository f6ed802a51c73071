#include "serving/http/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "serving/http/assets.h"

namespace almanac::serving {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef-correct";

class ApiTest : public testing::Test {
 protected:
  Router routes() {
    Router router;
    router.get("/things", [this](const Call&) { return make(); });
    router.get("/things/{thing}",
               [](const Call& call) { return Answer("{\"name\": \"" + call.part("thing") + "\"}"); });
    router.get("/things/{thing}/{part}", [](const Call& call) { return Answer(call.part("part")); });
    router.post("/things/{thing}/paint", {.body = Body::any}, [](const Call& call) { return Answer(call.body); });
    router.post("/things/{thing}/count", {.body = Body::json}, [](const Call& call) -> Answered {
      const auto fields = call.fields({"to"});
      if (!fields) return tl::unexpected(fields.error());
      return accepted_answer("{}");
    });
    router.post("/things/{thing}/lock", {.body = Body::json, .token = true},
                [](const Call& call) { return Answer(call.body); });
    router.del("/things/{thing}/lock", {.token = true}, [](const Call&) { return empty_answer(); });
    router.post("/things/{thing}/ponder", {.body = Body::any, .one_at_a_time = true},
                [this](const Call& call) { return ponder(call.body); });
    router.get("/events", [](const Call&) { return stream_answer(); });
    router.get("/health", [](const Call&) { return text_answer(503, "not yet"); });
    add_assets(router,
               {{"/", "text/html", "<!doctype html>", ""}, {"/assets/app.js", "text/javascript", "1", "\"one\""}});
    return router;
  }

  Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
             std::vector<std::pair<std::string, std::string>> headers = {}, const std::string& client = "127.0.0.1") {
    Request request{method, target, std::move(headers), client};
    request.headers.emplace_back("host", "localhost:8080");
    return api.answer(request, [&]() -> tl::expected<std::string, Answer> {
      ++bodies_read;
      return body;
    });
  }

  static std::string header(const Answer& answer, const std::string& name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) return value;
    }
    return "";
  }

  std::function<Answered()> make = [] { return Answer("{}"); };
  std::function<Answer(const std::string&)> ponder = [](const std::string&) { return Answer("{}"); };
  int bodies_read = 0;
  Api api{routes(), {.token = kToken}};
};

TEST_F(ApiTest, AnswersOfHandlersGoOutAsTheyAre) {
  const Answer answer = ask("GET", "/things/a%2Fb%20%C3%BC");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"name": "a/b ü"})");
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.route, "/things/{thing}");
  EXPECT_EQ(answer.parts, (Parts{{"thing", "a/b ü"}}));
  EXPECT_EQ(ask("GET", "/things/a/wheel").body, "wheel");
  EXPECT_EQ(ask("HEAD", "/things/a/wheel").status, 200);
}

TEST_F(ApiTest, ErrorsOfHandlersBecomeStatusesWithTheirWords) {
  const std::vector<std::pair<ErrorCode, int>> statuses = {
      {ErrorCode::invalid_input, 400}, {ErrorCode::permission_denied, 403}, {ErrorCode::not_found, 404},
      {ErrorCode::conflict, 409},      {ErrorCode::unsupported, 422},       {ErrorCode::throttled, 429},
      {ErrorCode::corrupt, 500},       {ErrorCode::unavailable, 503},       {ErrorCode::timed_out, 504},
      {ErrorCode::storage_full, 507}};
  for (const auto& [code, status] : statuses) {
    make = [code = code] { return fail(code, "why \"it\" \xff failed"); };
    const Answer refused = ask("GET", "/things");
    EXPECT_EQ(refused.status, status);
    EXPECT_THAT(refused.body, AllOf(HasSubstr(std::string(to_string(code))), HasSubstr(R"(why \"it\")")));
    EXPECT_EQ(header(refused, "Cache-Control"), "no-store");
    EXPECT_EQ(header(refused, "ETag"), "");
  }
}

TEST_F(ApiTest, AnExceptionIsA500ThatTellsNothing) {
  make = []() -> Answered { throw std::runtime_error("secret"); };
  const Answer failed = ask("GET", "/things");
  EXPECT_EQ(failed.status, 500);
  EXPECT_THAT(failed.body, testing::Not(HasSubstr("secret")));
}

TEST_F(ApiTest, WhatDidNotChangeIsNotSentAgain) {
  const std::string etag = header(ask("GET", "/things"), "ETag");
  ASSERT_THAT(etag, testing::MatchesRegex("\"[0-9a-f]{32}\""));
  for (const std::string& sent : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const Answer again = ask("GET", "/things", "", {{"if-none-match", sent}});
    EXPECT_EQ(again.status, 304) << sent;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(header(again, "ETag"), etag);
  }
  EXPECT_EQ(ask("GET", "/things", "", {{"if-none-match", "\"x\""}}).status, 200);
  EXPECT_EQ(ask("GET", "/assets/app.js", "", {{"if-none-match", "\"one\""}}).status, 304);
  EXPECT_EQ(header(ask("GET", "/"), "Cache-Control"), "no-cache");
  EXPECT_THAT(header(ask("GET", "/assets/app.js"), "Cache-Control"), testing::HasSubstr("immutable"));
}

TEST_F(ApiTest, WritesNeedTheTokenBeforeAnythingIsRead) {
  EXPECT_EQ(ask("POST", "/things/a/lock", "{}").status, 401);
  EXPECT_EQ(ask("DELETE", "/things/a/lock").status, 401);
  EXPECT_EQ(bodies_read, 0);
  const std::pair<std::string, std::string> token{"authorization", std::string("Bearer ") + kToken};
  EXPECT_EQ(ask("POST", "/things/a/lock", "{}", {token}).status, 415);
  EXPECT_EQ(ask("POST", "/things/a/lock", "{}", {token, {"content-type", "application/json; charset=utf-8"}}).body,
            "{}");
  EXPECT_EQ(ask("POST", "/things/a/lock", "", {token}).status, 200) << "nothing needs no type";
  const Answer unlocked = ask("DELETE", "/things/a/lock", "", {token});
  EXPECT_EQ(unlocked.status, 204);
  EXPECT_EQ(unlocked.body, "");
  EXPECT_EQ(unlocked.content_type, "");
}

TEST_F(ApiTest, AReadOnlyServerSaysSo) {
  Api read_only(routes(), {});
  const Request request{"POST", "/things/a/lock", {{"host", "localhost"}}, ""};
  const Answer answer = read_only.answer(request, [] { return std::string("{}"); });
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("no token is configured"));
}

TEST_F(ApiTest, BodiesAreOfTheFormThatTheRouteNeeds) {
  const std::pair<std::string, std::string> json{"content-type", "application/json"};
  EXPECT_EQ(ask("POST", "/things/a/paint", "\xff").body, "\xff");
  EXPECT_EQ(ask("POST", "/things/a/count", R"({"to": 5})", {json}).status, 202);
  EXPECT_EQ(ask("POST", "/things/a/count", R"({"from": 5})", {json}).status, 400);
  EXPECT_EQ(ask("POST", "/things/a/count", R"({"to": 5})", {{"content-type", "text/plain"}}).status, 415);
  EXPECT_EQ(bodies_read, 4);
}

TEST_F(ApiTest, WhatIsSlowRunsOnceAClient) {
  std::promise<void> begun, go_on;
  ponder = [&](const std::string& body) {
    if (body == "slow") {
      begun.set_value();
      go_on.get_future().wait();
    }
    return Answer("{}");
  };
  auto first = std::async(std::launch::async, [&] { return ask("POST", "/things/a/ponder", "slow"); });
  begun.get_future().wait();
  const Answer refused = ask("POST", "/things/b/ponder");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header(refused, "Retry-After"), "5");
  EXPECT_EQ(ask("POST", "/things/b/ponder", "", {}, "192.0.2.1").status, 200) << "another client waits for nobody";
  go_on.set_value();
  EXPECT_EQ(first.get().status, 200);
  EXPECT_EQ(ask("POST", "/things/a/ponder").status, 200);
}

TEST_F(ApiTest, MethodsThatARouteDoesNotHaveAreNamed) {
  const Answer answer = ask("PUT", "/things/a/lock");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(header(answer, "Allow"), "DELETE, GET, HEAD, POST");
  EXPECT_EQ(header(ask("OPTIONS", "/things"), "Allow"), "GET, HEAD");
  EXPECT_EQ(ask("POST", "/assets/app.js").status, 405);
}

TEST_F(ApiTest, WhatIsNotThereIsNotFound) {
  for (const char* target : {"/nothing", "/things/", "/things/a/b/c", "/assets/", "/assets/other.js", "//",
                             "/things/a/lock/", "/assets/app.js/"}) {
    EXPECT_EQ(ask("GET", target).status, 404) << target;
  }
  EXPECT_EQ(ask("GET", "/things/" + std::string(300, 'a')).status, 404);
  EXPECT_THAT(ask("GET", "/nothing").body, HasSubstr("there is nothing at /nothing"));
}

TEST_F(ApiTest, TextsAndStreamsAreWhatTheySay) {
  const Answer health = ask("GET", "/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(health.body, "not yet");
  EXPECT_EQ(header(health, "Cache-Control"), "no-store");
  const Answer events = ask("GET", "/events", "", {{"last-event-id", "12"}});
  EXPECT_TRUE(events.is_stream);
  EXPECT_EQ(events.content_type, "text/event-stream");
  EXPECT_EQ(header(events, "Cache-Control"), "no-store");
}

TEST(Router, KnowsWhatWasRegistered) {
  Router router;
  router.get("/a", [](const Call&) { return Answer("{}"); });
  router.del("/a/{b}", {}, [](const Call&) { return Answer("{}"); });
  ASSERT_EQ(router.routes().size(), 2U);
  EXPECT_EQ(router.routes()[1].method, "DELETE");
  EXPECT_EQ(router.routes()[1].pattern, "/a/{b}");
  EXPECT_DEATH(router.get("/a", [](const Call&) { return Answer("{}"); }), "registered once");
}

}  // namespace
}  // namespace almanac::serving
