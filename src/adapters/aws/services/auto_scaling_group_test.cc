#include "adapters/aws/services/auto_scaling_group.h"

#include "adapters/aws/client/clock_skew.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/fake_aws_client.h"
#include "adapters/aws/services/auto_scaling_api.h"
#include "adapters/aws/services/fake_auto_scaling.h"
#include "ports/scaling_group_contract.h"

namespace almanac::adapters::aws {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Kind = ports::Blocker::Kind;

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

class AutoScalingGroupTest : public testing::Test {
 protected:
  std::shared_ptr<FakeAutoScaling> cloud = std::make_shared<FakeAutoScaling>(kNoon);
  AutoScalingGroup group{cloud, "shop"};

  bool is_refreshing() { return find_blocker(*group.describe(), Kind::being_replaced) != nullptr; }
  void deny(const char* operation) {
    cloud->failures[operation] = {ErrorCode::permission_denied, fmt::format("autoscaling {}: AccessDenied", operation)};
  }
  // A launch that took `taken` and ended at `end`, or failed then.
  void activity(const char* id, Timestamp end, Duration taken, const char* status = "Successful",
                const char* message = "", const char* description = "Launching a new EC2 instance: i-0") {
    cloud->activities.push_back(
        fmt::format("<member><ActivityId>{}</ActivityId><Description>{}</Description><StartTime>{}</StartTime>"
                    "<EndTime>{}</EndTime><StatusCode>{}</StatusCode><StatusMessage>{}</StatusMessage></member>",
                    id, description, format_timestamp(end - taken), format_timestamp(end), status, message));
  }
};

TEST_F(AutoScalingGroupTest, KeepsTheContractOfAScalingGroup) {
  ports::expect_scaling_group_contract({group, [&] { return cloud->now; }, [&] { cloud->advance(Duration{300}); }});
}

TEST_F(AutoScalingGroupTest, KeepsTheContractWhereAnInstanceCountsForSeveralUnits) {
  cloud->weight = 4;
  cloud->max = 22;  // six instances stand two units above it
  cloud->instances = {{Timestamp{}, "InService", 4}};
  ports::expect_scaling_group_contract({group, [&] { return cloud->now; }, [&] { cloud->advance(Duration{300}); }});
}

TEST_F(AutoScalingGroupTest, TheUnitOfTheGroupIsTheUnitOfItsState) {
  cloud->weight = 4;
  cloud->max = 40;
  cloud->desired = 16;
  cloud->instances.assign(4, {Timestamp{}, "InService", 4});
  const auto state = group.describe();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->unit, CapacityUnit::units);
  EXPECT_EQ(state->desired, 16);
  EXPECT_EQ(state->in_service, 16);
  EXPECT_EQ(state->instances, 4);
  EXPECT_EQ(state->largest_weight, 4);
  EXPECT_EQ(state->unit_problem, "");
  const int calls = cloud->calls;
  EXPECT_EQ(group.weights()->each, 4);
  EXPECT_TRUE(group.weights()->weighted);
  EXPECT_EQ(cloud->calls, calls) << "what was described is known";
}

TEST_F(AutoScalingGroupTest, WeightsAreAskedForOnceAndAnErrorIsNotRemembered) {
  deny("DescribeAutoScalingGroups");
  EXPECT_EQ(group.weights().error().code, ErrorCode::permission_denied);
  cloud->failures.clear();
  EXPECT_FALSE(group.weights()->weighted);
  EXPECT_EQ(group.weights()->each, 1);
  EXPECT_EQ(cloud->calls, 2);
}

