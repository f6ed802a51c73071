#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/http/test_transport.h"

namespace almanac::adapters::http {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CurlTransportTls, RefusesACertificateThatNobodyVouchesFor) {
  LoopbackServer server({text("secret")}, {.tls = true});
  const auto response = transport()->send(request("GET", server.url("/p?k=secret")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(response.error().message, HasSubstr("certificate cannot be trusted"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
  EXPECT_TRUE(server.requests().empty());
}

TEST(CurlTransportTls, AcceptsItWithItsAuthorityFromOptionOrEnvironment) {
  LoopbackServer server({text("hello")}, {.tls = true});
  const std::string file = server.certificate_file();
  const auto url = server.url();
  EXPECT_EQ(transport({}, {.ca_bundle = file})->send(request("GET", url))->body, "hello");
  EXPECT_EQ(transport({{"AWS_CA_BUNDLE", file}, {"SSL_CERT_FILE", "/nonexistent"}})->send(request("GET", url))->body,
            "hello");
  const auto http = transport({{"SSL_CERT_FILE", file}});
  EXPECT_EQ(http->send(request("GET", url))->body, "hello");
  EXPECT_EQ(http->send(request("PUT", url, "x"))->body, "hello");
  EXPECT_EQ(server.connections(), 3);  // the last two requests shared one
}

TEST(CurlTransportTls, RefusesAnotherNamesOrAnExpiredCertificate) {
  for (const LoopbackOptions& options : {LoopbackOptions{.tls = true, .certificate_names = "DNS:other.example"},
                                         LoopbackOptions{.tls = true, .certificate_expired = true}}) {
    LoopbackServer server({text("")}, options);
    const auto response = transport({}, {.ca_bundle = server.certificate_file()})->send(request("GET", server.url()));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::permission_denied) << response.error().message;
  }
}

TEST(CurlTransportTls, SaysWhenTheAuthoritiesCannotBeRead) {
  LoopbackServer server({text("")}, {.tls = true});
  const auto response = transport({{"SSL_CERT_FILE", "/nonexistent/ca.pem"}})->send(request("GET", server.url()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(response.error().message, HasSubstr("/nonexistent/ca.pem"));
}

TEST(CurlTransportTls, ShowsItsOwnCertificateToAServerThatAsks) {
  LoopbackServer client({text("")}, {.tls = true});  // only its certificate is used
  LoopbackServer server({text("hello")}, {.tls = true, .client_authority = client.certificate_file()});
  const CurlOptions known{.ca_bundle = server.certificate_file(), .client_certificate = client.certificate_file()};
  const auto http = transport({}, known);
  EXPECT_EQ(http->send(request("GET", server.url()))->body, "hello");
  EXPECT_EQ(http->send(request("POST", server.url(), "x"))->body, "hello");
  auto with_key = known;
  with_key.client_key = client.certificate_file();
  EXPECT_EQ(transport({}, with_key)->send(request("GET", server.url()))->body, "hello");
}

TEST(CurlTransportTls, SaysWhenTheServerRefusesItsCertificate) {
  LoopbackServer client({text("")}, {.tls = true}), stranger({text("")}, {.tls = true});
  LoopbackServer server({text("hello")}, {.tls = true, .client_authority = client.certificate_file()});
  for (const std::string& shown : {std::string(), stranger.certificate_file()}) {
    const auto response = transport({}, {.ca_bundle = server.certificate_file(), .client_certificate = shown})
                              ->send(request("GET", server.url()));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::permission_denied) << response.error().message;
    EXPECT_THAT(response.error().message, HasSubstr("refuses the client's certificate, or there is none"));
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(CurlTransportTls, SaysWhenItsOwnCertificateCannotBeRead) {
  LoopbackServer server({text("")}, {.tls = true});
  const auto response =
      transport({}, {.ca_bundle = server.certificate_file(), .client_certificate = "/nonexistent/me.pem"})
          ->send(request("GET", server.url()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::invalid_input) << response.error().message;
  EXPECT_THAT(response.error().message, HasSubstr("the client's certificate or its key cannot be used"));
}

}  // namespace
}  // namespace almanac::adapters::http
