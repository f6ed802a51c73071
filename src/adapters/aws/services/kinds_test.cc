#include "adapters/aws/services/kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/connections.h"
#include "adapters/aws/services/auto_scaling_group.h"
#include "adapters/aws/services/group_address.h"
#include "kinds/test_surroundings.h"
#include "settings/yaml.h"

namespace almanac::adapters::aws {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Timestamp kNoon = parse_timestamp("2026-11-24T12:00:00Z").value();

settings::Values read(const kinds::Kind& kind, const std::string& text) {
  settings::Mistakes mistakes("group.yaml");
  settings::Values values = settings::read_yaml(text, kind.keys(), "", mistakes);
  EXPECT_TRUE(mistakes.none()) << mistakes.text();
  return values;
}

// A transport that nothing may be sent by.
class NoNetwork final : public ports::HttpTransport {
 public:
  Result<ports::HttpResponse> send(const ports::HttpRequest&) override {
    ADD_FAILURE() << "making a kind asks nobody";
    return fail(ErrorCode::unavailable, "no network");
  }
};

struct Place : kinds::TestSurroundings {
  explicit Place(const std::string& target)
      : TestSurroundings(auto_scaling_kind(), read(auto_scaling_kind(), target), kNoon) {
    session.put(std::make_shared<Connections>(AwsSettings{.region = "eu-west-1"}, clock,
                                              [] { return std::make_shared<NoNetwork>(); }));
  }
};

TEST(AwsKinds, ATargetWithoutANameIsCalledLikeTheGroup) {
  EXPECT_EQ(target_address(Place("{}").around), (GroupAddress{"shop", std::nullopt}));
  EXPECT_EQ(target_address(Place("{name: shop-asg, region: us-east-1}").around),
            (GroupAddress{"shop-asg", "us-east-1"}));
}

TEST(AwsKinds, AreMadeWithoutAskingAnybody) {
  Place place("{name: shop-asg}");
  EXPECT_TRUE(auto_scaling_kind().make(place.target_values, place.around));
  const auto metrics = cloudwatch_kind().make(read(cloudwatch_kind(), "{}"), place.around);
  ASSERT_TRUE(metrics) << metrics.error().message;
  EXPECT_EQ(metrics->history, 63 * kDay);
}

// What an instance counts for is known once the target was described: CloudWatch shares that object.
TEST(AwsKinds, TheMetricsOfTheTargetShareItsObject) {
  Place place("{name: shop-asg}");
  const auto group = auto_scaling_kind().make(place.target_values, place.around);
  EXPECT_EQ(place.around.beside->find<AutoScalingGroup>(), *group);
}

TEST(AwsKinds, RequestsAreKnownWhereSomethingCountsThem) {
  EXPECT_THAT(cloudwatch_kind().columns(read(cloudwatch_kind(), "{}")),
              ElementsAre("cpu_utilization", "network_in", "in_service_instances"));
  EXPECT_EQ(cloudwatch_kind().columns(read(cloudwatch_kind(), "{load_balancer: app/shop/1}")), kinds::all_columns());
  EXPECT_EQ(cloudwatch_kind().columns(read(cloudwatch_kind(), "{metric: {namespace: Shop, name: Orders}}")),
            kinds::all_columns());
}

TEST(AwsKinds, AnArnIsTakenForItsName) {
  const auto values = read(cloudwatch_kind(),
                           "{load_balancer: 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/50dc', "
                           "target_group: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/73e2'}");
  EXPECT_EQ(values.get<std::string>("load_balancer"), "app/shop/50dc");
  EXPECT_EQ(values.get<std::string>("target_group"), "targetgroup/shop/73e2");
}

TEST(AwsKinds, AMetricAndALoadBalancerAreTwoOfOne) {
  settings::Mistakes mistakes("group.yaml");
  cloudwatch_kind().check(read(cloudwatch_kind(), "{load_balancer: app/shop/1, metric: {namespace: a, name: b}}"),
                          mistakes);
  EXPECT_THAT(mistakes.text(), HasSubstr("expected either a metric or a load balancer"));
}

TEST(AwsKinds, TheAdviceNamesTheGroupThatIsRead) {
  Place place("{name: shop-asg}");
  const auto advice = [&](const std::string& text) {
    return cloudwatch_kind().advice(read(cloudwatch_kind(), text), place.around).at("in_service_instances");
  };
  EXPECT_THAT(advice("{}"), HasSubstr("'shop-asg'"));
  EXPECT_THAT(advice("{auto_scaling_group: other}"), HasSubstr("'other'"));
}

}  // namespace
}  // namespace almanac::adapters::aws
