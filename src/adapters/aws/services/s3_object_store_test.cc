#include "adapters/aws/services/s3_object_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

#include "adapters/aws/client/fake_aws_client.h"
#include "adapters/aws/services/object_checksum.h"

namespace almanac::adapters::aws {
namespace {

using ports::PutCondition;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// Objects with conditions, as S3 keeps them. `fault` is asked before each call takes effect, `lost` after: what they
// return is what the caller hears instead of the answer.
struct FakeS3 {
  struct Held {
    std::string bytes, etag, number;
  };
  std::map<std::string, Held> objects;  // by path
  std::function<std::optional<Result<AwsAnswer>>(const AwsCall&)> fault, lost;
  std::function<void(AwsAnswer&)> alter;  // an answer with an object
  bool keeps_metadata = true;
  int puts = 0;    // that took effect
  int bodies = 0;  // of objects that went over the network
  std::shared_ptr<FakeAwsClient> client = std::make_shared<FakeAwsClient>();
  S3ObjectStore store{client, S3Location{"rows", "prod/eu"}};

  FakeS3() {
    client->handler = [this](const AwsCall& call) -> Result<AwsAnswer> {
      if (fault)
        if (auto answer = fault(call)) return *answer;
      auto answer = take(call);
      if (lost)
        if (auto other = lost(call)) return *other;
      return answer;
    };
  }

  static std::string header(const AwsCall& call, std::string_view name) {
    for (const auto& [key, value] : call.headers)
      if (key == name) return value;
    return "";
  }

  AwsAnswer take(const AwsCall& call) {
    const auto found = objects.find(call.path);
    if (call.method == "PUT") {
      if (header(call, "if-none-match") == "*" && found != objects.end()) return {412, {}, "", "PreconditionFailed"};
      if (const auto etag = header(call, "if-match"); !etag.empty()) {
        if (found == objects.end()) return {404, {}, "", "NoSuchKey"};
        if (found->second.etag != etag) return {412, {}, "", "PreconditionFailed"};
      }
      hold(call.path, call.body, header(call, "x-amz-meta-almanac-put"));
      return {200, {{"etag", objects[call.path].etag}}, "", ""};
    }
    if (found == objects.end()) return {404, {}, "", "NoSuchKey"};
    const Held& held = found->second;
    if (header(call, "if-none-match") == held.etag) return {304, {{"etag", held.etag}}, "", ""};
    ++bodies;
    AwsAnswer answer{200, {{"etag", held.etag}, {"content-length", std::to_string(held.bytes.size())}}, held.bytes, ""};
    answer.headers.emplace_back("x-amz-checksum-sha256", sha256_base64(held.bytes));
    if (keeps_metadata && !held.number.empty()) answer.headers.emplace_back("x-amz-meta-almanac-put", held.number);
    if (alter) alter(answer);
    return answer;
  }

