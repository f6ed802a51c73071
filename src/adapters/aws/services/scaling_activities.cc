#include "adapters/aws/services/scaling_activities.h"

#include <algorithm>
#include <array>

#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/client/text.h"
#include "adapters/aws/services/auto_scaling_api.h"

namespace almanac::adapters::aws {
namespace {

// Enough to measure a 95th percentile from; a group that flaps must not cost a hundred calls.
constexpr int kPages = 10;
constexpr Duration kLongestLaunch{6 * kHour};
constexpr Duration kKept{21 * kDay};

bool is_launch(std::string_view description) {
  return description.starts_with("Launching a new EC2 instance") &&
         description.find("into warm pool") == description.npos;
}

}  // namespace

bool says_no_capacity(std::string_view message) {
  constexpr std::array<std::string_view, 9> kSigns{
      "insufficientinstancecapacity", "insufficienthostcapacity",   "insufficientcapacity",
      "unfulfillablecapacity",        "do not have sufficient",     "maxspotinstancecountexceeded",
      "max spot instance count",      "no spot capacity available", "vcpulimitexceeded",
  };
  const std::string text = lower_case(message);
  return std::any_of(kSigns.begin(), kSigns.end(), [&](std::string_view s) { return text.find(s) != text.npos; });
}

struct ScalingActivities::Page {
  std::optional<Timestamp> oldest;
  bool all_known = true;
  std::string next;
};

Result<ScalingActivities::Page> ScalingActivities::read_page(const std::string& token) {
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", group_).add("MaxRecords", 100);
  if (!token.empty()) parameters.add("NextToken", token);
  const auto answer = call_auto_scaling(*client_, group_, "DescribeScalingActivities", parameters);
  if (!answer) return tl::unexpected(answer.error());
  Page page;
  page.next = answer->result.text_at("NextToken");
  for (const XmlElement* item : answer->result.list("Activities")) {
    const auto start = time_at(*item, "StartTime");
    if (!start) return tl::unexpected(unreadable("DescribeScalingActivities", group_, "StartTime"));
    page.oldest = *start;
    const std::string id(item->text_at("ActivityId"));
    if (finished_.contains(id)) continue;
    const std::string_view status = item->text_at("StatusCode");
    const bool failed = status == "Failed";
    if (status != "Successful" && !failed) {
      // Cancelled is over, anything else is still on its way and read again at the next tick.
      page.all_known = page.all_known && status == "Cancelled";
      continue;
    }
    if (!is_launch(item->text_at("Description"))) continue;
    page.all_known = false;
    std::string message(item->text_at("StatusMessage"));
    if (message.empty()) message = item->text_at("Description");
    finished_[id] = {*start, time_at(*item, "EndTime").value_or(*start), failed, for_message(message)};
  }
  return page;
}

Result<void> ScalingActivities::read_back_to(Timestamp since) {
  const bool deeper = !complete_since_ || since < *complete_since_;
  std::string token;
  for (int i = 0; i < kPages; ++i) {
    auto page = read_page(token);
    if (!page) return tl::unexpected(page.error());
    const bool far_enough = !page->oldest || *page->oldest < since - kLongestLaunch;
    token = std::move(page->next);
    if (far_enough || token.empty() || (page->all_known && !deeper)) break;
  }
  if (deeper) complete_since_ = since;
  std::erase_if(finished_, [&](const auto& entry) { return entry.second.end < *complete_since_ - kKept; });
  return {};
}

Result<std::vector<ports::Launch>> ScalingActivities::launches(Timestamp since, Duration warm_up) {
  if (auto read = read_back_to(since); !read) return tl::unexpected(read.error());
  std::vector<ports::Launch> found;
  for (const auto& [id, activity] : finished_) {
    const Timestamp serves = std::max(activity.end, activity.start + warm_up);
    if (!activity.failed && serves >= since) found.push_back({activity.start, serves});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.launched < b.launched; });
  return found;
}

Result<std::vector<ports::LaunchFailure>> ScalingActivities::failures(Timestamp since) {
  if (auto read = read_back_to(since); !read) return tl::unexpected(read.error());
  std::vector<ports::LaunchFailure> found;
  for (const auto& [id, activity] : finished_) {
    if (activity.failed && activity.end >= since) {
      const bool no_capacity = says_no_capacity(activity.message);
      found.push_back({activity.end, no_capacity, activity.message,
                       no_capacity ? "add instance types or zones to the group" : "mend the group's launch template"});
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  return found;
}

}  // namespace almanac::adapters::aws
