#include "serving/lambda/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "ports/fake_http_transport.h"

namespace almanac::serving::lambda {
namespace {

using ports::HttpResponse;
using testing::ElementsAre;
using testing::HasSubstr;

HttpResponse event(const std::string& id, const std::string& payload = "{}") {
  // 1764000000.999 s after 1970 is 2025-11-24T16:00:00.999Z; the fraction is cut off, so that nobody runs over.
  return {200,
          {{"lambda-runtime-aws-request-id", id},
           {"lambda-runtime-deadline-ms", "1764000000999"},
           {"lambda-runtime-trace-id", "Root=1-" + id}},
          payload};
}

const HttpResponse kAccepted{202, {}, R"({"status":"OK"})"};

struct Loop : testing::Test {
  ports::FakeHttpTransport transport;
  RuntimeApi api{transport, "127.0.0.1:9001"};
  std::vector<std::string> logged;

  // Runs until the script ends, and gives what was sent after the n-th request.
  Error run(const Handler& handler) {
    return serve(api, handler, [this](const std::string& line) { logged.push_back(line); });
  }
  std::string path(std::size_t request) const {
    return transport.requests.at(request).url.substr(std::string("http://127.0.0.1:9001/2018-06-01/runtime").size());
  }
  std::string body(std::size_t request) const { return transport.requests.at(request).body; }
};

TEST_F(Loop, WaitsWithoutATimeOutHandsOverTheEventAndAnswersIt) {
  transport.answers = {event("a", R"({"x":1})"), kAccepted};
  Invocation seen;
  run([&](const Invocation& invocation) -> Result<std::string> {
    seen = invocation;
    EXPECT_STREQ(std::getenv("_X_AMZN_TRACE_ID"), "Root=1-a");
    return R"({"done":true})";
  });
  EXPECT_EQ(transport.requests.at(0).method, "GET");
  EXPECT_EQ(path(0), "/invocation/next");
  EXPECT_EQ(transport.requests.at(0).timeout.count(), 0);
  EXPECT_EQ(seen.payload, R"({"x":1})");
  ASSERT_TRUE(seen.deadline);
  EXPECT_EQ(format_timestamp(*seen.deadline), "2025-11-24T16:00:00Z");
  EXPECT_EQ(transport.requests.at(1).method, "POST");
  EXPECT_EQ(path(1), "/invocation/a/response");
  EXPECT_EQ(body(1), R"({"done":true})");
}

TEST_F(Loop, ReportsAnErrorWithTypeAndMessageAndGoesOn) {
  transport.answers = {event("a"), kAccepted, event("b"), kAccepted};
  run([](const Invocation& invocation) -> Result<std::string> {
    if (invocation.request_id == "a") return fail(ErrorCode::throttled, "CloudWatch: \"slow\" \xff down");
    return "{}";
  });
  EXPECT_EQ(path(1), "/invocation/a/error");
  EXPECT_EQ(body(1),
            R"({"errorMessage":"CloudWatch: \"slow\" \ufffd down","errorType":"almanac.throttled","stackTrace":[]})");
  EXPECT_THAT(transport.requests.at(1).headers,
              testing::Contains(testing::Pair("Lambda-Runtime-Function-Error-Type", "almanac.throttled")));
  EXPECT_EQ(path(3), "/invocation/b/response");
}

TEST_F(Loop, AHandlerThatThrowsFailsItsInvocationAlone) {
  transport.answers = {event("a"), kAccepted, event("b"), kAccepted, event("c"), kAccepted};
  run([](const Invocation& invocation) -> Result<std::string> {
    if (invocation.request_id == "a") throw std::runtime_error("no such luck");
    if (invocation.request_id == "b") throw 7;
    return "{}";
  });
  EXPECT_EQ(path(1), "/invocation/a/error");
  EXPECT_THAT(body(1), HasSubstr("no such luck"));
  EXPECT_EQ(path(3), "/invocation/b/error");
  EXPECT_EQ(path(5), "/invocation/c/response");
}

TEST_F(Loop, TakesEventsAndResultsOfSixMegabytesAndNoMore) {
  const std::string most(kLargestPayload, ' ');
  transport.answers = {event("a", most),       kAccepted, event("b", most + " "), kAccepted,
                       event("c", "too much"), kAccepted};
  std::vector<std::string> handled;
  run([&](const Invocation& invocation) -> Result<std::string> {
    handled.push_back(invocation.request_id);
    return invocation.payload == "too much" ? most + " " : invocation.payload;
  });
  EXPECT_THAT(handled, ElementsAre("a", "c"));
  EXPECT_EQ(path(1), "/invocation/a/response");
  EXPECT_EQ(path(3), "/invocation/b/error");
  EXPECT_THAT(body(3), HasSubstr("6291457 bytes; expected at most 6291456"));
  EXPECT_EQ(path(5), "/invocation/c/error");
}

TEST_F(Loop, AnAnswerThatLambdaRefusesIsLoggedAndTheLoopGoesOn) {
  transport.answers = {event("a"), HttpResponse{413, {}, ""}, event("b"), kAccepted};
  run([](const Invocation&) -> Result<std::string> { return "{}"; });
  EXPECT_THAT(logged, ElementsAre(HasSubstr("/invocation/a/response: answered 413")));
  EXPECT_EQ(path(3), "/invocation/b/response");
}

TEST_F(Loop, EndsWhereTheApiIsGoneOrSaysSo) {
  const Handler fine = [](const Invocation&) -> Result<std::string> { return "{}"; };
  EXPECT_EQ(run(fine).code, ErrorCode::unavailable);  // the script is empty: nobody answers
  transport.answers = {event("a"), HttpResponse{500, {}, ""}, event("b")};
  EXPECT_THAT(run(fine).message, HasSubstr("answering an invocation"));
  EXPECT_EQ(transport.answers.size(), 1u);  // b is left to a new process
  transport.answers = {HttpResponse{403, {}, ""}};
  EXPECT_THAT(run(fine).message, HasSubstr("answered 403, expected 200"));
  transport.answers = {HttpResponse{200, {}, "{}"}};
  EXPECT_EQ(run(fine).code, ErrorCode::corrupt);
}

TEST_F(Loop, NoTraceAndNoDeadlineAreNothing) {
  transport.answers = {
      event("a"), kAccepted,
      HttpResponse{200, {{"lambda-runtime-aws-request-id", "b"}, {"lambda-runtime-deadline-ms", "soon"}}, ""},
      kAccepted};
  run([](const Invocation& invocation) -> Result<std::string> {
    EXPECT_EQ(std::getenv("_X_AMZN_TRACE_ID") == nullptr, invocation.request_id == "b");
    EXPECT_EQ(invocation.deadline.has_value(), invocation.request_id == "a");
    return "{}";
  });
  EXPECT_EQ(transport.requests.size(), 5u);
}

TEST_F(Loop, AFunctionThatCannotStartSaysWhy) {
  transport.answers = {kAccepted};
  EXPECT_TRUE(api.report_init(to_failure({ErrorCode::invalid_input, "almanac.yaml:3: nonsense"})));
  EXPECT_EQ(path(0), "/init/error");
  EXPECT_THAT(body(0), HasSubstr(R"("errorType":"almanac.invalid_input")"));
}

}  // namespace
}  // namespace almanac::serving::lambda
