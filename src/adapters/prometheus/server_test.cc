#include "adapters/prometheus/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ports/fake_http_transport.h"

namespace almanac::adapters::prometheus {
namespace {

using ports::HttpResponse;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

HttpResponse success(const std::string& result, const std::string& beside = "") {
  return {200, {}, R"({"status":"success","data":{"resultType":"matrix","result":)" + result + "}" + beside + "}"};
}

struct ServerTest : testing::Test {
  Server server() {
    return {transport,
            {.url = "http://prometheus:9090/path", .pause = [this](auto wait) { waits.push_back(wait.count()); }}};
  }
  Result<Answer> ask(std::deque<Result<HttpResponse>> answers) {
    transport->answers = std::move(answers);
    return server().query_range("sum(rate(a[1m])) + 1", kNoon + kMinute, kNoon + 2 * kMinute, kMinute);
  }
  Error refusal(HttpResponse response) {
    const auto answer = ask({response, response, response});
    return answer ? Error{ErrorCode::unsupported, "accepted"} : answer.error();
  }

  std::shared_ptr<ports::FakeHttpTransport> transport = std::make_shared<ports::FakeHttpTransport>();
  std::vector<long> waits;
};

TEST_F(ServerTest, ARangeQueryIsAFormForTheApi) {
  ASSERT_TRUE(ask({success("[]")}));
  const ports::HttpRequest& request = transport->requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://prometheus:9090/path/api/v1/query_range");
  EXPECT_EQ(request.headers.at(0).second, "application/x-www-form-urlencoded");
  EXPECT_THAT(request.body, StartsWith("query=sum%28rate%28a%5B1m%5D%29%29+%2B+1&start=1795780860&end=1795780920&"
                                       "step=60&timeout=30000ms&"));
}

TEST_F(ServerTest, ValuesComeWithTheirTimesAndLabels) {
  const auto answer =
      ask({success(R"([{"metric":{"job":"shop","pod":"a"},"values":[[1795780860,"1.5"],[1795780920.000,"2e3"]]}])")});
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->series.size(), 1U);
  EXPECT_EQ(answer->series[0].labels, R"({job="shop", pod="a"})");
  EXPECT_EQ(answer->series[0].points, (Points{{kNoon + kMinute, 1.5}, {kNoon + 2 * kMinute, 2000}}));
  EXPECT_THAT(answer->partial, IsEmpty());
}

TEST_F(ServerTest, NotANumberAndInfiniteAreValues) {
  const auto answer = ask({success(R"([{"metric":{},"values":[[60,"NaN"],[120,"+Inf"],[180,"-Inf"],[240,"-0.5"]]}])")});
  ASSERT_TRUE(answer) << answer.error().message;
  const Points& points = answer->series[0].points;
  EXPECT_TRUE(std::isnan(points.at(Timestamp(kMinute))));
  EXPECT_EQ(points.at(Timestamp(2 * kMinute)), INFINITY);
  EXPECT_EQ(points.at(Timestamp(3 * kMinute)), -INFINITY);
  EXPECT_EQ(points.at(Timestamp(4 * kMinute)), -0.5);
}

TEST_F(ServerTest, AnAnswerWithAWarningIsPartialUnlessItRemarksOnTheQuery) {
  const auto with = [&](const std::string& beside) { return *ask({success("[]", beside)}); };
  EXPECT_THAT(with(R"(,"warnings":["store 10.0.0.7: no\u001bthing"])").partial,
              ElementsAre("store 10.0.0.7: no thing"));
  EXPECT_THAT(with(R"(,"isPartial":true)").partial, ElementsAre(HasSubstr("did not answer")));
  EXPECT_THAT(with(R"(,"isPartial":false,"infos":["PromQL info: x"])").partial, IsEmpty());
  const Answer remarked = with(R"(,"warnings":["PromQL warning: mixed","PromQL info: might not be a counter"])");
  EXPECT_THAT(remarked.partial, IsEmpty());
  EXPECT_THAT(remarked.remarks, ElementsAre("PromQL warning: mixed"));
}

TEST_F(ServerTest, ARefusalSaysWhatToDoNext) {
  struct Case {
    int status;
    const char* body;
    ErrorCode code;
    const char* words;
  };
  const Case cases[] = {
      {400, R"({"status":"error","errorType":"bad_data","error":"1:5: parse error: unclosed left parenthesis"})",
       ErrorCode::invalid_input, "http://prometheus:9090/path: cannot use the query: 1:5: parse error"},
      {422, R"({"status":"error","errorType":"execution","error":"query processing would load too many samples"})",
       ErrorCode::invalid_input, "cannot use the query: query processing would load too many samples"},
      {422, "", ErrorCode::invalid_input, "cannot use the query: answers 422"},
      {200, R"({"status":"error","errorType":"execution","error":"many-to-many"})", ErrorCode::invalid_input,
       "cannot use the query: many-to-many"},
      {401, "no org id\n", ErrorCode::permission_denied, "answers 401: no org id; expected that it lets"},
      {403, "<html>Forbidden</html>", ErrorCode::permission_denied, "answers 403; expected that it lets"},
      {404, "404 page not found\n", ErrorCode::not_found, "does a path lack"},
      {429, "", ErrorCode::throttled, "answers 429"},
      {503, R"({"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"})",
       ErrorCode::timed_out, "the query was stopped: query timed out"},
      {503, "Service Unavailable", ErrorCode::unavailable, "answers 503: Service Unavailable"},
      {500, R"({"status":"error","errorType":"internal","error":"expanding series: no disk"})", ErrorCode::unavailable,
       "expanding series: no disk"},
      {302, "", ErrorCode::invalid_input, "a redirect"},
      {200, "<html><form>Sign in</form></html>", ErrorCode::corrupt, "a login page?"},
      {200, R"({"hello":"world"})", ErrorCode::corrupt, "with another JSON"},
      {200, R"({"status":"success","data":{"resultType":"vector","result":[]}})", ErrorCode::corrupt, "a matrix"},
      {200, R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[60,5]]}]}})",
       ErrorCode::corrupt, "no pair of time and value"},
      {200, R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[60,"x"]]}]}})",
       ErrorCode::corrupt, "no number"},
      {200, R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[60.5,"1"]]}]}})",
       ErrorCode::corrupt, "for times between"},
      {200, R"({"status":"success","data":{"resultType":"matrix","result":[7]}})", ErrorCode::corrupt, "a series"},
  };
  for (const Case& each : cases) {
    const Error error = refusal({each.status, {}, each.body});
    EXPECT_EQ(error.code, each.code) << each.status << " " << each.body << ": " << error.message;
    EXPECT_THAT(error.message, AllOf(StartsWith("http://prometheus:9090/path: "), HasSubstr(each.words)));
  }
}

