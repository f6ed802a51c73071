#include "adapters/aws/client/uri.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "adapters/aws/client/query_protocol.h"

namespace almanac::adapters::aws {
namespace {

RC_GTEST_PROP(Uri, ANormalPathStaysAsItIs, (const std::vector<std::string>& segments)) {
  std::string path;
  for (const auto& segment : segments) path += '/' + segment;
  const auto normal = normalise_path(path);
  RC_ASSERT(normal.starts_with('/'));
  RC_ASSERT(normalise_path(normal) == normal);
  RC_ASSERT(("/" + normal + "/").find("/../") == std::string::npos);
}

TEST(Uri, ReadsTheUrlsOfEndpointsAndRefusesOthersWithoutQuotingThem) {
  const auto url = parse_url("HTTP://LocalHost:5000/base");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->scheme + "|" + url->host + "|" + url->port + "|" + url->path, "http|localhost|5000|/base");
  EXPECT_EQ(parse_url("http://[fd00:ec2::254]:80")->authority(), "[fd00:ec2::254]:80");
  EXPECT_EQ(parse_url("https://a")->path, "");
  for (const char* bad :
       {"", "a", "ftp://a", "http://", "http://user:geheim@a", "http://a?geheim", "http://a#x", "http://a b",
        "http://a:", "http://a:x", "http://a:123456", "http://[::1", "http://a\n", "http://a\\b"}) {
    const auto refused = parse_url(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_EQ(refused.error().message.find("geheim"), std::string::npos);
  }
}

TEST(QueryParameters, BecomeAFormWithListsCountedFromOne) {
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", "shop & co").add("HonorCooldown", false).add("DesiredCapacity", 7);
  parameters.add_list("Names", {"a", "b"}).add_list("None", {});
  const auto call = query_call("autoscaling", "SetDesiredCapacity", "2011-01-01", "group shop", parameters);
  EXPECT_EQ(call.body,
            "Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=shop+%26+co&HonorCooldown=false&"
            "DesiredCapacity=7&Names.member.1=a&Names.member.2=b");
  EXPECT_EQ(call.method, "POST");
}

}  // namespace
}  // namespace almanac::adapters::aws
