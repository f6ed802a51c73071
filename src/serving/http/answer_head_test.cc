#include "serving/http/answer_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::serving {
namespace {

using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(AnswerHead, SaysHowLongTheBodyIs) {
  Answer answer;
  answer.body = "{}";
  answer.headers = {{"ETag", "\"1\""}};
  const std::string head = answer_head(answer, Framing::length);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\nETag: \"1\"\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Connection:")));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
}

TEST(AnswerHead, OfABodyInChunksHasNoLength) {
  const std::string head = answer_head({}, Framing::chunks);
  EXPECT_THAT(head, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(answer_head({}, Framing::close), Not(HasSubstr("Transfer-Encoding")));
  EXPECT_EQ(chunk_of("0123456789abcdef"), "10\r\n0123456789abcdef\r\n");
  EXPECT_EQ(chunk_of(""), "0\r\n\r\n");
}

TEST(AnswerHead, WithoutABodyHasNeitherTypeNorLength) {
  for (const int status : {204, 304}) {
    Answer answer;
    answer.status = status;
    EXPECT_THAT(answer_head(answer, Framing::length),
                Not(AnyOf(HasSubstr("\r\nContent-Type:"), HasSubstr("\r\nContent-Length:"))))
        << status;
    EXPECT_FALSE(may_have_body(answer));
  }
}

TEST(AnswerHead, EndsTheConnectionWhereTheAnswerDoes) {
  Answer answer = error_answer(400, "invalid_input", "no");
  answer.close = true;
  EXPECT_THAT(answer_head(answer, Framing::length), HasSubstr("\r\nConnection: close\r\n"));
}

}  // namespace
}  // namespace almanac::serving
