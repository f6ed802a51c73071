#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/services/object_cache.h"
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

// An ObjectStore in an S3 bucket (API of 2006-03-01). Needs s3:GetObject, s3:PutObject and s3:DeleteObject on the
// prefix's objects, and s3:ListBucket on the bucket, without which S3 calls a missing object forbidden. Encryption at
// rest is the bucket's setting.
//
// Conditional puts are If-Match and If-None-Match, so several writers are safe. Bodies carry a SHA-256 that S3 verifies
// and keeps; what is read is compared with the length and checksum that S3 states, and read again (three times in all)
// where they differ, so a cut answer is never taken for an object.
//
// Every put carries a number of its own (x-amz-meta-almanac-put). Where an answer got lost, and where a repeated put
// meets its own effect, the object is read back: if it bears the number, the put succeeded; if it is still as the
// condition wants it, the put is repeated; else another writer was faster.
//
// Every read asks S3, but what was read or written before (64 MB of it) comes over the network only when its ETag
// changed (If-None-Match): a process that stays reads its model and its history once.
//
// Errors beside those of the client: invalid_input when there is no such bucket; unavailable for an answer that was cut
// or is not S3's; corrupt when what is stored does not agree with its own checksum.
class S3ObjectStore final : public ports::ObjectStore {
 public:
  S3ObjectStore(std::shared_ptr<AwsClient> client, S3Location location)
      : client_(std::move(client)), location_(std::move(location)) {}

  Result<ports::Object> get(std::string_view key) override;
  Result<std::string> put(std::string_view key, std::string_view bytes, const ports::PutCondition& condition) override;
  Result<std::vector<std::string>> list(std::string_view prefix) override;
  Result<void> remove(std::string_view key) override;

  const S3Location& location() const { return location_; }

 private:
  AwsCall call_for(std::string_view operation, std::string_view method, std::string_view key) const;
  std::string full_key(std::string_view key) const;
  // An object as it stands, with the number of the put that wrote it; empty where it was not written here.
  struct Stored;
  Result<Stored> fetch(std::string_view key);
  // Nothing when the object's ETag is the known one.
  Result<std::optional<Stored>> fetch_unless(std::string_view known_etag, std::string_view key);
  Result<std::string> put_object(std::string_view key, std::string_view bytes, const ports::PutCondition& condition);
  // The answer to a GET, its body as long as it says.
  Result<AwsAnswer> read_whole(const AwsCall& call);
  Error missing_bucket() const;

  std::shared_ptr<AwsClient> client_;
  S3Location location_;
  ObjectCache cache_{64U << 20U};
};

}  // namespace almanac::adapters::aws
