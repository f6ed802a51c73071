#include "adapters/aws/client/web_identity_credentials.h"

#include "adapters/aws/client/sts.h"

namespace almanac::adapters::aws {

Result<std::optional<Credentials>> WebIdentityCredentials::load() {
  const auto file = environment_("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!file) return std::nullopt;
  const auto role = environment_("AWS_ROLE_ARN");
  if (!role)
    return fail(ErrorCode::permission_denied,
                "the environment has AWS_WEB_IDENTITY_TOKEN_FILE but not AWS_ROLE_ARN; set both or none");
  const RoleRequest request{.role_arn = *role,
                            .session_name = environment_("AWS_ROLE_SESSION_NAME").value_or("almanac"),
                            .source = "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE"};
  auto credentials = assume_role_with_web_identity(*sender_, request, *file);
  if (!credentials) return tl::unexpected(std::move(credentials.error()));
  return std::move(*credentials);
}

std::string WebIdentityCredentials::place() const {
  return "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)";
}

}  // namespace almanac::adapters::aws