TEST_F(AutoScalingGroupTest, DescribesWhatTheGroupIsInTheMiddleOf) {
  cloud->min = 2;
  cloud->desired = 4;
  cloud->instances = {{{}, "InService"},       {{}, "InService"},        {kNoon, "Pending"},
                      {kNoon, "Pending:Wait"}, {{}, "Standby"},          {{}, "EnteringStandby"},
                      {{}, "Terminating"},     {{}, "Terminating:Wait"}, {{}, "Warmed:Stopped"}};
  cloud->desired = 3;  // what the fake counts: two in service, one pending
  cloud->suspended = {"Launch", "AZRebalance"};
  cloud->refreshes = {"Successful", "InProgress"};
  const auto state = group.describe();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->min, 2);
  EXPECT_EQ(state->max, 10);
  EXPECT_EQ(state->desired, 3);
  EXPECT_EQ(state->in_service, 2);
  EXPECT_EQ(state->pending, 2);
  EXPECT_EQ(state->standby, 2);
  const std::string resume = "resume it when whoever suspended it is done (aws autoscaling resume-processes)";
  EXPECT_THAT(state->blockers,
              ElementsAre(ports::Blocker{Kind::cannot_launch, "the process Launch is suspended", resume},
                          ports::Blocker{Kind::other, "the process AZRebalance is suspended", resume},
                          ports::Blocker{Kind::being_replaced, "an instance refresh is running", ""}));
  ports::expect_sound_state(*state);
  EXPECT_THAT(state->notices, IsEmpty());
  cloud->refreshes = {"Successful", "Cancelled"};
  EXPECT_FALSE(is_refreshing());
}

TEST_F(AutoScalingGroupTest, EveryProcessIsOfTheKindThatItStops) {
  cloud->suspended = {"Launch",      "Terminate",        "ScheduledActions", "AlarmNotification",
                      "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"};
  std::vector<Kind> kinds;
  const auto state = group.describe();
  ASSERT_TRUE(state) << state.error().message;
  for (const auto& blocker : state->blockers) kinds.push_back(blocker.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::cannot_launch, Kind::cannot_terminate, Kind::floor_stands_still,
                                 Kind::others_stand_still, Kind::other, Kind::other, Kind::other));
}

TEST_F(AutoScalingGroupTest, AnUnknownGroupSaysWhereItLooked) {
  AutoScalingGroup other(cloud, "shopp");
  const auto state = other.describe();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::not_found);
  EXPECT_THAT(state.error().message, HasSubstr("no Auto Scaling group \"shopp\" in region eu-central-1"));
}

