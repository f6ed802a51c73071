#include "serving/http/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::serving {
namespace {

using testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef-correct";

Request request(std::string method, std::vector<std::pair<std::string, std::string>> headers) {
  Request r;
  r.method = std::move(method);
  r.headers = std::move(headers);
  return r;
}

int status(const std::optional<Answer>& refusal) {
  return refusal ? refusal->status : 0;
}

TEST(Endpoint, IsAnAddressAndAPort) {
  const auto v4 = parse_endpoint("127.0.0.1:8080");
  ASSERT_TRUE(v4.has_value());
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 8080);
  EXPECT_EQ(parse_endpoint("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_endpoint("localhost:0")->port, 0);
  for (const char* wrong : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80",
                            "[::1", "127.0.0.1:80x"})
    EXPECT_FALSE(parse_endpoint(wrong).has_value()) << wrong;
}

TEST(Exposure, OnlyLoopbackIsOpenWithoutAToken) {
  for (const char* safe : {"127.0.0.1", "127.8.8.8", "::1", "localhost", "LocalHost"}) {
    EXPECT_TRUE(check_exposure({safe, 80}, "").has_value()) << safe;
  }
  for (const char* open : {"0.0.0.0", "::", "192.168.1.5", "shop.internal", "127.evil.example", "1270.0.0.1"}) {
    const auto refused = check_exposure({open, 80}, "");
    ASSERT_FALSE(refused.has_value()) << open;
    EXPECT_THAT(refused.error().message, HasSubstr("set a token"));
    EXPECT_TRUE(check_exposure({open, 80}, kToken).has_value());
  }
}

TEST(Exposure, ATokenThatCouldBeGuessedOrNotBeSentIsRefused) {
  for (const char* weak : {"short", "with a space in it all", "percent%41percent%41", "semicolon;semicolon"}) {
    EXPECT_FALSE(check_exposure({"127.0.0.1", 80}, weak).has_value()) << weak;
  }
}

TEST(Token, WithoutOneNobodyWrites) {
  const auto refusal = check_token(request("POST", {{"authorization", "Bearer "}}), "");
  EXPECT_EQ(status(refusal), 403);
  EXPECT_THAT(refusal->body, HasSubstr("read-only"));
}

TEST(Token, OnlyTheRightOneWrites) {
  const auto check = [](const std::string& header) {
    return status(check_token(request("POST", {{"authorization", header}}), kToken));
  };
  EXPECT_EQ(check(std::string("Bearer ") + kToken), 0);
  EXPECT_EQ(check(std::string("bearer ") + kToken), 0) << "schemes do not care for case";
  for (const std::string wrong : {"", "Bearer", "Bearer ", "Bearer 0123456789abcdef-wrong", "Basic eDp5", kToken}) {
    EXPECT_EQ(check(wrong), 401) << wrong;
  }
  EXPECT_EQ(check(std::string("Bearer ") + kToken + "x"), 401);
  EXPECT_EQ(check(std::string("Bearer ") + std::string(kToken).substr(0, 10)), 401);
  const std::string right = std::string("Bearer ") + kToken;
  EXPECT_EQ(status(check_token(request("POST", {{"authorization", right}, {"authorization", "x"}}), kToken)), 401);
}

TEST(Token, ARefusalSaysHowItIsSent) {
  const auto refusal = check_token(request("POST", {}), kToken);
  ASSERT_EQ(status(refusal), 401);
  EXPECT_EQ(refusal->headers.at(0).first, "WWW-Authenticate");
  EXPECT_THAT(refusal->headers.at(0).second, HasSubstr("Bearer realm="));
}

TEST(Host, ANameThatWasPointedAtThisMachineIsNotAnswered) {
  const auto check = [](const std::string& host, bool on_loopback = true) {
    return status(check_origin(request("GET", {{"host", host}}), on_loopback, {"almanac.internal"}));
  };
  for (const char* ours :
       {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "almanac.internal:443"}) {
    EXPECT_EQ(check(ours), 0) << ours;
  }
  for (const char* other : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8080", ""}) {
    EXPECT_EQ(check(other), 421) << other;
  }
  EXPECT_EQ(check("a:b:c"), 400);
  EXPECT_EQ(check("evil.example", false), 0) << "who listens for everybody cannot know its names";
  EXPECT_EQ(status(check_origin(request("GET", {}), true, {})), 400);
  EXPECT_EQ(status(check_origin(request("GET", {{"host", "localhost"}, {"host", "localhost"}}), true, {})), 400);
}

TEST(Origin, AnotherPageChangesNothing) {
  const auto check = [](const std::string& method, const std::string& name, const std::string& value) {
    return status(
        check_origin(request(method, {{"host", "localhost:8080"}, {name, value}}), true, {"almanac.internal"}));
  };
  EXPECT_EQ(check("POST", "origin", "http://localhost:8080"), 0);
  EXPECT_EQ(check("POST", "origin", "https://almanac.internal"), 0) << "a proxy that replaces the Host header";
  EXPECT_EQ(check("POST", "accept", "*/*"), 0) << "curl says nothing of an origin";
  EXPECT_EQ(check("POST", "origin", "http://evil.example"), 403);
  EXPECT_EQ(check("POST", "origin", "http://localhost:9999"), 403);
  EXPECT_EQ(check("POST", "origin", "null"), 403);
  EXPECT_EQ(check("DELETE", "sec-fetch-site", "cross-site"), 403);
  EXPECT_EQ(check("DELETE", "sec-fetch-site", "same-site"), 403);
  EXPECT_EQ(check("POST", "sec-fetch-site", "same-origin"), 0);
  EXPECT_EQ(check("GET", "sec-fetch-site", "cross-site"), 0) << "a link from elsewhere may be followed";
}

TEST(SecurityHeaders, NothingInlineNothingFromElsewhereNoFrames) {
  for (const auto& [name, value] : security_headers()) {
    EXPECT_NE(name, "Access-Control-Allow-Origin");
    if (name != "Content-Security-Policy") continue;
    EXPECT_THAT(value, HasSubstr("default-src 'none'"));
    EXPECT_THAT(value, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(value, testing::Not(HasSubstr("unsafe")));
    EXPECT_THAT(value, testing::Not(HasSubstr("*")));
  }
}

}  // namespace
}  // namespace almanac::serving
