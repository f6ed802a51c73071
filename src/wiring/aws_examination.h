#pragma once

#include <optional>
#include <string>

#include "core/finding.h"
#include "wiring/config.h"
#include "wiring/session.h"

namespace almanac::wiring {

struct ExaminationOptions {
  // Look into the permissions of this role or user (an ARN) instead of those whose credentials are in use.
  std::optional<std::string> role;
  bool try_writes = false;  // ask Auto Scaling for what stands already, to see whether writing is allowed
};

// What `almanac doctor` asks AWS itself, for a session that names something there.
class AwsExamination {
 public:
  AwsExamination(Session& session, ExaminationOptions options) : session_(session), options_(std::move(options)) {}

  // Whether store, notifications or one of the session's groups are on AWS.
  bool concerned() const;
  // Credentials, clock and bucket.
  Findings account();
  // Permissions, the group's detail of metrics. `desired` as it stands; empty when the group does not answer.
  Findings group(const GroupConfig& group, std::optional<int> desired);
  // False when account() found nobody that answers: then nothing else on AWS is worth asking.
  bool answered() const { return !identity_.empty(); }

 private:
  Findings writing(const GroupConfig& group, const std::string& group_arn, std::optional<int> desired);

  Session& session_;
  ExaminationOptions options_;
  std::string identity_;
};

}  // namespace almanac::wiring
