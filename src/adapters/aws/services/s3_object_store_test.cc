#include "adapters/aws/services/s3_object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/fake_aws_client.h"

// What every object store must keep is in tests/contract, which runs on S3 too; here is what an emulator never does.
namespace almanac::adapters::aws {
namespace {

using ports::PutCondition;
using testing::HasSubstr;

AwsAnswer answer(int status, std::string body, ports::HttpHeaders headers = {}, std::string code = {}) {
  return {status, std::move(headers), std::move(body), std::move(code)};
}

struct S3ObjectStoreTest : testing::Test {
  std::shared_ptr<FakeAwsClient> aws = std::make_shared<FakeAwsClient>();
  S3ObjectStore store{aws, {"bucket", "some/prefix"}};

  const AwsCall& last() { return aws->calls.back(); }
  std::string header(const AwsCall& call, std::string_view name) {
    for (const auto& [key, value] : call.headers) {
      if (key == name) return value;
    }
    return "(none)";
  }
};

TEST(S3Url, NamesABucketAndAPrefix) {
  const auto location = parse_s3_url("s3://my-bucket/team/almanac/");
  ASSERT_TRUE(location);
  EXPECT_EQ(location->bucket, "my-bucket");
  EXPECT_EQ(location->prefix, "team/almanac");
  EXPECT_EQ(parse_s3_url("s3://my-bucket")->prefix, "");
  for (const std::string wrong : {"", "s3://", "s3:///x", "s3://UPPER", "s3://a", "s3://my..bucket", "s3://-b-b",
                                  "s3://bucket/../x", "s3://bucket/a b", "https://bucket/x", "s3://bucket//x"}) {
    EXPECT_EQ(parse_s3_url(wrong).error().code, ErrorCode::invalid_input) << wrong;
  }
}

TEST_F(S3ObjectStoreTest, AsksForTheKeyUnderThePrefix) {
  aws->answers.push_back(answer(200, "rows", {{"etag", "\"1\""}}));
  const auto object = store.get("shop/a=b.csv");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->bytes, "rows");
  EXPECT_EQ(object->etag, "\"1\"");
  EXPECT_EQ(last().host_prefix, "bucket.");
  EXPECT_EQ(last().path, "/some/prefix/shop/a=b.csv");
}

TEST_F(S3ObjectStoreTest, ACutOrAlteredBodyIsNoObject) {
  aws->answers.push_back(answer(200, "row", {{"etag", "\"1\""}, {"content-length", "4"}}));
  const auto cut = store.get("a");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::unavailable);
  EXPECT_THAT(cut.error().message, HasSubstr("s3://bucket/some/prefix/a: 3 of 4 bytes arrived"));

  // SHA-256 of "abc" (FIPS 180-2, appendix B.1) in base64.
  const std::string sha_of_abc = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
  aws->answers.push_back(answer(200, "abd", {{"etag", "\"1\""}, {"x-amz-checksum-sha256", sha_of_abc}}));
  EXPECT_THAT(store.get("a").error().message, HasSubstr("does not match its SHA-256"));
  aws->answers.push_back(answer(200, "abc", {{"etag", "\"1\""}, {"x-amz-checksum-sha256", sha_of_abc}}));
  EXPECT_TRUE(store.get("a").has_value());
}

