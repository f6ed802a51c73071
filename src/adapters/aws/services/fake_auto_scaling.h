#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "core/time.h"

namespace almanac::adapters::aws {

// One group of EC2 Auto Scaling in simulated time, for tests: it refuses what Auto Scaling refuses, launches take time,
// scheduled actions fire once and vanish. Operations fail by script.
class FakeAutoScaling final : public AwsClient {
 public:
  explicit FakeAutoScaling(Timestamp start) : now(start) {}

  struct Action {
    Timestamp start;
    int min_size = 0;
  };
  struct Instance {
    Timestamp launched;
    std::string life = "Pending";
    int weight = 1;
  };

  Timestamp now;
  int min = 1;
  int max = 10;
  int desired = 1;
  Duration boot{120};
  Duration lag{0};  // how late scheduled actions fire
  int warm_up = 0;
  int weight = 1;  // of the one instance type; other than 1 the group is one of mixed instances with weights
  std::map<std::string, Action> actions;
  std::vector<Instance> instances{{Timestamp{}, "InService"}};
  std::vector<std::string> suspended;
  std::vector<std::string> refreshes;     // statuses
  std::vector<std::string> activities;    // XML of members, oldest first
  std::size_t page = 100;                 // activities a page
  std::map<std::string, Error> failures;  // by operation
  std::vector<std::string> writes;        // operations that changed something, with what
  int calls = 0;
  std::function<void(const std::string& operation)> before;

  void advance(Duration by) {
    for (const Timestamp end = now + by; now < end; now += Duration{30}) settle();
    settle();
  }

  const std::string& region() const override { return region_; }

  Result<AwsAnswer> call(const AwsCall& call) override {
    ++calls;
    if (before) before(call.operation);
    settle();
    if (const auto found = failures.find(call.operation); found != failures.end()) {
      return tl::unexpected(found->second);
    }
    const auto form = read_form(call.body);
    const std::string& op = call.operation;
    if (op == "DescribeAutoScalingGroups") return answer(op, groups(form));
    if (op == "DescribeScheduledActions") return answer(op, scheduled());
    if (op == "DescribeInstanceRefreshes") return answer(op, instance_refreshes());
    if (op == "DescribeScalingActivities") return answer(op, scaling_activities(form));
    if (op == "SetDesiredCapacity") return set_desired(op, form);
    if (op == "PutScheduledUpdateGroupAction") return put(op, form);
    if (op == "DeleteScheduledAction") return remove(op, form);
    return fail(ErrorCode::unsupported, "no such action " + op);
  }

 private:
  using Form = std::map<std::string, std::string>;

  static Form read_form(const std::string& body) {
    Form form;
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t end = std::min(body.find('&', at), body.size());
      const std::string pair = body.substr(at, end - at);
      std::string value;
      for (std::size_t i = pair.find('=') + 1; i < pair.size(); ++i) {
        if (pair[i] == '%') {
          value += static_cast<char>(std::stoi(pair.substr(i + 1, 2), nullptr, 16));
          i += 2;
        } else {
          value += pair[i] == '+' ? ' ' : pair[i];
        }
      }
      form[pair.substr(0, pair.find('='))] = value;
      at = end + 1;
    }
    return form;
  }

  Result<AwsAnswer> answer(const std::string& operation, const std::string& result) {
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string t = format_timestamp(now);  // 2026-11-27T12:00:00Z
    const std::string date = fmt::format("Fri, {} {} {} {} GMT", t.substr(8, 2), kMonths[std::stoi(t.substr(5, 2)) - 1],
                                         t.substr(0, 4), t.substr(11, 8));
    return AwsAnswer{
        200,
        {{"date", date}},
        fmt::format("<{0}Response xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><{0}Result>{1}"
                    "</{0}Result></{0}Response>",
                    operation, result),
        {}};
  }

  static tl::unexpected<Error> refuse(const std::string& message) {
    return fail(ErrorCode::invalid_input, "ValidationError: " + message);
  }

  std::string groups(const Form& form) const {
    if (form.at("AutoScalingGroupNames.member.1") != "shop") return "<AutoScalingGroups/>";
    std::string xml = fmt::format(
        "<AutoScalingGroups><member><AutoScalingGroupName>shop</AutoScalingGroupName><MinSize>{}</MinSize>"
        "<MaxSize>{}</MaxSize><DesiredCapacity>{}</DesiredCapacity><DefaultInstanceWarmup>{}</DefaultInstanceWarmup>"
        "<Instances>",
        min, max, desired, warm_up);
    for (const Instance& i : instances) {
      xml += fmt::format("<member><LifecycleState>{}</LifecycleState>", i.life);
      if (i.weight != 1) xml += fmt::format("<WeightedCapacity>{}</WeightedCapacity>", i.weight);
      xml += "</member>";
    }
    xml += "</Instances><SuspendedProcesses>";
    for (const auto& p : suspended) xml += fmt::format("<member><ProcessName>{}</ProcessName></member>", p);
    xml += "</SuspendedProcesses>";
    if (weight != 1) {
      xml += fmt::format(
          "<MixedInstancesPolicy><LaunchTemplate><Overrides><member><InstanceType>m5.xlarge</InstanceType>"
          "<WeightedCapacity>{}</WeightedCapacity></member></Overrides></LaunchTemplate></MixedInstancesPolicy>",
          weight);
    }
    return xml + "</member></AutoScalingGroups>";
  }

