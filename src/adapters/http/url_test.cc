#include "adapters/http/url.h"

#include <gtest/gtest.h>

namespace almanac::adapters::http {
namespace {

TEST(Url, KeepsThePathAsItStands) {
  const auto url = parse_url("https://Bucket.Example.com:8443/a%2Fb/../c//d?x=1&y=%20");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "bucket.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a%2Fb/../c//d");
  EXPECT_EQ(url->origin(), "https://bucket.example.com:8443");
}

TEST(Url, AnOriginLeavesOutTheUsualPort) {
  EXPECT_EQ(parse_url("https://host.example:443/")->origin(), "https://host.example");
  EXPECT_EQ(parse_url("http://host.example/")->origin(), "http://host.example");
  EXPECT_EQ(parse_url("http://[fd00:ec2::23]:81/x")->origin(), "http://[fd00:ec2::23]:81");
  EXPECT_EQ(parse_url("http://[fd00:ec2::23]/x")->host, "fd00:ec2::23");
}

TEST(Url, RefusesWhatCannotBeSentExactly) {
  for (const char* text :
       {"", "host/path", "/path", "ftp://host.example/x", "file:///etc/passwd", "https://", "https://host.example/a b",
        "https://host.example/a\r\nX: y", "https://host.example/\xc3\xa9", "https://host.example/x#top",
        "https://user:hunter2@host.example/", "https://host.example:99999/", "https://host.example/{id}"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::invalid_input) << text;
    EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
  }
}

TEST(Url, ResolvesReferences) {
  const std::string base = "https://a.example/x/y?token=1";
  EXPECT_EQ(*resolve_url(base, "https://b.example/z"), "https://b.example/z");
  EXPECT_EQ(*resolve_url(base, "/z?q=2"), "https://a.example/z?q=2");
  EXPECT_EQ(*resolve_url(base, "z#part"), "https://a.example/x/z");
  EXPECT_EQ(*resolve_url(base, "//b.example/z"), "https://b.example/z");
}

TEST(Url, KnowsLoopbackInEverySpelling) {
  for (const char* host : {"localhost", "127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"128.0.0.1", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "::2"})
    EXPECT_FALSE(is_loopback(host)) << host;
  EXPECT_TRUE(is_loopback(parse_url("http://127.1:80/")->host));  // as every resolver reads it
}

TEST(Url, KnowsTheMetadataAddresses) {
  for (const char* host : {"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "fd00:0ec2:0::254"})
    EXPECT_TRUE(is_metadata_host(host)) << host;
  for (const char* host : {"169.254.169.253", "fd00:ec2::24", "metadata.example.com"})
    EXPECT_FALSE(is_metadata_host(host)) << host;
}

}  // namespace
}  // namespace almanac::adapters::http