TEST_F(S3ObjectStoreTest, PutsSayWhatTheyAreAndUnderWhichCondition) {
  aws->answers.push_back(answer(200, "", {{"etag", "\"2\""}}));
  EXPECT_EQ(store.put("a", "abc", PutCondition::if_match("\"1\"")), "\"2\"");
  EXPECT_EQ(header(last(), "if-match"), "\"1\"");
  EXPECT_EQ(header(last(), "content-type"), "application/octet-stream") << "never a form";
  EXPECT_EQ(header(last(), "x-amz-checksum-sha256"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_FALSE(last().repeat_after_timeout) << "a repetition would meet the first one's effect";
  aws->answers.push_back(answer(200, "", {{"etag", "\"3\""}}));
  EXPECT_TRUE(store.put("b", "abc", PutCondition::if_absent()));
  EXPECT_EQ(header(last(), "if-none-match"), "*");
}

TEST_F(S3ObjectStoreTest, LosingARaceIsAConflict) {
  const std::pair<int, std::string> refusals[] = {
      {412, "PreconditionFailed"}, {409, "ConditionalRequestConflict"}, {404, "NoSuchKey"}};
  for (const auto& [status, code] : refusals) {
    aws->answers.push_back(answer(status, "", {}, code));
    const auto put = store.put("a", "abc", PutCondition::if_match("\"1\""));
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, ErrorCode::conflict) << status;
  }
}

TEST_F(S3ObjectStoreTest, APutWithoutAnAnswerIsReadBack) {
  aws->will_fail(ErrorCode::timed_out, "S3 PutObject: no answer");
  aws->answers.push_back(answer(200, "abc", {{"etag", "\"7\""}}));
  EXPECT_EQ(store.put("a", "abc", PutCondition::if_absent()), "\"7\"") << "it took effect";

  aws->will_fail(ErrorCode::timed_out, "S3 PutObject: no answer");
  aws->answers.push_back(answer(200, "somebody else's", {{"etag", "\"8\""}}));
  const auto lost = store.put("a", "abc", PutCondition::if_match("\"1\""));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::timed_out) << "the caller reads again and decides";
}

TEST_F(S3ObjectStoreTest, AMissingBucketIsToldFromAMissingObject) {
  aws->answers.push_back(answer(404, "", {}, "NoSuchKey"));
  EXPECT_EQ(store.get("a").error().code, ErrorCode::not_found);
  for (int i = 0; i < 4; ++i) aws->answers.push_back(answer(404, "", {}, "NoSuchBucket"));
  for (const auto& error : {store.get("a").error(), store.put("a", "", PutCondition::always()).error(),
                            store.list("").error(), store.remove("a").error()}) {
    EXPECT_EQ(error.code, ErrorCode::invalid_input);
    EXPECT_THAT(error.message, HasSubstr("there is no bucket bucket"));
  }
}

std::string listing(const std::string& contents, const std::string& next) {
  return "<ListBucketResult>" + contents + "<IsTruncated>" + (next.empty() ? "false" : "true") + "</IsTruncated>" +
         (next.empty() ? "" : "<NextContinuationToken>" + next + "</NextContinuationToken>") + "</ListBucketResult>";
}
std::string entry(const std::string& key) {
  return "<Contents><Key>" + key + "</Key></Contents>";
}

TEST_F(S3ObjectStoreTest, ListsAllPagesAndOnlyWhatAStoreCanHold) {
  aws->will_answer(listing(entry("some/prefix/b") + entry("some/prefix/folder/"), "T1"));
  aws->will_answer(listing(entry("some/prefix/a"), ""));
  const auto keys = store.list("");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_THAT(*keys, testing::ElementsAre("a", "b"));
  ASSERT_EQ(aws->calls.size(), 2U);
  EXPECT_THAT(aws->calls[1].query, testing::Contains(testing::Pair("continuation-token", "T1")));
}

TEST_F(S3ObjectStoreTest, AListingThatGoesInCirclesOrIsNoListingIsAnError) {
  aws->will_answer(listing(entry("some/prefix/a"), "T1"));
  aws->will_answer(listing(entry("some/prefix/b"), "T1"));
  EXPECT_EQ(store.list("").error().code, ErrorCode::corrupt);
  aws->will_answer("<html>");
  EXPECT_EQ(store.list("").error().code, ErrorCode::corrupt);
  aws->will_answer("<Other/>");
  EXPECT_EQ(store.list("").error().code, ErrorCode::corrupt) << "not an empty store";
}

TEST_F(S3ObjectStoreTest, OtherErrorsAreTheClients) {
  aws->will_fail(ErrorCode::permission_denied, "S3 PutObject s3://bucket/x: AccessDenied");
  EXPECT_EQ(store.put("a", "b", PutCondition::always()).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(store.get("../a").error().code, ErrorCode::invalid_input);
  EXPECT_EQ(aws->calls.size(), 1U) << "what is no key is not asked for";
}

}  // namespace
}  // namespace almanac::adapters::aws
