#include "adapters/aws/services/object_checksum.h"

#include <gtest/gtest.h>

namespace almanac::adapters::aws {
namespace {

// The check values of the published catalogues for "123456789", in base64 of their bytes, most significant first:
// CRC-32 CBF43926, CRC-32C E3069283, CRC-64/NVME AE8B14860A799888.
TEST(ObjectChecksum, AgreesWithThePublishedCheckValues) {
  for (const auto& [header, value] : ports::HttpHeaders{
           {"x-amz-checksum-crc32", "y/Q5Jg=="},
           {"x-amz-checksum-crc32c", "4waSgw=="},
           {"x-amz-checksum-crc64nvme", "rosUhgp5mIg="},
           {"x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
           {"x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="},
       }) {
    EXPECT_EQ(disagreeing_checksum({{header, value}}, "123456789"), std::nullopt) << header;
    EXPECT_EQ(disagreeing_checksum({{header, value}}, "123456788"), header);
  }
}

TEST(ObjectChecksum, IsThatOfNoBytesToo) {
  EXPECT_EQ(sha256_base64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST(ObjectChecksum, PassesOverWhatSaysNothingAboutTheWhole) {
  EXPECT_EQ(disagreeing_checksum({{"x-amz-checksum-crc32", "AAAAAA==-2"}}, "x"), std::nullopt) << "of two parts";
  EXPECT_EQ(disagreeing_checksum({{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-checksum-type", "COMPOSITE"}}, "x"),
            std::nullopt);
  EXPECT_EQ(disagreeing_checksum({{"x-amz-checksum-md7", "AAAAAA=="}}, "x"), std::nullopt) << "of a kind to come";
  EXPECT_EQ(disagreeing_checksum({{"etag", "\"1\""}}, "x"), std::nullopt);
}

}  // namespace
}  // namespace almanac::adapters::aws
