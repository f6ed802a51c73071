#include "adapters/aws/client/service_error.h"

#include <gtest/gtest.h>

namespace almanac::adapters::aws {
namespace {

TEST(WithoutSecrets, CutsWhatAwsEchoesOfASignedRequest) {
  EXPECT_EQ(without_secrets("It does not match. The Canonical String for this request should have been 'POST\n/'"),
            "It does not match.");
  EXPECT_EQ(without_secrets("not valid: Credential=AKID/2026/x, SignedHeaders=host, Signature=ab12 (x)"),
            "not valid: Credential=***, SignedHeaders=host, Signature=*** (x)");
  EXPECT_EQ(without_secrets("signature='ab12'; x-amz-security-token:abc/+= x"),
            "signature='***'; x-amz-security-token:*** x");
  EXPECT_EQ(without_secrets("the key AKIAIOSFODNN7EXAMPLE of ASIAX and ASIAIOSFODNN7EXAMPLE."),
            "the key *** of ASIAX and ***.");
  EXPECT_EQ(without_secrets("User: arn:aws:iam::123456789012:user/u is not authorized"),
            "User: arn:aws:iam::123456789012:user/u is not authorized");
}

}  // namespace
}  // namespace almanac::adapters::aws
