#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/container_credentials.h"
#include "adapters/aws/client/testing.h"
#include "adapters/aws/client/uri.h"

// Each place that credentials may stand in, through the chain that asks them in order.

namespace almanac::adapters::aws {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace testing;

struct CredentialsTest : World {
  // "key id @ source", or the error.
  std::string found() {
    const auto current = credentials();
    return current ? (*current)->access_key_id + " @ " + (*current)->source : current.error().message;
  }
  // Refused with this code and these words.
  void expect_refused(ErrorCode code, std::string_view words) {
    const auto current = credentials();
    ASSERT_FALSE(current.has_value());
    EXPECT_EQ(current.error().code, code) << current.error().message;
    EXPECT_THAT(current.error().message, HasSubstr(std::string(words)));
    EXPECT_THAT(current.error().message, Not(HasSubstr("geheim")));
  }
};

TEST_F(CredentialsTest, NoneAnywhereNamesEveryPlace) {
  const auto current = credentials();
  ASSERT_FALSE(current.has_value());
  EXPECT_EQ(current.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(current.error().message, AllOf(HasSubstr("AWS_ACCESS_KEY_ID"), HasSubstr("profile default of"),
                                             HasSubstr("web identity"), HasSubstr("container"), HasSubstr("EC2")));
  EXPECT_TRUE(http->requests.empty());
}

TEST_F(CredentialsTest, TheEnvironmentComesFirstUnlessAProfileIsAskedForByTheSettings) {
  with_keys();
  write(".aws/credentials", "[shop]\naws_access_key_id = AKIDSHOP\naws_secret_access_key = geheim\n");
  variables["AWS_PROFILE"] = "shop";
  EXPECT_EQ(found(), std::string(kKeyId) + " @ the environment");
  auto asked = options();
  asked.profile = "shop";
  const auto chosen = (*make_credential_source(asked))->current();
  EXPECT_EQ((*chosen)->access_key_id, "AKIDSHOP");
}

TEST_F(CredentialsTest, HalfAPairIsAnErrorNotAReasonToLookElsewhere) {
  with_keys();
  variables.erase("AWS_SECRET_ACCESS_KEY");
  expect_refused(ErrorCode::permission_denied, "AWS_ACCESS_KEY_ID but not AWS_SECRET_ACCESS_KEY");
  variables = {{"HOME", root.string()}};
  write(".aws/credentials", "[default]\naws_access_key_id = geheim\n");
  expect_refused(ErrorCode::permission_denied, "profile default: it has aws_access_key_id but not");
}

TEST_F(CredentialsTest, AProfileHoldsKeys) {
  write(".aws/credentials", "[default]\naws_access_key_id = AKID1\naws_secret_access_key = s\naws_session_token = t\n");
  const auto current = credentials();
  ASSERT_TRUE(current.has_value());
  EXPECT_EQ((*current)->access_key_id, "AKID1");
  EXPECT_EQ((*current)->session_token, "t");
}

TEST_F(CredentialsTest, ARoleIsAssumedWithTheKeysOfItsSourceProfileThroughAsManyAsThereAre) {
  write(".aws/config",
        "[profile shop]\nrole_arn = arn:aws:iam::2:role/shop\nsource_profile = middle\nexternal_id = x/1\n"
        "role_session_name = night shift\nduration_seconds = 900\n"
        "[profile middle]\nrole_arn = arn:aws:iam::1:role/middle\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n");
  variables["AWS_PROFILE"] = "shop";
  http->answers.push_back(answer(200, sts_answer("AssumeRole", "ASIAMIDDLE", "2026-11-27T09:00:00Z")));
  http->answers.push_back(answer(200, sts_answer("AssumeRole", "ASIASHOP", "2026-11-27T08:15:00Z")));
  EXPECT_EQ(found(), "ASIASHOP @ profile shop");
  ASSERT_EQ(http->requests.size(), 2U);
  EXPECT_EQ(http->requests[0].url, "https://sts.eu-central-1.amazonaws.com/");
  EXPECT_EQ(
      http->requests[0].body,
      "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fmiddle&RoleSessionName=almanac");
  EXPECT_THAT(header(http->requests[0], "authorization"), HasSubstr("Credential=AKIDBASE/20261127/eu-central-1/sts/"));
  EXPECT_THAT(http->requests[1].body, HasSubstr("RoleSessionName=night+shift&ExternalId=x%2F1&DurationSeconds=900"));
  EXPECT_THAT(header(http->requests[1], "authorization"), HasSubstr("Credential=ASIAMIDDLE/"));
  EXPECT_EQ(header(http->requests[1], "x-amz-security-token"), kToken);
}

TEST_F(CredentialsTest, ARoleMayBeAssumedWithWhatTheMachineHas) {
  write(".aws/config", "[default]\nrole_arn = arn:r\ncredential_source = EcsContainer\n");
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/id";
  http->answers.push_back(answer(200, credentials_json("ASIATASK", "2026-11-27T12:00:00Z")));
  http->answers.push_back(answer(200, sts_answer("AssumeRole", "ASIAROLE", "2026-11-27T09:00:00Z")));
  EXPECT_EQ(found(), "ASIAROLE @ profile default");
}

TEST_F(CredentialsTest, ARoleMayNameItsOwnProfileForItsKeysButNoCircle) {
  write(".aws/config",
        "[default]\nrole_arn = arn:r\nsource_profile = default\naws_access_key_id = AKID1\naws_secret_access_key = s\n"
        "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = a\n");
  http->answers.push_back(answer(200, sts_answer("AssumeRole", "ASIAROLE", "2026-11-27T09:00:00Z")));
  EXPECT_EQ(found(), "ASIAROLE @ profile default");
  variables["AWS_PROFILE"] = "a";
  expect_refused(ErrorCode::invalid_input, "circle: a -> b -> a");
}

TEST_F(CredentialsTest, ProfilesThatCannotWorkSayWhatToChange) {
  const std::string role = "[default]\nrole_arn = arn:r\n";
  const std::vector<std::tuple<std::string, ErrorCode, const char*>> rows{
      {role, ErrorCode::invalid_input, "add source_profile"},
      {role + "source_profile = a\ncredential_source = Environment\n", ErrorCode::invalid_input, "keep one"},
      {role + "source_profile = gone\n", ErrorCode::not_found, "profile gone: it is in none of"},
      {role + "credential_source = Moon\n", ErrorCode::invalid_input, "expected Environment, EcsContainer"},
      {role + "credential_source = Environment\n", ErrorCode::permission_denied, "which has none"},
      {role + "credential_source = Environment\nduration_seconds = 10\n", ErrorCode::invalid_input, "900 to 43200"},
      {role + "source_profile = a\nmfa_serial = arn:m\n", ErrorCode::unsupported, "MFA"},
      {"[default]\nweb_identity_token_file = /t\n", ErrorCode::invalid_input, "no role_arn"},
      {"[default]\nsso_session = corp\nsso_account_id = 1\n", ErrorCode::unsupported,
       "credential_process = aws configure export-credentials --profile default"},
  };
  for (const auto& [text, code, words] : rows) {
    write(".aws/config", text);
    expect_refused(code, words);
  }
}

TEST_F(CredentialsTest, AWebIdentityIsReadAnewAndSentUnsigned) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "geheim.jwt.1\n");
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/pod";
  const auto source = *make_credential_source(options());
  http->answers.push_back(answer(200, sts_answer("AssumeRoleWithWebIdentity", "ASIA1", "2026-11-27T09:00:00Z")));
  http->answers.push_back(answer(200, sts_answer("AssumeRoleWithWebIdentity", "ASIA2", "2026-11-27T10:00:00Z")));
  ASSERT_TRUE(source->current().has_value());
  EXPECT_THAT(http->requests[0].body, HasSubstr("WebIdentityToken=geheim.jwt.1"));
  EXPECT_EQ(header(http->requests[0], "authorization"), "");
  write("token", "geheim.jwt.2");
  clock->advance(50 * kMinute);
  EXPECT_EQ((*source->current())->access_key_id, "ASIA2");
  EXPECT_THAT(http->requests[1].body, HasSubstr("WebIdentityToken=geheim.jwt.2"));
}

