#include "adapters/aws/client/sts.h"

#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/client/text.h"
#include "adapters/aws/client/xml.h"

namespace almanac::adapters::aws {
namespace {

constexpr std::string_view kVersion = "2011-06-15";

QueryParameters parameters_of(const RoleRequest& role) {
  QueryParameters parameters;
  parameters.add("RoleArn", role.role_arn).add("RoleSessionName", role.session_name);
  if (role.external_id) parameters.add("ExternalId", *role.external_id);
  if (role.duration_seconds) parameters.add("DurationSeconds", *role.duration_seconds);
  return parameters;
}

Result<Credentials> credentials_in(const RequestSender::Outcome& outcome, const AwsCall& call,
                                   const RoleRequest& role) {
  if (!outcome.answer) return tl::unexpected(outcome.answer.error());
  const auto corrupt = [&](std::string_view what) {
    return fail(ErrorCode::corrupt, "STS " + call.operation + ", " + call.resource + ": " + std::string(what));
  };
  const auto answer = parse_xml(outcome.answer->body);
  if (!answer) return corrupt(answer.error().message);
  const auto* found = answer->find(call.operation + "Result/Credentials");
  if (found == nullptr) return corrupt("an answer without Credentials");
  Credentials credentials{.access_key_id = std::string(found->text_at("AccessKeyId")),
                          .secret_access_key = std::string(found->text_at("SecretAccessKey")),
                          .session_token = std::string(found->text_at("SessionToken")),
                          .source = role.source};
  const auto expires = parse_timestamp(found->text_at("Expiration"));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || credentials.session_token.empty() ||
      !expires)
    return corrupt("an answer without all of AccessKeyId, SecretAccessKey, SessionToken and Expiration");
  credentials.expires = *expires;
  return credentials;
}

}  // namespace

Result<Credentials> assume_role(RequestSender& sender, const RoleRequest& role, const Credentials& by) {
  const auto call =
      query_call("sts", "AssumeRole", kVersion, "role " + for_message(role.role_arn), parameters_of(role));
  return credentials_in(sender.send(call, &by), call, role);
}

Result<Credentials> assume_role_with_web_identity(RequestSender& sender, const RoleRequest& role,
                                                  const std::filesystem::path& token_file) {
  const auto token = read_small_file(token_file);
  if (!token) return tl::unexpected(with_context(token.error(), "web identity token"));
  const std::string word(trimmed(*token));
  if (word.empty())
    return fail(ErrorCode::corrupt, "web identity token: " + token_file.string() + " is empty; expected a token");
  auto parameters = parameters_of(role);
  parameters.add("WebIdentityToken", word);
  const auto call =
      query_call("sts", "AssumeRoleWithWebIdentity", kVersion, "role " + for_message(role.role_arn), parameters);
  auto credentials = credentials_in(sender.send(call, nullptr), call, role);
  if (credentials) return credentials;
  // The service may quote what it could not read.
  auto error = credentials.error();
  for (std::size_t at = 0; (at = error.message.find(word, at)) != std::string::npos; at += 3)
    error.message.replace(at, word.size(), "***");
  return tl::unexpected(std::move(error));
}

}  // namespace almanac::adapters::aws