TEST_F(ServerTest, WhatMaySucceedAtOnceIsRepeated) {
  const auto ok = success("[]");
  const auto unreachable = fail(ErrorCode::unavailable, "no connection"), broken = fail(ErrorCode::timed_out, "broke");
  EXPECT_TRUE(ask({unreachable, HttpResponse{502, {}, ""}, ok}));
  EXPECT_THAT(waits, ElementsAre(250, 500));
  EXPECT_TRUE(ask({HttpResponse{429, {}, ""}, ok}));
  EXPECT_TRUE(ask({broken, ok})) << "the server closed a connection that was kept";
  EXPECT_EQ(ask({unreachable, unreachable, unreachable, ok}).error().code, ErrorCode::unavailable);
}

TEST_F(ServerTest, WhatWouldFailAgainIsNot) {
  const auto once = [&](Result<HttpResponse> answer) {
    transport->requests.clear();
    (void)ask({std::move(answer), success("[]")});
    return transport->requests.size();
  };
  EXPECT_EQ(once(HttpResponse{400, {}, ""}), 1U);
  EXPECT_EQ(once(HttpResponse{503, {}, R"({"status":"error","errorType":"timeout"})"}), 1U);
  EXPECT_EQ(once(fail(ErrorCode::permission_denied, "no")), 1U);
  const auto slow = fail(ErrorCode::timed_out, "no whole answer within 32 s");
  transport->requests.clear();
  EXPECT_EQ(ask({slow, slow, success("[]")}).error().code, ErrorCode::timed_out);
  EXPECT_EQ(transport->requests.size(), 2U);
}

TEST_F(ServerTest, AnAnswerOfVeryManySeriesIsExplained) {
  const auto answer = ask({fail(ErrorCode::corrupt, "POST x: the answer is longer than the 8388608 bytes allowed")});
  EXPECT_THAT(answer.error().message, HasSubstr("does the query give very many series?"));
}

TEST_F(ServerTest, ItSaysWhatItIs) {
  const auto told = [&](HttpResponse build, HttpResponse run) {
    transport->answers = {build, run};
    return server().describe();
  };
  const HttpResponse version{200, {}, R"({"status":"success","data":{"version":"2.42.0"}})"};
  const HttpResponse kept{200, {}, R"({"status":"success","data":{"storageRetention":"15d"}})"};
  const HttpResponse none{404, {}, "404 page not found"};
  EXPECT_EQ(*told(version, kept), "version 2.42.0, keeps 15d");
  EXPECT_EQ(*told(version, none), "version 2.42.0");
  EXPECT_EQ(*told(none, none), "");
  EXPECT_EQ(told({403, {}, ""}, none).error().code, ErrorCode::permission_denied);
}

}  // namespace
}  // namespace almanac::adapters::prometheus
