#include "adapters/aws/client/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/testing.h"

namespace almanac::adapters::aws {
namespace {

using ::testing::HasSubstr;

std::string host(std::string_view service, std::string_view region, bool fips = false, bool dual_stack = false) {
  AwsConfiguration configuration;
  configuration.environment = fixed_environment(
      {{"AWS_USE_FIPS_ENDPOINT", fips ? "true" : "false"}, {"AWS_USE_DUALSTACK_ENDPOINT", dual_stack ? "TRUE" : ""}});
  const auto endpoint = resolve_endpoint(configuration, std::nullopt, service, region);
  return endpoint ? endpoint->url.scheme + "://" + endpoint->url.host : endpoint.error().message;
}

// The hosts that the endpoint rules of the AWS SDKs give (botocore 1.44.5).
TEST(Endpoint, FollowsThePartitionOfTheRegion) {
  EXPECT_EQ(host("autoscaling", "eu-central-1"), "https://autoscaling.eu-central-1.amazonaws.com");
  EXPECT_EQ(host("sts", "us-east-1"), "https://sts.us-east-1.amazonaws.com");
  EXPECT_EQ(host("s3", "us-east-1"), "https://s3.us-east-1.amazonaws.com");
  EXPECT_EQ(host("monitoring", "cn-north-1"), "https://monitoring.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(host("monitoring", "us-gov-west-1"), "https://monitoring.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(host("sns", "us-iso-east-1"), "https://sns.us-iso-east-1.c2s.ic.gov");
  EXPECT_EQ(host("sns", "us-isob-east-1"), "https://sns.us-isob-east-1.sc2s.sgov.gov");
  EXPECT_EQ(host("sns", "eu-isoe-west-1"), "https://sns.eu-isoe-west-1.cloud.adc-e.uk");
  EXPECT_EQ(host("sns", "us-isof-south-1"), "https://sns.us-isof-south-1.csp.hci.ic.gov");
  EXPECT_EQ(host("sts", "eusc-de-east-1"), "https://sts.eusc-de-east-1.amazonaws.eu");
  EXPECT_EQ(partition_of("us-gov-east-1"), "aws-us-gov");
  EXPECT_EQ(partition_of("mx-central-1"), "aws");
}

TEST(Endpoint, HasFipsAndDualStackForms) {
  EXPECT_EQ(host("s3", "eu-central-1", false, true), "https://s3.dualstack.eu-central-1.amazonaws.com");
  EXPECT_EQ(host("s3", "us-east-1", true, true), "https://s3-fips.dualstack.us-east-1.amazonaws.com");
  EXPECT_EQ(host("s3", "us-gov-west-1", true), "https://s3-fips.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(host("sns", "us-east-1", true), "https://sns-fips.us-east-1.amazonaws.com");
  EXPECT_EQ(host("sns", "us-east-1", false, true), "https://sns.us-east-1.api.aws");
  EXPECT_EQ(host("sts", "us-gov-west-1", true), "https://sts.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(host("sts", "us-gov-west-1", true, true), "https://sts-fips.us-gov-west-1.api.aws");
  EXPECT_EQ(host("monitoring", "us-gov-west-1", true, true), "https://monitoring.us-gov-west-1.api.aws");
  EXPECT_EQ(host("autoscaling", "cn-north-1", true, true),
            "https://autoscaling-fips.cn-north-1.api.amazonwebservices.com.cn");
  EXPECT_THAT(host("s3", "cn-north-1", true), HasSubstr("no FIPS"));
}

TEST(Endpoint, RefusesARegionThatWouldLeadElsewhere) {
  for (const char* region : {"", "eu-central-1.example.com", "eu/central", "EU-WEST-1", "a@b", "-x"})
    EXPECT_THAT(host("sts", region), HasSubstr("expected one such as eu-central-1")) << region;
}

TEST(Endpoint, TheMoreSpecialSettingWins) {
  AwsConfiguration configuration;
  std::map<std::string, std::string, std::less<>> variables;
  const auto chosen = [&](std::string_view service, std::optional<std::string> option = {}) {
    configuration.environment = fixed_environment(variables);
    const auto endpoint = resolve_endpoint(configuration, option, service, "eu-west-1");
    EXPECT_TRUE(!endpoint || endpoint->custom == !endpoint->url.host.ends_with("amazonaws.com"));
    return endpoint ? endpoint->url.host : endpoint.error().message;
  };
  auto& profile = configuration.files.profiles["default"];
  EXPECT_EQ(chosen("monitoring"), "monitoring.eu-west-1.amazonaws.com");
  profile["endpoint_url"] = "http://profile";
  EXPECT_EQ(chosen("monitoring"), "profile");
  profile["services"] = "local";
  configuration.files.services["local"]["cloudwatch.endpoint_url"] = "http://services";
  EXPECT_EQ(chosen("monitoring"), "services");
  EXPECT_EQ(chosen("s3"), "profile");
  variables["AWS_ENDPOINT_URL"] = "http://all";
  EXPECT_EQ(chosen("monitoring"), "all");
  variables["AWS_ENDPOINT_URL_CLOUDWATCH"] = "http://one";
  variables["AWS_ENDPOINT_URL_AUTO_SCALING"] = "http://groups";
  EXPECT_EQ(chosen("monitoring"), "one");
  EXPECT_EQ(chosen("autoscaling"), "groups");
  EXPECT_EQ(chosen("s3"), "all");
  EXPECT_EQ(chosen("s3", "http://option"), "option");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(chosen("monitoring"), "monitoring.eu-west-1.amazonaws.com");
  variables = {{"AWS_ENDPOINT_URL_S3", "nonsense"}};
  EXPECT_THAT(chosen("s3"), HasSubstr("AWS_ENDPOINT_URL_S3: expected a URL"));
}

}  // namespace
}  // namespace almanac::adapters::aws