TEST_F(AutoScalingGroupTest, LimitsAreCheckedBeforeAnythingIsSent) {
  for (const int wrong : {0, 11}) {
    const auto refused = group.set_desired(wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(refused.error().message, HasSubstr("outside of the minimum 1 and maximum 10"));
  }
  EXPECT_EQ(group.raise_minimum(11, kNoon, kNoon + kHour).error().code, ErrorCode::invalid_input);
  EXPECT_THAT(cloud->writes, IsEmpty());
}

// What may be denied costs what it tells; what must be allowed is an error that names the action.
TEST_F(AutoScalingGroupTest, EachActionThatIsDenied) {
  deny("DescribeInstanceRefreshes");
  deny("DescribeScheduledActions");
  const auto state = group.describe();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_FALSE(is_refreshing());
  EXPECT_THAT(state->notices, ElementsAre(HasSubstr("minimum is raised is not known: autoscaling DescribeScheduled"),
                                          HasSubstr("refresh is running is not known: autoscaling DescribeInstance")));
  deny("DescribeScalingActivities");
  EXPECT_EQ(group.launches(kNoon).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(group.launch_failures(kNoon).error().code, ErrorCode::permission_denied);
  deny("SetDesiredCapacity");
  EXPECT_THAT(group.set_desired(5).error().message, HasSubstr("SetDesiredCapacity"));
  // Without knowing the owner's minimum nothing is raised.
  EXPECT_THAT(group.raise_minimum(5, kNoon, kNoon + kHour).error().message, HasSubstr("DescribeScheduledActions"));
  cloud->failures.erase("DescribeScheduledActions");
  deny("PutScheduledUpdateGroupAction");
  EXPECT_EQ(group.raise_minimum(5, kNoon, kNoon + kHour).error().code, ErrorCode::permission_denied);
  EXPECT_THAT(cloud->writes, IsEmpty());
  deny("DescribeAutoScalingGroups");
  EXPECT_EQ(group.describe().error().code, ErrorCode::permission_denied);
}

TEST_F(AutoScalingGroupTest, ARefreshThatCannotBeReadForAMomentGoesOn) {
  cloud->refreshes = {"InProgress"};
  ASSERT_TRUE(is_refreshing());
  cloud->failures["DescribeInstanceRefreshes"] = {ErrorCode::throttled, "Rate exceeded"};
  EXPECT_TRUE(is_refreshing());
}

TEST_F(AutoScalingGroupTest, ThrottlingKeepsItsCode) {
  cloud->failures["SetDesiredCapacity"] = {ErrorCode::throttled, "autoscaling SetDesiredCapacity: Throttling"};
  EXPECT_EQ(group.set_desired(5).error().code, ErrorCode::throttled);
  cloud->failures.clear();
  EXPECT_TRUE(group.set_desired(5));
}

TEST(AutoScalingAnswers, ThatCannotBeReadAreCorruptNotNumbers) {
  const char* const head = "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>";
  const char* const tail = "</AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
  const std::string name = "<AutoScalingGroupName>shop</AutoScalingGroupName>";
  const std::vector<std::string> bodies{
      "",
      "not XML",
      "<html><body>503 by a proxy</body></html>",
      fmt::format("{}<member>{}</member>{}", head, name, tail),
      fmt::format("{}<member>{}<MinSize>x</MinSize><MaxSize>5</MaxSize></member>{}", head, name, tail),
      fmt::format("{}<member>{}<MinSize>1</MinSize><MaxSize>5</MaxSize></member>{}", head, name, tail),
      fmt::format("{}<member>{}<MinSize>-1</MinSize>", head, name),
  };
  for (const std::string& body : bodies) {
    auto client = std::make_shared<FakeAwsClient>();
    client->handler = [&](const AwsCall&) { return AwsAnswer{200, {}, body, {}}; };
    AutoScalingGroup group(client, "shop");
    const auto state = group.describe();
    ASSERT_FALSE(state) << body;
    EXPECT_EQ(state.error().code, ErrorCode::corrupt) << body;
    EXPECT_THAT(state.error().message, HasSubstr("autoscaling DescribeAutoScalingGroups of group \"shop\"")) << body;
    EXPECT_FALSE(group.set_desired(3));
  }
}

TEST_F(AutoScalingGroupTest, LaunchesAreMeasuredFromTheActivities) {
  activity("a", kNoon - 2 * kHour, Duration{100});
  activity("b", kNoon - kHour, Duration{200});
  activity("t", kNoon - kHour, Duration{60}, "Successful", "", "Terminating EC2 instance: i-1");
  activity("w", kNoon - kHour, Duration{60}, "Successful", "", "Launching a new EC2 instance into warm pool: i-2");
  activity("p", kNoon, Duration{60}, "WaitingForInstanceWarmup");
  const auto launches = group.launches(kNoon - kDay);
  ASSERT_TRUE(launches) << launches.error().message;
  ASSERT_THAT(*launches, SizeIs(2));
  EXPECT_EQ((*launches)[0].launched, kNoon - 2 * kHour - Duration{100});
  EXPECT_EQ((*launches)[0].in_service, kNoon - 2 * kHour);
  EXPECT_EQ((*launches)[1].in_service - (*launches)[1].launched, Duration{200});
  EXPECT_THAT(*group.launches(kNoon - Duration{90 * 60}), SizeIs(1));
}

TEST_F(AutoScalingGroupTest, ADefaultWarmUpIsTheLeastALaunchTakes) {
  cloud->warm_up = 180;
  activity("a", kNoon - 2 * kHour, Duration{100});
  activity("b", kNoon - kHour, Duration{200});
  const auto launches = group.launches(kNoon - kDay);
  EXPECT_EQ((*launches)[0].in_service - (*launches)[0].launched, Duration{180});
  EXPECT_EQ((*launches)[1].in_service - (*launches)[1].launched, Duration{200});
}

TEST_F(AutoScalingGroupTest, FailedLaunchesTellShortageFromMistakes) {
  const char* const shortage =
      "We currently do not have sufficient m7g.large capacity in the Availability Zone you requested (eu-central-1a).";
  activity("a", kNoon - kHour, Duration{1}, "Failed", shortage);
  activity("b", kNoon - kMinute, Duration{1}, "Failed",
           "MaxSpotInstanceCountExceeded: Max spot instance count exceeded");
  activity("c", kNoon, Duration{1}, "Failed", "The image id '[ami-0]' does not exist. Launching EC2 instance failed.");
  const auto failures = group.launch_failures(kNoon - 2 * kHour);
  ASSERT_TRUE(failures);
  ASSERT_THAT(*failures, SizeIs(3));
  EXPECT_TRUE((*failures)[0].no_capacity);
  EXPECT_EQ((*failures)[0].message, shortage);
  EXPECT_EQ((*failures)[0].advice, "add instance types or zones to the group");
  EXPECT_TRUE((*failures)[1].no_capacity);
  EXPECT_FALSE((*failures)[2].no_capacity);
  EXPECT_EQ((*failures)[2].advice, "mend the group's launch template");
  EXPECT_THAT(*group.launch_failures(kNoon - kMinute), SizeIs(2));
  EXPECT_THAT(*group.launches(kNoon - kDay), IsEmpty());
}

TEST_F(AutoScalingGroupTest, ActivitiesAreReadBackAsFarAsAskedAndThenOnlyWhatIsNew) {
  cloud->page = 4;
  for (int i = 0; i < 20; ++i) {
    activity(fmt::format("a{}", i).c_str(), kNoon - kDay + i * kHour, Duration{100});
  }
  // Ended 24 to 5 hours ago, one an hour: ten of them in the last 14 hours. Those that began more than 6 hours before
  // cannot have ended within; the first of them is the sixteenth, on the fourth page.
  (void)group.describe();
  cloud->calls = 0;
  EXPECT_THAT(*group.launches(kNoon - 14 * kHour), SizeIs(10));
  EXPECT_EQ(cloud->calls, 4);
  cloud->calls = 0;
  activity("new", kNoon, Duration{100});
  EXPECT_THAT(*group.launches(kNoon - 14 * kHour), SizeIs(11));
  EXPECT_EQ(cloud->calls, 2) << "one page with something new, one with nothing";
  cloud->calls = 0;
  EXPECT_THAT(*group.launch_failures(kNoon - kHour), IsEmpty());
  EXPECT_EQ(cloud->calls, 1);
}

TEST_F(AutoScalingGroupTest, AFloorsLifeOverItsTicks) {
  cloud->min = 2;
  cloud->desired = 2;
  cloud->advance(Duration{300});
  cloud->writes.clear();
  const Timestamp first = cloud->now;  // 12:05
  const auto tick = [&](int minimum) {
    ASSERT_TRUE(group.raise_minimum(minimum, cloud->now, cloud->now + Duration{600}));
    cloud->advance(Duration{300});
  };
  tick(6);
  EXPECT_THAT(cloud->writes, ElementsAre("almanac-floor-end 12:45:00 2", "almanac-floor-begin 12:06:00 6"));
  EXPECT_EQ(cloud->min, 6);
  EXPECT_EQ(cloud->desired, 6);
  EXPECT_EQ(group.describe()->min, 2);
  EXPECT_EQ(group.describe()->raised_minimum, 6);
  // The same floor costs a write only when less than 15 of its 30 minutes are left: 12:25 + 10 + 15 > 12:45.
  cloud->writes.clear();
  for (int i = 0; i < 3; ++i) tick(6);
  EXPECT_THAT(cloud->writes, IsEmpty());
  tick(6);
  EXPECT_THAT(cloud->writes, ElementsAre("almanac-floor-end 13:05:00 2"));
  // Lower, but still above the owner's; target tracking may then scale in as far as that.
  cloud->writes.clear();
  tick(4);
  EXPECT_THAT(cloud->writes, ElementsAre("almanac-floor-begin 12:31:00 4"));
  EXPECT_EQ(cloud->min, 4);
  // We die here. The owner's minimum comes back.
  cloud->advance(kHour);
  EXPECT_EQ(cloud->min, 2);
  EXPECT_THAT(cloud->actions, IsEmpty());
  EXPECT_EQ(group.describe()->raised_minimum, std::nullopt);
  EXPECT_LT(first, cloud->now);
}

TEST_F(AutoScalingGroupTest, ADeathBetweenTheTwoWritesRaisesNothingAndForgetsNothing) {
  cloud->min = 3;
  cloud->failures["PutScheduledUpdateGroupAction"] = {ErrorCode::unavailable, "503"};
  cloud->before = [&](const std::string& operation) {
    if (operation != "PutScheduledUpdateGroupAction" || cloud->actions.empty()) {
      cloud->failures.erase("PutScheduledUpdateGroupAction");
    } else {
      cloud->failures["PutScheduledUpdateGroupAction"] = {ErrorCode::unavailable, "503"};
    }
  };
  ASSERT_FALSE(group.raise_minimum(6, cloud->now, cloud->now + Duration{600}));
  EXPECT_THAT(cloud->actions, ElementsAre(testing::Key("almanac-floor-end")));
  EXPECT_EQ(group.describe()->min, 3);
  EXPECT_EQ(group.describe()->raised_minimum, std::nullopt);
  cloud->before = nullptr;
  cloud->failures.clear();
  AutoScalingGroup next(cloud, "shop");
  ASSERT_TRUE(next.raise_minimum(6, cloud->now, cloud->now + Duration{600}));
  cloud->advance(Duration{120});
  EXPECT_EQ(cloud->min, 6);
}

TEST_F(AutoScalingGroupTest, AnOwnerWhoLowersTheMinimumMeanwhileKeepsIt) {
  cloud->min = 3;
  ASSERT_TRUE(group.raise_minimum(6, cloud->now, cloud->now + Duration{600}));
  cloud->advance(Duration{300});
  cloud->min = 1;
  ASSERT_TRUE(group.raise_minimum(6, cloud->now, cloud->now + Duration{600}));
  cloud->advance(kHour);
  EXPECT_EQ(cloud->min, 1);
}

TEST_F(AutoScalingGroupTest, TheServicesClockSaysWhatIsInTheFuture) {
  const Timestamp ours = cloud->now - Duration{240};  // four minutes slow: a start by our clock would be refused
  ASSERT_TRUE(group.raise_minimum(6, ours, ours + Duration{600}));
  cloud->advance(Duration{120});
  EXPECT_EQ(cloud->min, 6);
}

TEST_F(AutoScalingGroupTest, AStartTimeThatSomebodyElseTookMovesByAMinute) {
  cloud->actions["nightly"] = {kNoon + kMinute, 1};
  ASSERT_TRUE(group.raise_minimum(6, kNoon, kNoon + Duration{600}));
  EXPECT_EQ(cloud->actions.at("almanac-floor-begin").start, kNoon + 2 * kMinute);
}

TEST_F(AutoScalingGroupTest, ABeginThatFiresWhileItIsDeletedIsUndoneByTheEnd) {
  ASSERT_TRUE(group.raise_minimum(6, cloud->now, cloud->now + Duration{600}));
  cloud->before = [&](const std::string& operation) {
    if (operation == "DeleteScheduledAction") cloud->now += 2 * kMinute;  // it fires now
  };
  ASSERT_FALSE(group.raise_minimum(1, cloud->now, cloud->now)) << "the end lies in the past by now: refused, not lost";
  cloud->before = nullptr;
  EXPECT_EQ(cloud->min, 6);
  ASSERT_TRUE(group.raise_minimum(1, cloud->now, cloud->now));
  cloud->advance(Duration{120});
  EXPECT_EQ(cloud->min, 1);
}

TEST(HttpDate, IsReadOrNothing) {
  EXPECT_EQ(parse_http_date("Fri, 27 Nov 2026 12:00:00 GMT"), kNoon);
  for (const char* wrong : {"", "Fri, 27 Nov 2026 12:00:00 CET", "Friday, 27-Nov-26 12:00:00 GMT",
                            "Fri, 27 Nop 2026 12:00:00 GMT", "Fri, xx Nov 2026 12:00:00 GMT"}) {
    EXPECT_EQ(parse_http_date(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace almanac::adapters::aws