  std::string scheduled() const {
    std::string xml = "<ScheduledUpdateGroupActions>";
    for (const auto& [name, action] : actions) {
      xml += fmt::format(
          "<member><ScheduledActionName>{}</ScheduledActionName><StartTime>{}</StartTime><MinSize>{}</MinSize></"
          "member>",
          name, format_timestamp(action.start), action.min_size);
    }
    return xml + "</ScheduledUpdateGroupActions>";
  }

  std::string instance_refreshes() const {
    std::string xml = "<InstanceRefreshes>";
    for (const auto& status : refreshes) xml += fmt::format("<member><Status>{}</Status></member>", status);
    return xml + "</InstanceRefreshes>";
  }

  std::string scaling_activities(const Form& form) const {
    const auto token = form.find("NextToken");
    const std::size_t from = token == form.end() ? 0 : std::stoul(token->second);
    std::string xml = "<Activities>";
    const std::size_t to = std::min(from + page, activities.size());
    for (std::size_t i = from; i < to; ++i) xml += activities[activities.size() - 1 - i];
    xml += "</Activities>";
    if (to < activities.size()) xml += fmt::format("<NextToken>{}</NextToken>", to);
    return xml;
  }

  Result<AwsAnswer> set_desired(const std::string& op, const Form& form) {
    const int wanted = std::stoi(form.at("DesiredCapacity"));
    if (wanted < min || wanted > max) return refuse("desired capacity out of bounds");
    desired = wanted;
    writes.push_back(fmt::format("desired {}", wanted));
    settle();
    return answer(op, "");
  }

  Result<AwsAnswer> put(const std::string& op, const Form& form) {
    const std::string& name = form.at("ScheduledActionName");
    const Action action{parse_timestamp(form.at("StartTime")).value(), std::stoi(form.at("MinSize"))};
    if (action.start <= now) return refuse("StartTime is in the past");
    for (const auto& [other, existing] : actions) {
      if (other != name && existing.start == action.start) {
        return fail(ErrorCode::conflict, "AlreadyExists: a scheduled action with this start time already exists");
      }
    }
    actions[name] = action;
    writes.push_back(fmt::format("{} {} {}", name, format_timestamp(action.start).substr(11, 8), action.min_size));
    return answer(op, "");
  }

  Result<AwsAnswer> remove(const std::string& op, const Form& form) {
    if (actions.erase(form.at("ScheduledActionName")) == 0) return refuse("Scheduled action name not found");
    writes.push_back("delete " + form.at("ScheduledActionName"));
    return answer(op, "");
  }

  // Fires what is due, launches and terminates towards the desired capacity.
  void settle() {
    std::vector<std::pair<Timestamp, std::string>> due;
    for (const auto& [name, action] : actions) {
      if (action.start + lag <= now) due.emplace_back(action.start, name);
    }
    std::sort(due.begin(), due.end());
    for (const auto& [start, name] : due) {
      min = actions.at(name).min_size;
      actions.erase(name);
    }
    desired = std::clamp(desired, min, std::max(min, max));
    for (Instance& i : instances) {
      if (i.life != "Pending" || i.launched + boot > now) continue;
      i.life = "InService";
      activities.push_back(fmt::format(
          "<member><ActivityId>launch-{}</ActivityId><Description>Launching a new EC2 instance: i-1</Description>"
          "<StartTime>{}</StartTime><EndTime>{}</EndTime><StatusCode>Successful</StatusCode></member>",
          activities.size(), format_timestamp(i.launched), format_timestamp(i.launched + boot)));
    }
    const auto counted = [](const Instance& i) { return i.life == "InService" || i.life == "Pending"; };
    const auto standing = [&] {
      int units = 0;
      for (const Instance& i : instances) units += counted(i) ? i.weight : 0;
      return units;
    };
    // Launches until the desired capacity is there, and terminates only what it can do without.
    while (standing() < desired) instances.push_back({now, "Pending", weight});
    for (;;) {
      const auto last = std::find_if(instances.rbegin(), instances.rend(), counted);
      if (last == instances.rend() || standing() - last->weight < desired) break;
      instances.erase(last.base() - 1);
    }
  }

  std::string region_ = "eu-central-1";
};

}  // namespace almanac::adapters::aws
