#include "adapters/aws/services/account_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "adapters/aws/client/clock_skew.h"
#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/client/text.h"
#include "adapters/aws/client/xml.h"
#include "adapters/aws/services/auto_scaling_api.h"

namespace almanac::adapters::aws {
namespace {

using Verdict = Finding::Verdict;

// Signatures are refused from 5 minutes on (15 for S3); the client corrects that, but ticks would be taken at the wrong
// time and rows would be missed.
constexpr Duration kClockTolerated{30};
constexpr Duration kClockWrong{240};

Findings check_clock(const AwsAnswer& answer, const ports::Clock& clock) {
  for (const auto& [name, value] : answer.headers) {
    if (name != "date") continue;
    const auto theirs = parse_http_date(value);
    if (!theirs) break;
    const Duration ahead = clock.now() - *theirs;
    const Duration off = ahead < Duration{0} ? -ahead : ahead;
    if (off <= kClockTolerated) {
      return {
          {"clock", Verdict::good, fmt::format("within {} of AWS", format_duration(std::max(off, Duration{1}))), ""}};
    }
    return {{"clock", off > kClockWrong ? Verdict::mend : Verdict::note,
             fmt::format("{} {} AWS", format_duration(off), ahead < Duration{0} ? "behind" : "ahead of"),
             "let a time service set the clock (timedatectl set-ntp true)"}};
  }
  return {{"clock", Verdict::not_checked, "the answer of AWS has no date", ""}};
}

Result<XmlElement> query(AwsClient& client, const char* service, const char* operation, const char* version,
                         const std::string& resource, const QueryParameters& parameters) {
  const auto answer = client.call(query_call(service, operation, version, resource, parameters));
  if (!answer) return tl::unexpected(answer.error());
  auto root = parse_xml(answer->body);
  if (!root) return tl::unexpected(with_context(root.error(), fmt::format("{} {}", service, operation)));
  return root;
}

// A call that is tried for real: allowed, or what came instead.
Finding tried(const std::string& action, const Result<void>& result, bool needed, const std::string& without) {
  if (result) return {"permissions", Verdict::good, action + ": allowed", ""};
  const Error& error = result.error();
  // Only a refusal says something of permissions: a server's fault, no answer, or too many calls say nothing.
  const bool refused = error.code == ErrorCode::permission_denied;
  if (is_retryable(error.code) || (!refused && !needed)) {
    return {"permissions", Verdict::not_checked, action + ": could not be checked: " + error.message,
            "run `almanac doctor` again"};
  }
  if (!needed) return {"permissions", Verdict::note, error.message, without};
  return {"permissions", Verdict::mend, error.message, ""};
}

Result<AutoScalingAnswer> describe(AwsClient& client, const std::string& group) {
  QueryParameters by_name;
  by_name.add_list("AutoScalingGroupNames", {group});
  return call_auto_scaling(client, group, "DescribeAutoScalingGroups", by_name);
}

Result<void> only_success(const Result<AutoScalingAnswer>& answer) {
  return answer ? Result<void>() : Result<void>(tl::unexpected(answer.error()));
}

Findings as_not_checked(const std::vector<Permission>& wanted, const Error& error) {
  std::string actions;
  for (const Permission& one : wanted) actions += (actions.empty() ? "" : ", ") + one.action;
  const bool denied = error.code == ErrorCode::permission_denied;
  return {{"permissions", Verdict::not_checked,
           fmt::format("{}: {}", actions,
                       denied ? "only iam:SimulatePrincipalPolicy could tell, and it is not allowed" : error.message),
           "allow iam:SimulatePrincipalPolicy to who runs this, or try with --try-writes"}};
}

}  // namespace

CallerCheck check_caller(AwsClient& client, const ports::Clock& clock) {
  CallerCheck check;
  const auto answer = client.call(query_call("sts", "GetCallerIdentity", "2011-06-15", "the credentials", {}));
  if (!answer) {
    check.findings.push_back({"credentials", Verdict::mend, answer.error().message, ""});
    return check;
  }
  const auto root = parse_xml(answer->body);
  if (root) check.identity = std::string(root->text_at("GetCallerIdentityResult/Arn"));
  if (check.identity.empty()) {
    check.findings.push_back({"credentials", Verdict::mend, "STS GetCallerIdentity: the answer names nobody",
                              "is the endpoint that of AWS, or something between?"});
    return check;
  }
  check.findings.push_back({"credentials", Verdict::good, for_message(check.identity, 300), ""});
  for (Finding& finding : check_clock(*answer, clock)) check.findings.push_back(std::move(finding));
  return check;
}

Findings check_bucket(AwsClient& client, const std::string& bucket) {
  AwsCall call;
  call.service = "s3";
  call.operation = "GetBucketVersioning";
  call.resource = "s3://" + bucket;
  call.method = "GET";
  call.host_prefix = bucket + ".";
  call.query = {{"versioning", ""}};
  const auto answer = client.call(call);
  if (!answer) {
    const Error& error = answer.error();
    const bool denied = error.code == ErrorCode::permission_denied;
    if (!denied && !is_retryable(error.code)) return {{"bucket", Verdict::mend, error.message, ""}};
    return {{"bucket", Verdict::not_checked,
             denied ? "whether old versions are kept: s3:GetBucketVersioning is not allowed"
                    : "whether old versions are kept could not be checked: " + error.message,
             denied ? "" : "run `almanac doctor` again"}};
  }
  const auto root = parse_xml(answer->body);
  if (root && root->text_at("Status") == "Enabled") {
    return {{"bucket", Verdict::good, fmt::format("s3://{} keeps old versions", bucket), ""}};
  }
  return {
      {"bucket", Verdict::note, fmt::format("s3://{} keeps no old versions: a mistake cannot be undone", bucket),
       fmt::format("aws s3api put-bucket-versioning --bucket {} --versioning-configuration Status=Enabled", bucket)}};
}

GroupCheck check_reading(AwsClient& client, const std::string& group, bool scheduled_actions_needed) {
  GroupCheck check;
  const auto described = describe(client, group);
  check.findings.push_back(tried("autoscaling:DescribeAutoScalingGroups", only_success(described), true, ""));
  if (described) {
    for (const XmlElement* item : described->result.list("AutoScalingGroups"))
      check.arn = std::string(item->text_at("AutoScalingGroupARN"));
  }
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", group);
  const auto call = [&](const char* operation) {
    return only_success(call_auto_scaling(client, group, operation, parameters));
  };
  if (described && check.arn.empty()) return check;  // no such group: the calls below would all say so again
  check.findings.push_back(tried("autoscaling:DescribeScalingActivities", call("DescribeScalingActivities"), true, ""));
  check.findings.push_back(tried("autoscaling:DescribeInstanceRefreshes", call("DescribeInstanceRefreshes"), false,
                                 "allow it, or decisions do not know when instances are being replaced"));
  check.findings.push_back(tried("autoscaling:DescribeScheduledActions", call("DescribeScheduledActions"),
                                 scheduled_actions_needed,
                                 "allow it, or a raised minimum is taken for the group's own"));
  return check;
}

Findings check_detail(AwsClient& client, const std::string& group, Timestamp now) {
  int instances = 0;
  if (const auto described = describe(client, group)) {
    const auto items = described->result.list("AutoScalingGroups");
    if (items.empty()) return {};  // the target says so
    instances = static_cast<int>(items.front()->list("Instances").size());
  }
  // How many CPU values an instance sends in five minutes: five with detailed monitoring, one without.
  const Timestamp end = floor_to(now, Duration{300}) - Duration{300};
  QueryParameters parameters;
  const std::string q = "MetricDataQueries.member.1.";
  parameters.add(q + "Id", "samples")
      .add(q + "MetricStat.Metric.Namespace", "AWS/EC2")
      .add(q + "MetricStat.Metric.MetricName", "CPUUtilization")
      .add(q + "MetricStat.Metric.Dimensions.member.1.Name", "AutoScalingGroupName")
      .add(q + "MetricStat.Metric.Dimensions.member.1.Value", group)
      .add(q + "MetricStat.Period", 300)
      .add(q + "MetricStat.Stat", "SampleCount")
      .add("StartTime", format_timestamp(end - Duration{1800}))
      .add("EndTime", format_timestamp(end));
  const auto root =
      query(client, "monitoring", "GetMetricData", "2010-08-01", "CPUUtilization of group " + group, parameters);
  if (!root) return {tried("cloudwatch:GetMetricData", tl::unexpected(root.error()), true, "")};
  Findings found{tried("cloudwatch:GetMetricData", {}, true, "")};
  double most = 0;
  for (const XmlElement* series : root->list("GetMetricDataResult/MetricDataResults")) {
    for (const XmlElement* value : series->list("Values"))
      most = std::max(most, std::strtod(value->text.c_str(), nullptr));
  }
  if (most <= 0 || instances <= 0) return found;
  if (most / instances >= 3) {
    found.push_back({"metrics", Verdict::good, "instances report every minute", ""});
  } else {
    found.push_back(
        {"metrics", Verdict::note, "instances report every five minutes",
         "switch detailed monitoring on in the launch template: decisions see CPU up to five minutes sooner"});
  }
  return found;
}

std::string principal_of(const std::string& identity) {
  // arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION
  const auto at = identity.find(":assumed-role/");
  const auto sts = identity.find(":sts::");
  if (at == std::string::npos || sts == std::string::npos) return identity;
  const std::string rest = identity.substr(at + std::string(":assumed-role/").size());
  const std::string account = identity.substr(sts + 6, at - sts - 6);
  return fmt::format("{}:iam::{}:role/{}", identity.substr(0, sts), account, rest.substr(0, rest.find('/')));
}

std::string iam_region(const std::string& region) {
  if (region.starts_with("cn-")) return "cn-north-1";
  if (region.starts_with("us-gov-")) return "us-gov-west-1";
  return region.starts_with("us-iso") || region.starts_with("eu-isoe") || region.starts_with("eusc-") ? region
                                                                                                      : "us-east-1";
}

Findings check_permissions(AwsClient& iam, const std::string& principal, const std::vector<Permission>& wanted) {
  std::map<std::string, std::vector<std::string>> by_resource;
  for (const Permission& one : wanted) by_resource[one.resource].push_back(one.action);
  Findings found;
  for (const auto& [resource, actions] : by_resource) {
    QueryParameters parameters;
    parameters.add("PolicySourceArn", principal).add_list("ActionNames", actions);
    if (resource != "*") parameters.add_list("ResourceArns", {resource});
    const auto root = query(iam, "iam", "SimulatePrincipalPolicy", "2010-05-08", "principal " + principal, parameters);
    if (!root) return as_not_checked(wanted, root.error());
    std::map<std::string, std::string> decisions;
    for (const XmlElement* one : root->list("SimulatePrincipalPolicyResult/EvaluationResults")) {
      decisions[std::string(one->text_at("EvalActionName"))] = one->text_at("EvalDecision");
    }
    for (const std::string& action : actions) {
      const std::string& decision = decisions[action];
      if (decision == "allowed") {
        found.push_back({"permissions", Verdict::good, fmt::format("{} on {}: allowed", action, resource), ""});
      } else {
        found.push_back({"permissions", decision.empty() ? Verdict::not_checked : Verdict::mend,
                         fmt::format("{} on {}: {}", action, resource,
                                     decision.empty()             ? "IAM does not say"
                                     : decision == "explicitDeny" ? "a policy denies it"
                                                                  : "no policy allows it"),
                         fmt::format("grant it to {}", principal)});
      }
    }
  }
  return found;
}

Findings try_write(AwsClient& client, const std::string& group, std::optional<int> desired) {
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", group);
  if (desired) {
    parameters.add("DesiredCapacity", *desired).add("HonorCooldown", false);
    const auto asked = call_auto_scaling(client, group, "SetDesiredCapacity", parameters);
    return {tried("autoscaling:SetDesiredCapacity", only_success(asked), true, "")};
  }
  parameters.add("ScheduledActionName", "almanac-doctor");
  auto asked = only_success(call_auto_scaling(client, group, "DeleteScheduledAction", parameters));
  // "There is no such action" is the answer to who may remove it.
  if (!asked && (asked.error().code == ErrorCode::invalid_input || asked.error().code == ErrorCode::not_found))
    asked = {};
  return {tried("autoscaling:DeleteScheduledAction", asked, true, "")};
}

}  // namespace almanac::adapters::aws