TEST_F(CredentialsTest, AWebIdentityThatIsRefusedNeverShowsItsToken) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "geheim.jwt.1");
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/pod";
  http->answers.push_back(answer(400, query_error("InvalidIdentityToken", "cannot read geheim.jwt.1 at all")));
  expect_refused(ErrorCode::invalid_input,
                 "STS AssumeRoleWithWebIdentity, role arn:aws:iam::1:role/pod: InvalidIdentityToken");
  variables.erase("AWS_ROLE_ARN");
  expect_refused(ErrorCode::permission_denied, "but not AWS_ROLE_ARN");
  variables["AWS_ROLE_ARN"] = "arn:r";
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = (root / "gone").string();
  expect_refused(ErrorCode::not_found, "no such file");
}

TEST_F(CredentialsTest, AProfileMayHaveAWebIdentity) {
  const auto token = write("token", "geheim.jwt");
  write(".aws/config", "[default]\nrole_arn = arn:r\nweb_identity_token_file = " + token + "\n");
  http->answers.push_back(answer(200, sts_answer("AssumeRoleWithWebIdentity", "ASIA1", "2026-11-27T09:00:00Z")));
  EXPECT_EQ(found(), "ASIA1 @ profile default");
}

TEST_F(CredentialsTest, AnAnswerOfStsWithoutCredentialsIsCorrupt) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "geheim.jwt");
  variables["AWS_ROLE_ARN"] = "arn:r";
  for (const char* body : {"", "<a>", "<a/>", "{}"}) {
    http->answers.push_back(answer(200, body));
    expect_refused(ErrorCode::corrupt, "STS AssumeRoleWithWebIdentity");
  }
}

