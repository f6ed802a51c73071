#include "serving/http/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace almanac::serving {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::optional<Request> parse(std::string_view line, std::string_view fields = "Host: localhost\r\n") {
  return parse_request_head(std::string(line) + "\r\n" + std::string(fields) + "\r\n");
}

TEST(RequestHead, HasAMethodATargetAndFields) {
  const auto request = parse("GET /a?b=%20c HTTP/1.1", "Host: localhost:8080\r\nX-Two:  a, b \t\r\nX-Empty:\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->target, "/a?b=%20c");
  EXPECT_FALSE(request->is_http_1_0);
  EXPECT_THAT(request->headers,
              ElementsAre(Pair("host", "localhost:8080"), Pair("x-two", "a, b"), Pair("x-empty", "")));
}

TEST(RequestHead, FieldsThatComeTwiceStayTwo) {
  const auto request = parse("GET / HTTP/1.1", "Host: one\r\nhost: two\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->count("host"), 2);
}

TEST(RequestHead, ValuesStayAsTheyCame) {
  const auto request = parse("GET / HTTP/1.1", "Authorization: Bearer a%41+b\r\nX: caf\xc3\xa9\tx\r\n");
  ASSERT_TRUE(request);
  EXPECT_THAT(request->headers, ElementsAre(Pair("authorization", "Bearer a%41+b"), Pair("x", "caf\xc3\xa9\tx")));
}

TEST(RequestHead, OfTheOldVersionIsRead) {
  const auto request = parse("GET / HTTP/1.0", "");
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->is_http_1_0);
}

TEST(RequestHead, AnotherRequestLineIsNone) {
  for (const char* line :
       {"", "GET", "GET /", "GET / ", "GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ",
        "GET / http/1.1", "GET / HTTP/1.2", "GET / HTTP/2.0", "GET / HTTP/1.1x", "GET /a b HTTP/1.1", "G(T / HTTP/1.1",
        "GET\t/ HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\x01 HTTP/1.1", "GET / HTTP/1.1\rX: y"}) {
    EXPECT_FALSE(parse(line)) << line;
  }
}

// What one server forgives and the next one does not is how requests are smuggled (RFC 9112, 11.2).
TEST(RequestHead, WhatCouldBeReadInTwoWaysIsRefused) {
  for (const char* fields :
       {"Content-Length : 5\r\n", " Content-Length: 5\r\n", "X: a\r\n folded\r\n", "X: a\r\n\tfolded\r\n",
        "Content-Length: 5\nX: y\r\n", "X: a\rContent-Length: 5\r\n", ": no name\r\n", "no colon\r\n", "X\x01: a\r\n",
        "X: a\x01\r\n", "X: a\x7f\r\n", "X Y: a\r\n"}) {
    EXPECT_FALSE(parse("GET / HTTP/1.1", fields)) << fields;
  }
  EXPECT_FALSE(parse_request_head(std::string("GET / HTTP/1.1\r\nX: \0\r\n\r\n", 22)));
  EXPECT_FALSE(parse_request_head("GET / HTTP/1.1\n\n"));
  EXPECT_FALSE(parse_request_head("\r\nGET / HTTP/1.1\r\n\r\n"));
}

TEST(RequestHead, IsWholeAndNothingMore) {
  const std::string whole = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(parse_request_head(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(parse_request_head(whole.substr(0, n))) << n;
  EXPECT_FALSE(parse_request_head(whole + "G"));
  EXPECT_FALSE(parse_request_head(whole + "\r\n"));
}

RC_GTEST_PROP(RequestHead, AControlCharacterInAnyPlaceIsRefused, ()) {
  const std::string whole = "POST /a/b?c=d HTTP/1.1\r\nHost: localhost\r\nX-Y: a b\r\n\r\n";
  const auto control = *rc::gen::suchThat(rc::gen::inRange<int>(0, 32), [](int c) { return c != '\t'; });
  const auto at = *rc::gen::inRange<std::size_t>(0, whole.size());
  std::string broken = whole;
  broken[at] = static_cast<char>(control);
  RC_PRE(broken != whole);
  RC_ASSERT(!parse_request_head(broken));
}

RC_GTEST_PROP(RequestHead, WhatWasWrittenIsRead, ()) {
  const auto visible = rc::gen::map(rc::gen::inRange<int>(0x21, 0x7f), [](int c) { return static_cast<char>(c); });
  const auto letter = rc::gen::map(rc::gen::inRange<int>('a', 'z' + 1), [](int c) { return static_cast<char>(c); });
  const auto target = "/" + *rc::gen::container<std::string>(visible);
  const auto fields = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(
      rc::gen::nonEmpty(rc::gen::container<std::string>(letter)), rc::gen::container<std::string>(visible)));
  std::string bytes = "GET " + target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : fields) bytes += name + ": " + value + "\r\n";
  const auto request = parse_request_head(bytes + "\r\n");
  RC_ASSERT(request.has_value());
  RC_ASSERT(request->target == target);
  RC_ASSERT(request->headers == fields);
}

TEST(Request, ListsItsTokensInAnyLineAndCase) {
  const auto request = parse("GET / HTTP/1.1", "Connection: keep-alive, Close\r\nConnection: upgrade\r\nX: close\r\n");
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->lists("connection", "close"));
  EXPECT_TRUE(request->lists("connection", "upgrade"));
  EXPECT_FALSE(request->lists("connection", "clos"));
  EXPECT_FALSE(request->lists("te", "close"));
}

}  // namespace
}  // namespace almanac::serving
