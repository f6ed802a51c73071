#include "adapters/aws/client/environment_credentials.h"

namespace almanac::adapters::aws {

Result<std::optional<Credentials>> EnvironmentCredentials::load() {
  const auto id = environment_("AWS_ACCESS_KEY_ID");
  const auto secret = environment_("AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) return std::nullopt;
  if (!id || !secret)
    return fail(ErrorCode::permission_denied, std::string("the environment has ") +
                                                  (id ? "AWS_ACCESS_KEY_ID but not AWS_SECRET_ACCESS_KEY"
                                                      : "AWS_SECRET_ACCESS_KEY but not AWS_ACCESS_KEY_ID") +
                                                  "; set both or none");
  return Credentials{*id, *secret, environment_("AWS_SESSION_TOKEN").value_or(""), {}, "the environment"};
}

std::string EnvironmentCredentials::place() const {
  return "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)";
}

}  // namespace almanac::adapters::aws
