#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/finding.h"
#include "wiring/config.h"
#include "wiring/session.h"

namespace almanac::wiring {

struct ExaminationOptions {
  // Look into the permissions of this role or user (an ARN) instead of those whose credentials are in use.
  std::optional<std::string> role;
  bool try_writes = false;  // ask the target for what stands already, to see whether writing is allowed
};

// What `almanac doctor` finds out behind the ports: of the account, where a session names something there, and of what
// the kinds of its groups know.
class Examination {
 public:
  Examination(Session& session, ExaminationOptions options) : session_(session), options_(std::move(options)) {}

  // Credentials, clock and bucket, where store, notifications or one of the session's groups are on AWS.
  Findings account();
  // False when account() found nobody who answers: then nothing else of the group is worth asking.
  bool answered(const GroupConfig& group) const;

  // What the kinds of a group examine, and what they may do. `desired` as it stands; empty when the group does not
  // answer.
  Findings group(const GroupConfig& group, std::optional<int> desired);
  // By column of its metrics, what to do where it never came.
  std::map<std::string, std::string> advice(const GroupConfig& group);

 private:
  // What IAM says of what the kinds, notifications and the bucket need.
  Findings permissions(const GroupConfig& group, const kinds::Surroundings& around);

  Session& session_;
  ExaminationOptions options_;
};

}  // namespace almanac::wiring