TEST_F(CredentialsTest, AContainerHandsOutThoseOfItsRole) {
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/geheim?id=1";
  http->answers.push_back(answer(500));
  http->answers.push_back(answer(200, credentials_json("ASIATASK", "2026-11-27T12:00:00Z")));
  EXPECT_EQ(found(), "ASIATASK @ the container");
  EXPECT_EQ(http->requests[0].url, "http://169.254.170.2/v2/credentials/geheim?id=1");
  EXPECT_EQ(pauses.size(), 1U);
}

TEST_F(CredentialsTest, AContainersTokenComesFromItsFileEachTime) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "geheim 0";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write("token", "geheim 1\n");
  http->answers.push_back(answer(200, credentials_json("ASIAPOD", "2026-11-27T12:00:00Z")));
  EXPECT_EQ(found(), "ASIAPOD @ the container");
  EXPECT_EQ(header(http->requests[0], "authorization"), "geheim 1");
  http->answers.push_back(answer(403, R"({"code":"AccessDenied","message":"not you, geheim 1"})"));
  const auto refused = credentials();
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("HTTP 403: AccessDenied: not you, ***"), Not(HasSubstr("geheim"))));
  write("token", "geheim\n1");
  expect_refused(ErrorCode::invalid_input, "line break");
}

TEST(ContainerAddresses, OnlyThoseThatStayOnTheMachineMayBePlainHttp) {
  const auto allowed = [](const char* url) { return may_hand_out_credentials(*parse_url(url)); };
  for (const char* url :
       {"https://example.com/a", "http://127.0.0.1:81", "http://127.3.2.1", "http://localhost", "http://[::1]/",
        "http://169.254.170.2", "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1"})
    EXPECT_TRUE(allowed(url)) << url;
  for (const char* url :
       {"http://example.com", "http://127.0.0.1.example.com", "http://127.0.0.", "http://127.1", "http://127.0.0.256",
        "http://127.0.0.0001", "http://169.254.170.20", "http://10.0.0.1", "http://localhost.example.com"})
    EXPECT_FALSE(allowed(url)) << url;
}

