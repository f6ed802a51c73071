#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "adapters/aws/client/default_aws_client.h"
#include "adapters/aws/services/s3_object_store.h"
#include "adapters/http/curl_transport.h"
#include "adapters/local/system_clock.h"
#include "contract/object_store_contract.h"

// The same suite against S3 as an emulator speaks it: endpoint and credentials stand in the environment
// (tests/aws/with_moto.sh aws_contract_test).
namespace almanac::contract {
namespace {

using adapters::aws::AwsCall;
using adapters::aws::AwsClient;
using adapters::aws::S3Location;
using adapters::aws::S3ObjectStore;

// A client of its own for every store: connections must not be shared with a forked process.
std::shared_ptr<AwsClient> client() {
  adapters::aws::AwsClientOptions options;
  options.transport = adapters::http::make_curl_transport();
  options.clock = std::make_shared<adapters::SystemClock>();
  auto made = adapters::aws::make_aws_client(std::move(options));
  if (!made) {
    ADD_FAILURE() << made.error().message;
    std::abort();
  }
  return *made;
}

// A store in a bucket of its own, under a prefix.
struct BucketStore {
  std::shared_ptr<AwsClient> aws = client();
  S3Location location = [] {
    static std::atomic<int> made = 0;
    return S3Location{fmt::format("contract-{}-{}", ::getpid(), ++made), "some/prefix"};
  }();
  S3ObjectStore store{aws, location};

  BucketStore() {
    AwsCall call;
    call.service = "s3";
    call.operation = "CreateBucket";
    call.resource = location.bucket;
    call.method = "PUT";
    call.host_prefix = location.bucket + ".";
    call.body = fmt::format(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{}"
        "</LocationConstraint></CreateBucketConfiguration>",
        aws->region());
    const auto answer = aws->call(call);
    EXPECT_TRUE(answer.has_value()) << answer.error().message;
  }
};

// Another process's store on the same bucket.
struct OtherHandle {
  S3ObjectStore store;
  explicit OtherHandle(const S3Location& location) : store(client(), location) {}
};

ObjectStoreUnderTest s3_store() {
  return {"s3",
          []() -> std::shared_ptr<ports::ObjectStore> {
            const auto holder = std::make_shared<BucketStore>();
            return {holder, &holder->store};
          },
          [](ports::ObjectStore& store) -> std::shared_ptr<ports::ObjectStore> {
            const auto holder = std::make_shared<OtherHandle>(dynamic_cast<S3ObjectStore&>(store).location());
            return {holder, &holder->store};
          }};
}

INSTANTIATE_TEST_SUITE_P(S3, ObjectStoreContract, testing::Values(s3_store()), store_name);

}  // namespace
}  // namespace almanac::contract
