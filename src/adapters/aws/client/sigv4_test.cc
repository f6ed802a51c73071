#include "adapters/aws/client/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/request_sender.h"
#include "adapters/aws/client/uri.h"

// Figures of AWS's published Signature Version 4 test suite and of the examples in the S3 and IAM documentation. The
// two marked "own" have paths those leave out; botocore computes the same.

namespace almanac::adapters::aws {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string kAlphabet = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

struct Vector {
  const char* name;
  const char* method;
  std::string path;
  Pairs query;
  Pairs headers;
  const char* body;
  const char* signature;
};

// The suite's credentials, time, region and service.
Signature sign_suite(const Vector& vector, const std::string& host = "example.amazonaws.com",
                     const std::string& service = "service") {
  const Credentials credentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
  RequestToSign request{vector.method, vector.path, canonical_query(vector.query), vector.headers,
                        sha256_hex(vector.body)};
  request.headers.emplace_back("Host", host);
  request.headers.emplace_back("X-Amz-Date", "20150830T123600Z");
  return sign(request, {at("2015-08-30T12:36:00Z"), "us-east-1", service}, credentials);
}

const std::string kToken =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwt"
    "hAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVX"
    "AkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

const std::vector<Vector> kSuite{
    {"get-vanilla", "GET", "/", {}, {}, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"post-vanilla", "POST", "/", {}, {}, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"get-vanilla-query-order-value",
     "GET",
     "/",
     {{"Param1", "value2"}, {"Param1", "Value1"}},
     {},
     "",
     "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
    {"get-vanilla-query-order-key-case",
     "GET",
     "/",
     {{"Param2", "value2"}, {"Param1", "value1"}},
     {},
     "",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-empty-query-key",
     "GET",
     "/",
     {{"Param1", "value1"}},
     {},
     "",
     "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"get-vanilla-query-unreserved",
     "GET",
     "/",
     {{kAlphabet, kAlphabet}},
     {},
     "",
     "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"get-vanilla-utf8-query",
     "GET",
     "/",
     {{"\u1234", "bar"}},
     {},
     "",
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"get-unreserved",
     "GET",
     "/" + kAlphabet,
     {},
     {},
     "",
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8", "GET", "/\u1234", {}, {}, "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-space",
     "GET",
     "/example space/",
     {},
     {},
     "",
     "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {"get-relative",
     "GET",
     "/example/..",
     {},
     {},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-relative-relative",
     "GET",
     "/example1/example2/../..",
     {},
     {},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-dot-slash",
     "GET",
     "/./",
     {},
     {},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash", "GET", "//", {}, {}, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slashes",
     "GET",
     "//example//",
     {},
     {},
     "",
     "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {"get-slash-pointless-dot",
     "GET",
     "/./example",
     {},
     {},
     "",
     "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
    {"get-header-key-duplicate",
     "GET",
     "/",
     {},
     {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
     "",
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-order",
     "GET",
     "/",
     {},
     {{"My-Header1", "value4"}, {"My-Header1", "value1"}, {"My-Header1", "value3"}, {"My-Header1", "value2"}},
     "",
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-header-value-trim",
     "GET",
     "/",
     {},
     {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
     "",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-header-key-case",
     "POST",
     "/",
     {},
     {{"My-Header1", "value1"}},
     "",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {"post-header-value-case",
     "POST",
     "/",
     {},
     {{"My-Header1", "VALUE1"}},
     "",
     "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     {},
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     "Param1=value1",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-x-www-form-urlencoded-parameters",
     "POST",
     "/",
     {},
     {{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}},
     "Param1=value1",
     "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
    {"post-sts-header-before",
     "POST",
     "/",
     {},
     {{"X-Amz-Security-Token", kToken}},
     "",
     "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    {"own: encoded once more",
     "GET",
     "/a%20b/%C3%A9",
     {},
     {},
     "",
     "7feef237926f4f33385aeec1d53d9d5ccf4ca66c7ac2692f357a3e78ff85c310"},
};

TEST(SignatureVersion4, AgreesWithThePublishedSuite) {
  for (const auto& vector : kSuite) EXPECT_EQ(sign_suite(vector).signature, vector.signature) << vector.name;
}

TEST(SignatureVersion4, AgreesWithTheIamExampleStepByStep) {
  const Vector example{.name = "",
                       .method = "GET",
                       .path = "/",
                       .query = {{"Version", "2010-05-08"}, {"Action", "ListUsers"}},
                       .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
                       .body = ""};
  const auto signature = sign_suite(example, "iam.amazonaws.com", "iam");
  EXPECT_EQ(signature.canonical_request,
            "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
            "content-type:application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\n"
            "x-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(signature.string_to_sign,
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  EXPECT_EQ(signature.authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

// The requests of the S3 documentation ("Signature Calculations: Authorization Header"), as the client builds them.
TEST(SignatureVersion4, AgreesWithTheS3ExamplesOnTheWholeRequest) {
  struct Example {
    AwsCall call;
    const char* url;
    const char* signature;
  };
  const std::string root = "https://examplebucket.s3.amazonaws.com";
  const auto call = [](std::string method, std::string path, Pairs query, Pairs headers, std::string body) {
    return AwsCall{.service = "s3",
                   .method = std::move(method),
                   .host_prefix = "examplebucket.",
                   .path = std::move(path),
                   .query = std::move(query),
                   .headers = std::move(headers),
                   .body = std::move(body)};
  };
  const std::vector<Example> examples{
      {call("GET", "/test.txt", {}, {{"range", "bytes=0-9"}}, ""), "/test.txt",
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {call("PUT", "/test$file.text", {},
            {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
            "Welcome to Amazon S3."),
       "/test%24file.text", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {call("GET", "/", {{"lifecycle", ""}}, {}, ""),
       "/?lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {call("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, ""), "/?max-keys=2&prefix=J",
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
      // own: a key is any text, nothing of it is normalised or encoded twice
      {call("GET", "/a//b/../\u00e9 +.csv", {}, {}, ""), "/a//b/../%C3%A9%20%2B.csv",
       "fd96e00e7c8ea606c346813d4bb40de25209551d6dcd174ea3837fecc3ecee2e"},
  };
  const Credentials credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const Endpoint endpoint{{"https", "s3.amazonaws.com", "", ""}, false};
  for (const auto& example : examples) {
    const auto request = build_request(example.call, endpoint, "us-east-1", &credentials, at("2013-05-24T00:00:00Z"));
    EXPECT_EQ(request.url, root + example.url);
    EXPECT_EQ(request.headers.back().first, "authorization");
    EXPECT_THAT(request.headers.back().second, EndsWith(example.signature)) << example.url;
  }
}

TEST(SignatureVersion4, AnUnsignedRequestCarriesNothingOfTheIdentity) {
  const auto request = build_request({.service = "sts"}, {{"https", "sts.eu-west-1.amazonaws.com", "", ""}, false},
                                     "eu-west-1", nullptr, at("2026-01-01"));
  EXPECT_TRUE(request.headers.empty());
}

TEST(SignatureVersion4, SendsPathStyleToAnEndpointOfTheUsersAndForBucketsThatAreNoHostName) {
  const Credentials credentials{"AKID", "secret"};
  const auto url = [&](std::string prefix, std::string path, const Endpoint& endpoint) {
    const AwsCall call{.service = "s3", .method = "GET", .host_prefix = std::move(prefix), .path = std::move(path)};
    return build_request(call, endpoint, "eu-west-1", &credentials, at("2026-01-01")).url;
  };
  const Endpoint aws{{"https", "s3.eu-west-1.amazonaws.com", "", ""}, false};
  const Endpoint own{{"http", "127.0.0.1", "5000", "/s3/"}, true};
  EXPECT_EQ(url("shop.", "/a b", aws), "https://shop.s3.eu-west-1.amazonaws.com/a%20b");
  EXPECT_EQ(url("shop.example.", "/a", aws), "https://s3.eu-west-1.amazonaws.com/shop.example/a");
  EXPECT_EQ(url("shop.", "/a", own), "http://127.0.0.1:5000/s3/shop/a");
  EXPECT_EQ(url("shop.", "/", own), "http://127.0.0.1:5000/s3/shop");
}

}  // namespace
}  // namespace almanac::adapters::aws
