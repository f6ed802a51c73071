#pragma once

#include <string>
#include <string_view>

#include "adapters/aws/client/credentials.h"
#include "core/result.h"

namespace almanac::adapters::aws {

// What the JSON documents that hand out credentials have in common: AccessKeyId, SecretAccessKey, a token under
// `token_name` and Expiration (ISO 8601). corrupt when it is no such object, without quoting any of it.
struct CredentialsJson {
  std::string token_name = "Token";
  bool token_required = true;
  bool version_required = false;  // "Version": 1, of a credential process
};
Result<Credentials> parse_credentials_json(std::string_view text, const CredentialsJson& form, std::string source);

// "Code" and "Message" of a document that reports an error instead ("Success" and empty otherwise); fit for a message.
std::string credentials_json_error(std::string_view text);

}  // namespace almanac::adapters::aws
