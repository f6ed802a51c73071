#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "core/finding.h"
#include "core/time.h"
#include "ports/clock.h"

namespace almanac::adapters::aws {

// What `almanac doctor` asks AWS itself. Nothing here changes anything, except try_write() in the way it says.

// Who the credentials belong to (sts:GetCallerIdentity, which needs no permission), and how far the machine's clock is
// from AWS' own. `identity` is the ARN, for further checks; empty when nobody answered.
struct CallerCheck {
  Findings findings;
  std::string identity;
};
CallerCheck check_caller(AwsClient& client, const ports::Clock& clock);

// Whether overwritten objects can be brought back (s3:GetBucketVersioning).
Findings check_bucket(AwsClient& client, const std::string& bucket);

// The reading calls of a group, each tried for real.
struct GroupCheck {
  Findings findings;
  std::string arn;  // of the group; empty when it could not be described
};
GroupCheck check_reading(AwsClient& client, const std::string& group, bool scheduled_actions_needed);

// Whether its metrics can be read, and its instances report every minute or every five. Nothing where there is no such
// group.
Findings check_detail(AwsClient& client, const std::string& group, Timestamp now);

// What somebody must be allowed to do: an IAM action on a resource.
struct Permission {
  std::string action;    // "autoscaling:SetDesiredCapacity"
  std::string resource;  // an ARN, or "*"
};

// The role behind "arn:aws:sts::1:assumed-role/NAME/SESSION"; other ARNs as they stand. A role with a path cannot be
// told from its session.
std::string principal_of(const std::string& identity);

// The region whose client asks IAM in the partition of `region`: IAM has one address for all regions.
std::string iam_region(const std::string& region);

// What the policies of `principal` say of `wanted` (iam:SimulatePrincipalPolicy). `iam` is a client of iam_region().
// Policies of organisations, boundaries and buckets may still forbid what is allowed here.
Findings check_permissions(AwsClient& iam, const std::string& principal, const std::vector<Permission>& wanted);

// Writes without effect: the desired capacity that stands already (when `desired` is given), or the removal of a
// scheduled action that does not exist.
Findings try_write(AwsClient& client, const std::string& group, std::optional<int> desired);

}  // namespace almanac::adapters::aws