TEST_F(CredentialsTest, AContainerAddressElsewhereIsRefusedBeforeAnythingIsSent) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/x";
  expect_refused(ErrorCode::permission_denied, "use https");
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://user:geheim@127.0.0.1/x";
  expect_refused(ErrorCode::invalid_input, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@example.com/x";
  expect_refused(ErrorCode::invalid_input, "begins with /");
  EXPECT_TRUE(http->requests.empty());
}

struct InstanceTest : CredentialsTest {
  InstanceTest() {
    variables.erase("AWS_EC2_METADATA_DISABLED");
    http->handler = [this](const ports::HttpRequest& request) -> Result<ports::HttpResponse> {
      EXPECT_LE(request.timeout, std::chrono::seconds(1));
      if (request.method == "PUT") return token;
      EXPECT_EQ(header(request, "x-aws-ec2-metadata-token"), "geheim-session");
      if (request.url.ends_with("/iam/security-credentials/")) return roles;
      if (request.url.ends_with("/iam/security-credentials/shop-role")) return keys;
      if (request.url.ends_with("/placement/region")) return answer(200, "eu-north-1");
      return answer(404);
    };
  }
  Result<ports::HttpResponse> token = answer(200, "geheim-session");
  Result<ports::HttpResponse> roles = answer(200, "shop-role");
  Result<ports::HttpResponse> keys = answer(200, credentials_json("ASIAEC2", "2026-11-27T14:00:00Z"));
};

TEST_F(InstanceTest, AnInstanceHandsOutThoseOfItsRoleAgainstASessionToken) {
  EXPECT_EQ(found(), "ASIAEC2 @ the instance's role shop-role");
  EXPECT_EQ(http->requests[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(header(http->requests[0], "x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338/";
  http->requests.clear();
  found();
  EXPECT_THAT(http->requests[0].url, StartsWith("http://127.0.0.1:1338/latest"));
}

TEST_F(InstanceTest, NoServiceNoRoleOrSwitchedOffIsNoCredentialsButAFaultIsAnError) {
  token = fail(ErrorCode::unavailable, "no route");
  EXPECT_THAT(found(), HasSubstr("none found"));
  EXPECT_EQ(http->requests.size(), 1U);  // 1 s, not three
  token = answer(403);
  EXPECT_THAT(found(), HasSubstr("none found"));
  token = answer(500);
  expect_refused(ErrorCode::unavailable, "metadata service answers HTTP 500");
  token = answer(200, "geheim\nsession");
  expect_refused(ErrorCode::corrupt, "session token");
  token = answer(200, "geheim-session");
  roles = answer(404);
  EXPECT_THAT(found(), HasSubstr("none found"));
  roles = answer(200, "shop-role");
  keys = answer(200, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"})");
  expect_refused(ErrorCode::permission_denied, "AssumeRoleUnauthorizedAccess: EC2 cannot assume the role");
  keys = answer(200, R"({"AccessKeyId":"geheim"})");
  expect_refused(ErrorCode::corrupt, "expected AccessKeyId and SecretAccessKey");
  variables["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  http->requests.clear();
  EXPECT_THAT(found(), HasSubstr("none found"));
  EXPECT_TRUE(http->requests.empty());
}

TEST_F(InstanceTest, TheRegionIsTheInstancesOnlyWhereNothingElseSaysIt) {
  auto made = options();
  made.region.reset();
  EXPECT_EQ((*make_aws_client(made))->region(), "eu-north-1");
  write(".aws/config", "[default]\nregion = eu-west-3\n");
  EXPECT_EQ((*make_aws_client(made))->region(), "eu-west-3");
  variables["AWS_DEFAULT_REGION"] = "eu-west-2";
  made.environment = fixed_environment(variables);
  EXPECT_EQ((*make_aws_client(made))->region(), "eu-west-2");
  variables["AWS_REGION"] = "eu-west-1";
  made.environment = fixed_environment(variables);
  EXPECT_EQ((*make_aws_client(made))->region(), "eu-west-1");
  made.region = "us-east-2";
  EXPECT_EQ((*make_aws_client(made))->region(), "us-east-2");
}

}  // namespace
}  // namespace almanac::adapters::aws
