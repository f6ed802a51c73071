#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/time.h"

namespace almanac::adapters::aws {

// Has no formatter and no comparison: nothing that prints or logs can take it.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;         // empty for those of a user
  std::optional<Timestamp> expires;  // nothing: never
  std::string source;                // where they come from, for messages: "profile shop"; never a secret
};

// One place where credentials may stand. Thread-safe only behind CredentialCache.
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;

  // Nothing when this place is not configured at all, so that the next one may be asked; an error when it is configured
  // and does not yield credentials: then asking another place would act under another identity than the one meant.
  virtual Result<std::optional<Credentials>> load() = 0;
  // "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".
  virtual std::string place() const = 0;
};

// What signs: credentials that are good now. Thread-safe.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // permission_denied with the places that were looked at when there are none.
  virtual Result<std::shared_ptr<const Credentials>> current() = 0;
  // The service refused `used` as expired or unknown: the next current() asks anew, unless that happened meanwhile.
  virtual void refused(const std::shared_ptr<const Credentials>& used) = 0;
};

}  // namespace almanac::adapters::aws
