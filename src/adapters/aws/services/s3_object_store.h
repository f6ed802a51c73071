#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/aws/client/aws_client.h"
#include "ports/object_store.h"

namespace almanac::adapters::aws {

// Where objects live: "s3://bucket/prefix".
struct S3Location {
  std::string bucket;
  std::string prefix;  // without slashes at its ends; may be empty
};

// invalid_input for what is no s3:// URL of a possible bucket name (S3 user guide, "Bucket naming rules") or whose
// prefix is no key.
Result<S3Location> parse_s3_url(std::string_view url);

// An ObjectStore in an S3 bucket. Conditional puts are If-Match and If-None-Match, so several writers are safe. Bodies
// carry a SHA-256 checksum that S3 verifies; what is read is compared with the length and checksum that S3 states, so a
// cut answer is never taken for an object. A put of which no answer came is read back: what stands there decides.
class S3ObjectStore final : public ports::ObjectStore {
 public:
  S3ObjectStore(std::shared_ptr<AwsClient> client, S3Location location)
      : client_(std::move(client)), location_(std::move(location)) {}

  Result<ports::Object> get(std::string_view key) override;
  Result<std::string> put(std::string_view key, std::string_view bytes, const ports::PutCondition& condition) override;
  Result<std::vector<std::string>> list(std::string_view prefix) override;
  Result<void> remove(std::string_view key) override;

 private:
  AwsCall call_for(std::string_view operation, std::string_view method, std::string_view key) const;
  std::string full_key(std::string_view key) const;
  Error missing_bucket() const;

  std::shared_ptr<AwsClient> client_;
  S3Location location_;
};

}  // namespace almanac::adapters::aws
