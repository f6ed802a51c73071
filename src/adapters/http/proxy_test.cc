#include "adapters/http/proxy.h"

#include <gtest/gtest.h>

#include <map>

namespace almanac::adapters::http {
namespace {

ProxySettings settings(const std::map<std::string, std::string>& environment) {
  return read_proxies([&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Proxy, EachSchemeHasItsOwn) {
  const auto proxies = settings({{"HTTP_PROXY", "http://p:1"}, {"HTTPS_PROXY", "http://p:2"}});
  EXPECT_EQ(proxy_for(proxies, *parse_url("http://shop.example/")), "http://p:1");
  EXPECT_EQ(proxy_for(proxies, *parse_url("https://shop.example/")), "http://p:2");
  EXPECT_EQ(proxy_for(settings({}), *parse_url("https://shop.example/")), "");
}

TEST(Proxy, SmallLettersWin) {
  EXPECT_EQ(settings({{"https_proxy", "a"}, {"HTTPS_PROXY", "b"}}).https, "a");
  EXPECT_EQ(settings({{"https_proxy", ""}, {"HTTPS_PROXY", "b"}}).https, "b");
  EXPECT_EQ(settings({{"no_proxy", "a"}, {"NO_PROXY", "b"}}).no_proxy, "a");
}

TEST(Proxy, ACgiClientCannotChooseIt) {
  EXPECT_EQ(settings({{"HTTP_PROXY", "http://p"}, {"REQUEST_METHOD", "GET"}}).http, "");
  EXPECT_EQ(settings({{"http_proxy", "http://p"}, {"REQUEST_METHOD", "GET"}}).http, "http://p");
}

TEST(Proxy, LoopbackAndMetadataAddressesNeverUseIt) {
  const auto proxies = settings({{"HTTP_PROXY", "http://p:1"}, {"HTTPS_PROXY", "http://p:2"}});
  for (const char* url : {"http://localhost/", "https://127.0.0.1:8443/", "http://[::1]/", "http://127.1/",
                          "http://169.254.169.254/latest/meta-data/", "http://169.254.170.2/v2/credentials/id",
                          "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/", "http://[FD00:EC2:0::254]/",
                          "http://0xa9fea9fe/"})  // 169.254.169.254, as every resolver reads it
    EXPECT_EQ(proxy_for(proxies, *parse_url(url)), "") << url;
}

}  // namespace
}  // namespace almanac::adapters::http
