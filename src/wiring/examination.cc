#include "wiring/examination.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/aws/client/endpoint.h"
#include "adapters/aws/services/account_checks.h"
#include "adapters/aws/services/s3_object_store.h"
#include "adapters/aws/services/wanted_permissions.h"
#include "adapters/local/system_clock.h"

namespace almanac::wiring {

using adapters::aws::Permission;
using adapters::aws::WantedPermissions;
using Verdict = Finding::Verdict;

namespace {

constexpr std::string_view kAws = "AWS";

bool in_s3(const Config& config) {
  return config.store.starts_with("s3://");
}

bool on_aws(const GroupConfig& group) {
  if (group.target && group.target->kind->account() == kAws) return true;
  return std::any_of(group.metrics.begin(), group.metrics.end(),
                     [](const MetricsConfig& metrics) { return metrics.kind->account() == kAws; });
}

bool by_sns(const NotifyTarget& target) {
  return target.kind == NotifyTarget::Kind::sns;
}

void move_to(Findings& all, Findings some) {
  for (Finding& finding : some) all.push_back(std::move(finding));
}

// What a tick needs of the bucket: rows and ledger are written, everything of the group is read.
std::vector<Permission> uses_of_bucket(const Config& config, const std::string& group, const std::string& region) {
  const auto location = adapters::aws::parse_s3_url(config.store);
  if (!location) return {};
  const std::string bucket = fmt::format("arn:{}:s3:::{}", adapters::aws::partition_of(region), location->bucket);
  const std::string folder = bucket + "/" + (location->prefix.empty() ? "" : location->prefix + "/") + group + "/";
  return {{"s3:ListBucket", bucket},
          {"s3:GetObject", folder + "lstm_model.h5"},
          {"s3:PutObject", folder + "multi_metric_data/2026-01.csv"},
          {"s3:PutObject", folder + "decisions/2026-01-01.jsonl"}};
}

}  // namespace

Findings Examination::account() {
  const Config& config = session_.config();
  const bool concerned = in_s3(config) || std::any_of(config.notify.begin(), config.notify.end(), by_sns) ||
                         std::any_of(session_.groups().begin(), session_.groups().end(),
                                     [](const GroupConfig* group) { return on_aws(*group); });
  if (!concerned) return {};
  adapters::aws::Connections& aws = session_.aws().connections();
  const auto client = aws.client();
  if (!client) return {{"credentials", Verdict::mend, client.error().message, ""}};
  auto caller = adapters::aws::check_caller(**client, adapters::SystemClock());
  aws.set_identity(caller.identity);
  Findings found = std::move(caller.findings);
  if (caller.identity.empty() || !in_s3(config)) return found;
  if (const auto location = adapters::aws::parse_s3_url(config.store)) {
    move_to(found, adapters::aws::check_bucket(**client, location->bucket));
  }
  return found;
}

bool Examination::answered(const GroupConfig& group) const {
  return !(on_aws(group) || in_s3(session_.config())) || !session_.aws().connections().identity().empty();
}

Findings Examination::group(const GroupConfig& group, std::optional<int> desired) {
  const kinds::Surroundings around = session_.surroundings(group);
  const kinds::Examination asked{options_.role, options_.try_writes, desired, session_.now()};
  if (on_aws(group)) around.beside->put(std::make_shared<WantedPermissions>());
  Findings found = group.target->kind->examine(group.target->values, around, asked);
  for (const MetricsConfig& metrics : group.metrics)
    move_to(found, metrics.kind->examine(metrics.values, around, asked));
  if (on_aws(group)) move_to(found, permissions(group, around));
  return found;
}

Findings Examination::permissions(const GroupConfig& group, const kinds::Surroundings& around) {
  for (const NotifyTarget& target : session_.config().notify) {
    if (by_sns(target)) adapters::aws::want(around, {{"sns:Publish", target.address}});
  }
  const auto client = session_.aws().connections().client();
  if (options_.role && client) {
    adapters::aws::want(around, uses_of_bucket(session_.config(), group.name, (*client)->region()));
  }
  return adapters::aws::check_wanted(around, options_.role);
}

std::map<std::string, std::string> Examination::advice(const GroupConfig& group) {
  std::map<std::string, std::string> all;
  const kinds::Surroundings around = session_.surroundings(group);
  for (const MetricsConfig& metrics : group.metrics) {
    const auto words = metrics.kind->advice(metrics.values, around);
    for (const std::string& column : metrics.columns) {
      if (const auto found = words.find(column); found != words.end()) all.insert(*found);
    }
  }
  return all;
}

}  // namespace almanac::wiring