  void hold(const std::string& path, std::string bytes, std::string number) {
    const auto etag = fmt::format("\"{}\"", ++puts);
    objects[path] = {std::move(bytes), etag, std::move(number)};
  }
};

Result<AwsAnswer> no_answer() {
  return fail(ErrorCode::timed_out, "S3 PutObject, s3://rows/prod/eu/a: no answer");
}

auto once(Result<AwsAnswer> answer, std::string method = "PUT") {
  return
      [answer = std::move(answer), method, left = 1](const AwsCall& call) mutable -> std::optional<Result<AwsAnswer>> {
        if (call.method != method || left-- <= 0) return std::nullopt;
        return answer;
      };
}

const std::string kPath = "/prod/eu/a";

TEST(S3Url, NamesBucketAndPrefix) {
  EXPECT_EQ(parse_s3_url("s3://rows")->bucket, "rows");
  EXPECT_EQ(parse_s3_url("s3://rows/")->prefix, "");
  EXPECT_EQ(parse_s3_url("s3://rows.of-2026/prod/eu//")->bucket, "rows.of-2026");
  EXPECT_EQ(parse_s3_url("s3://rows.of-2026/prod/eu//")->prefix, "prod/eu");
  for (const char* wrong : {"rows/prod", "https://rows", "s3://", "s3:///prod", "s3://ro", "s3://Rows", "s3://rows/a b",
                            "s3://rows/../etc", "s3://-rows", "s3://ro..ws"}) {
    const auto parsed = parse_s3_url(wrong);
    ASSERT_FALSE(parsed.has_value()) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(parsed.error().message, AllOf(HasSubstr("s3://bucket/prefix"), HasSubstr(wrong)));
  }
}

TEST(S3ObjectStoreTest, WhatDidNotChangeIsReadOnce) {
  FakeS3 s3;
  s3.hold(kPath, "model", "");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(s3.store.get("a")->bytes, "model");
  EXPECT_EQ(s3.bodies, 1);
  EXPECT_EQ(s3.client->calls.size(), 3u);  // S3 was asked each time
  s3.hold(kPath, "other", "");             // by another process
  EXPECT_EQ(s3.store.get("a")->bytes, "other");
  EXPECT_EQ(s3.bodies, 2);
  const auto etag = s3.store.put("a", "own", PutCondition::always());
  EXPECT_EQ(s3.store.get("a")->bytes, "own");
  EXPECT_EQ(s3.store.get("a")->etag, *etag);
  EXPECT_EQ(s3.bodies, 2);
  s3.objects.clear();
  EXPECT_EQ(s3.store.get("a").error().code, ErrorCode::not_found);
}

TEST(S3ObjectStoreTest, PutsWithATypeAChecksumAndACondition) {
  FakeS3 s3;
  ASSERT_TRUE(s3.store.put("shop/a=1.csv", "rows\n", PutCondition::if_absent()).has_value());
  ASSERT_TRUE(s3.store.put("shop/a=1.csv", "more\n", PutCondition::if_match("\"1\"")).has_value());
  ASSERT_TRUE(s3.store.put("shop/a=1.csv", "all\n", PutCondition::always()).has_value());
  const AwsCall& first = s3.client->calls.at(0);
  EXPECT_EQ(first.service, "s3");
  EXPECT_EQ(first.method, "PUT");
  EXPECT_EQ(first.host_prefix, "rows.");
  EXPECT_EQ(first.path, "/prod/eu/shop/a=1.csv");
  EXPECT_EQ(first.resource, "s3://rows/prod/eu/shop/a=1.csv");
  EXPECT_EQ(first.body, "rows\n");
  EXPECT_THAT(first.headers, Contains(Pair("content-type", "application/octet-stream")));
  EXPECT_THAT(first.headers, Contains(Pair("x-amz-checksum-sha256", sha256_base64("rows\n"))));
  EXPECT_THAT(first.headers, Contains(Pair("if-none-match", "*")));
  EXPECT_FALSE(first.repeat_after_timeout) << "sent twice it would meet its own effect";
  EXPECT_THAT(s3.client->calls.at(1).headers, Contains(Pair("if-match", "\"1\"")));
  EXPECT_EQ(
      FakeS3::header(s3.client->calls.at(2), "if-match") + FakeS3::header(s3.client->calls.at(2), "if-none-match"), "");
  EXPECT_TRUE(s3.client->calls.at(2).repeat_after_timeout);
}

TEST(S3ObjectStoreTest, GivesABigBodyMoreTime) {
  FakeS3 s3;
  ASSERT_TRUE(s3.store.put("a", std::string(40 << 20, 'x'), PutCondition::always()).has_value());
  EXPECT_GE(s3.client->calls.at(0).timeout, std::chrono::seconds(59));  // 20 s + 40 MiB at 1 MiB/s
}

// --- reading

TEST(S3ObjectStoreTest, ReadsACutBodyAgain) {
  FakeS3 s3;
  s3.hold(kPath, "12345678", "");
  s3.alter = [cuts = 2](AwsAnswer& answer) mutable {
    if (cuts-- > 0) answer.body.resize(5);
  };
  EXPECT_EQ(s3.store.get("a")->bytes, "12345678");
  EXPECT_EQ(s3.client->calls.size(), 3u);
  EXPECT_THAT(s3.client->calls.at(0).headers, Contains(Pair("x-amz-checksum-mode", "ENABLED")));
}

TEST(S3ObjectStoreTest, NeverTakesACutBodyForAnObject) {
  FakeS3 s3;
  s3.hold(kPath, "12345678", "");
  s3.alter = [](AwsAnswer& answer) { answer.body.resize(5); };
  const auto object = s3.store.get("a");
  ASSERT_FALSE(object.has_value());
  EXPECT_EQ(object.error().code, ErrorCode::unavailable);
  EXPECT_THAT(object.error().message, AllOf(HasSubstr("S3 GetObject, s3://rows/prod/eu/a"), HasSubstr("5 of 8 bytes")));
}

TEST(S3ObjectStoreTest, NeverTakesAlteredBytesForAnObject) {
  FakeS3 s3;
  s3.hold(kPath, "12345678", "");
  s3.alter = [](AwsAnswer& answer) { answer.body[3] = 'x'; };
  const auto object = s3.store.get("a");
  ASSERT_FALSE(object.has_value());
  EXPECT_EQ(object.error().code, ErrorCode::corrupt);
  EXPECT_THAT(object.error().message, AllOf(HasSubstr("s3://rows/prod/eu/a"), HasSubstr("x-amz-checksum-sha256"),
                                            HasSubstr("restore an earlier version")));
}

TEST(S3ObjectStoreTest, TellsAMissingObjectFromAMissingBucketAndAnythingElseThatSays404) {
  FakeS3 s3;
  EXPECT_EQ(s3.store.get("a").error().code, ErrorCode::not_found);
  s3.fault = [](const AwsCall&) { return AwsAnswer{404, {}, "", "NoSuchBucket"}; };
  const auto expect_no_bucket = [](const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::invalid_input);
    EXPECT_THAT(error.message, AllOf(HasSubstr("no bucket \"rows\" in eu-central-1"), HasSubstr("create it")));
  };
  expect_no_bucket(s3.store.get("a").error());
  expect_no_bucket(s3.store.put("a", "x", PutCondition::if_match("\"1\"")).error());
  expect_no_bucket(s3.store.list("").error());
  expect_no_bucket(s3.store.remove("a").error());
  // A proxy's own 404 must not look like an empty store: the collector would begin a new history.
  s3.fault = [](const AwsCall&) { return AwsAnswer{404, {}, "<html/>", ""}; };
  EXPECT_EQ(s3.store.get("a").error().code, ErrorCode::unavailable);
  EXPECT_EQ(s3.store.put("a", "x", PutCondition::always()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(s3.store.list("").error().code, ErrorCode::unavailable);
  EXPECT_EQ(s3.store.remove("a").error().code, ErrorCode::unavailable);
}

TEST(S3ObjectStoreTest, HandsOnWhatTheClientReports) {
  FakeS3 s3;
  for (const ErrorCode code : {ErrorCode::permission_denied, ErrorCode::throttled, ErrorCode::unavailable}) {
    s3.fault = [code](const AwsCall& call) {
      return fail(code, "S3 " + call.operation + ": grant s3:" + call.operation);
    };
    EXPECT_EQ(s3.store.get("a").error().code, code);
    EXPECT_THAT(s3.store.get("a").error().message, HasSubstr("grant s3:GetObject"));
    EXPECT_THAT(s3.store.put("a", "x", PutCondition::if_absent()).error().message, HasSubstr("grant s3:PutObject"));
    EXPECT_THAT(s3.store.list("").error().message, HasSubstr("s3:ListObjectsV2"));
    EXPECT_EQ(s3.store.remove("a").error().code, code);
  }
  EXPECT_THAT(s3.objects, IsEmpty());
}

// --- conditional puts whose answer is lost

TEST(S3ObjectStoreTest, ReportsAPutThatAnotherWriterWasFasterThan) {
  FakeS3 s3;
  s3.hold(kPath, "other", "another's number");
  for (const auto& condition : {PutCondition::if_absent(), PutCondition::if_match("\"old\"")}) {
    const auto put = s3.store.put("a", "ours", condition);
    ASSERT_FALSE(put.has_value());
    EXPECT_EQ(put.error().code, ErrorCode::conflict);
    EXPECT_THAT(put.error().message, AllOf(HasSubstr("S3 PutObject, s3://rows/prod/eu/a"), HasSubstr("read it again")));
  }
  EXPECT_EQ(s3.store.put("b", "ours", PutCondition::if_match("\"1\"")).error().code, ErrorCode::conflict) << "removed";
  s3.fault = once(AwsAnswer{409, {}, "", "ConditionalRequestConflict"});
  EXPECT_EQ(s3.store.put("b", "ours", PutCondition::if_absent()).error().code, ErrorCode::conflict);
  EXPECT_EQ(s3.objects.size(), 1u);
}

TEST(S3ObjectStoreTest, FindsItsOwnPutAfterALostAnswer) {
  FakeS3 s3;
  s3.lost = once(no_answer());
  EXPECT_EQ(*s3.store.put("a", "ours", PutCondition::if_absent()), "\"1\"");
  EXPECT_EQ(s3.puts, 1) << "written once";
  s3.lost = once(no_answer());
  EXPECT_EQ(*s3.store.put("a", "newer", PutCondition::if_match("\"1\"")), "\"2\"");
  EXPECT_EQ(s3.puts, 2);
}

TEST(S3ObjectStoreTest, RepeatsAPutThatCertainlyHadNoEffect) {
  FakeS3 s3;
  s3.fault = once(no_answer());
  EXPECT_EQ(*s3.store.put("a", "ours", PutCondition::if_absent()), "\"1\"");
  s3.fault = once(no_answer());
  EXPECT_EQ(*s3.store.put("a", "newer", PutCondition::if_match("\"1\"")), "\"2\"");
  EXPECT_EQ(s3.objects[kPath].bytes, "newer");
}

TEST(S3ObjectStoreTest, FindsItsOwnPutWhereTheClientRepeatedItAndMetIt) {
  FakeS3 s3;
  s3.lost = once(AwsAnswer{412, {}, "", "PreconditionFailed"});
  EXPECT_EQ(*s3.store.put("a", "ours", PutCondition::if_absent()), "\"1\"");
}

TEST(S3ObjectStoreTest, DoesNotTakeTheSameBytesOfAnotherWriterForItsOwn) {
  FakeS3 s3;
  s3.hold(kPath, "lock", "another's number");
  s3.fault = once(no_answer());
  EXPECT_EQ(s3.store.put("a", "lock", PutCondition::if_absent()).error().code, ErrorCode::conflict);
  // Where the store keeps no metadata, the bytes must do.
  s3.keeps_metadata = false;
  s3.lost = once(no_answer());
  EXPECT_TRUE(s3.store.put("b", "ours", PutCondition::if_absent()).has_value());
}

TEST(S3ObjectStoreTest, SaysThatItDoesNotKnowWhenItCannotReadBack) {
  FakeS3 s3;
  s3.lost = [](const AwsCall& call) -> std::optional<Result<AwsAnswer>> {
    if (call.method == "PUT") return no_answer();
    return fail(ErrorCode::unavailable, "S3 GetObject: the network is gone");
  };
  const auto put = s3.store.put("a", "ours", PutCondition::if_absent());
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().code, ErrorCode::timed_out);
  EXPECT_THAT(put.error().message,
              AllOf(HasSubstr("read back"), HasSubstr("the network is gone"), HasSubstr("no answer")));
}

TEST(S3ObjectStoreTest, GivesUpWhenNoAnswerEverComes) {
  FakeS3 s3;
  s3.fault = [](const AwsCall& call) -> std::optional<Result<AwsAnswer>> {
    if (call.method == "PUT") return no_answer();
    return std::nullopt;
  };
  for (const auto& condition : {PutCondition::always(), PutCondition::if_absent()})
    EXPECT_EQ(s3.store.put("a", "ours", condition).error().code, ErrorCode::timed_out);
  EXPECT_EQ(s3.client->calls.size(), 12u) << "three times each: put, look";
}

// Every answer may get lost before or after its effect, or come as 503: increments are counted exactly.
RC_GTEST_PROP(S3ObjectStoreTest, LosesAndDoublesNoWriteWhateverAnswersGetLost, ()) {
  FakeS3 s3;
  const auto faults = *rc::gen::container<std::vector<int>>(60, rc::gen::inRange(0, 6));
  std::size_t at = 0;
  const auto maybe = [&](int kind) {
    return [&, kind](const AwsCall& call) -> std::optional<Result<AwsAnswer>> {
      if (call.method != "PUT" || at >= faults.size()) return std::nullopt;
      const int fault = kind == 0 ? faults[at++] : faults[at - 1];
      if (fault == 1 && kind == 0) return no_answer();
      if (fault == 2 && kind == 0) return fail(ErrorCode::unavailable, "503");
      if (fault == 3 && kind == 1) return no_answer();
      if (fault == 4 && kind == 1) return AwsAnswer{412, {}, "", "PreconditionFailed"};
      return std::nullopt;
    };
  };
  s3.fault = maybe(0);
  s3.lost = maybe(1);
  int counted = 0;
  for (int i = 0; i < 20; ++i) {
    const auto object = s3.store.get("count");
    const auto put = object ? s3.store.put("count", std::to_string(std::stoi(object->bytes) + 1),
                                           PutCondition::if_match(object->etag))
                            : s3.store.put("count", "1", PutCondition::if_absent());
    if (put) ++counted;
    // What is reported as certainly without effect must be so.
    const auto stands = s3.store.get("count");
    const int value = stands ? std::stoi(stands->bytes) : 0;
    if (!put && put.error().code == ErrorCode::timed_out) counted = value;
    RC_ASSERT(value == counted);
  }
}

// --- listing

constexpr const char* kFirstPage =
    "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>rows</Name>"
    "<IsTruncated>true</IsTruncated><NextContinuationToken>to+ken/=</NextContinuationToken>"
    "<Contents><Key>prod/eu/shop/b%3D2.csv</Key><Size>1</Size></Contents>"
    "<Contents><Key>prod/eu/shop/</Key><Size>0</Size></Contents>"
    "<Contents><Key>prod/eu/shop/two+words.csv</Key><Size>1</Size></Contents></ListBucketResult>";
constexpr const char* kLastPage =
    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>prod/eu/shop/a.csv</Key></Contents>"
    "<Contents><Key>prod/elsewhere.csv</Key></Contents></ListBucketResult>";

TEST(S3ObjectStoreTest, ListsPageByPageWhatIsAKeyUnderThePrefix) {
  FakeAwsClient fake;
  const auto client = std::shared_ptr<FakeAwsClient>(std::shared_ptr<void>(), &fake);
  S3ObjectStore store(client, {"rows", "prod/eu"});
  fake.will_answer(kFirstPage);
  fake.will_answer(kLastPage);
  EXPECT_THAT(*store.list("shop/"), ElementsAre("shop/a.csv", "shop/b=2.csv"));
  EXPECT_EQ(fake.calls.at(0).path, "/");
  EXPECT_THAT(fake.calls.at(0).query, AllOf(Contains(Pair("list-type", "2")), Contains(Pair("encoding-type", "url")),
                                            Contains(Pair("prefix", "prod/eu/shop/"))));
  EXPECT_THAT(fake.calls.at(1).query, Contains(Pair("continuation-token", "to+ken/=")));
}

TEST(S3ObjectStoreTest, TakesNothingElseForAListing) {
  FakeAwsClient fake;
  const auto client = std::shared_ptr<FakeAwsClient>(std::shared_ptr<void>(), &fake);
  S3ObjectStore store(client, {"rows", ""});
  for (const auto& [body, code, says] : std::vector<std::tuple<std::string, ErrorCode, std::string>>{
           {"<html><body>Please log in</body></html>", ErrorCode::unavailable, "<html>"},
           {std::string(kLastPage).substr(0, 80), ErrorCode::corrupt, "ListObjectsV2"},
           {"", ErrorCode::corrupt, "ListObjectsV2"},
           {"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", ErrorCode::unavailable, "goes on"},
       }) {
    fake.will_answer(body);
    const auto keys = store.list("");
    ASSERT_FALSE(keys.has_value()) << body;
    EXPECT_EQ(keys.error().code, code);
    EXPECT_THAT(keys.error().message, AllOf(HasSubstr("S3 ListObjectsV2, s3://rows/"), HasSubstr(says)));
  }
  // A listing that is cut is read again, and a token that comes back is no way on.
  fake.answers.push_back(AwsAnswer{200, {{"content-length", "999"}}, "<ListBucketResult>", ""});
  fake.will_answer("<ListBucketResult/>");
  EXPECT_THAT(*store.list(""), IsEmpty());
  fake.will_answer(kFirstPage);
  fake.will_answer(kFirstPage);
  EXPECT_EQ(store.list("").error().code, ErrorCode::unavailable);
}

TEST(S3ObjectStoreTest, RemovesWithoutAskingWhetherItIsThere) {
  FakeAwsClient fake;
  const auto client = std::shared_ptr<FakeAwsClient>(std::shared_ptr<void>(), &fake);
  S3ObjectStore store(client, {"rows", ""});
  fake.will_answer("", 204);
  EXPECT_TRUE(store.remove("a").has_value());
  EXPECT_EQ(fake.calls.at(0).method, "DELETE");
  EXPECT_EQ(fake.calls.at(0).path, "/a");
}

}  // namespace
}  // namespace almanac::adapters::aws
