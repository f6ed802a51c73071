#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/request_sender.h"
#include "core/result.h"

namespace almanac::adapters::aws {

struct RoleRequest {
  std::string role_arn;
  std::string session_name;  // shown in CloudTrail
  std::optional<std::string> external_id;
  std::optional<int> duration_seconds;  // else STS's default, one hour
  std::string source;                   // of the credentials, for messages
};

// AssumeRole, signed by `by`. Errors as of AwsClient::call; corrupt when the answer holds no credentials.
Result<Credentials> assume_role(RequestSender& sender, const RoleRequest& role, const Credentials& by);

// AssumeRoleWithWebIdentity: the token is read anew from its file each time, for it is renewed there. Also errors of
// reading it.
Result<Credentials> assume_role_with_web_identity(RequestSender& sender, const RoleRequest& role,
                                                  const std::filesystem::path& token_file);

}  // namespace almanac::adapters::aws
