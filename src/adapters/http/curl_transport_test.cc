#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "adapters/http/test_transport.h"

namespace almanac::adapters::http {
namespace {

using namespace std::chrono_literals;
using ports::HttpHeaders;
using ports::HttpRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

// Its first label has 64 characters, one too many: the resolver refuses it without asking a name server.
constexpr const char* kUnknownHost = "shopshopshopshopshopshopshopshopshopshopshopshopshopshopshopshop.invalid";

// --- What goes out, what comes back.

TEST(CurlTransport, SendsOnlyTheHeadersAskedFor) {
  LoopbackServer server({text("")});
  HttpRequest put = request("PUT", server.url("/object"), std::string(3000, 'x'));
  put.headers = {{"x-amz-date", "20261127T080000Z"}, {"X-Empty", ""}};
  ASSERT_TRUE(transport()->send(put));

  const LoopbackRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.body, put.body);
  // No Content-Type, no Accept, no "Expect: 100-continue".
  EXPECT_THAT(seen.headers, UnorderedElementsAre(Pair("host", fmt::format("127.0.0.1:{}", server.port())),
                                                 Pair("user-agent", "almanac/test"), Pair("content-length", "3000"),
                                                 Pair("x-amz-date", "20261127T080000Z"), Pair("x-empty", "")));
}

TEST(CurlTransport, ACallersHeadersReplaceItsOwn) {
  LoopbackServer server({text("")});
  HttpRequest post = request("POST", server.url(), "a=1");
  post.headers = {{"Content-Type", "application/json"},
                  {"User-Agent", "mine"},
                  {"Host", "signed.example"},
                  {"Content-Length", "3"},
                  {"Accept", "text/calendar"}};
  ASSERT_TRUE(transport()->send(post));
  EXPECT_THAT(server.requests().at(0).headers,
              UnorderedElementsAre(Pair("content-type", "application/json"), Pair("user-agent", "mine"),
                                   Pair("host", "signed.example"), Pair("content-length", "3"),
                                   Pair("accept", "text/calendar")));
}

TEST(CurlTransport, PathAndQueryGoOutAsTheyStand) {
  LoopbackServer server({text("")});
  const std::string target = "/a/../b//c%2fd/./%7E?b=2&a=1&empty&c=%20+/?";
  ASSERT_TRUE(transport()->send(request("GET", server.url(target))));
  EXPECT_EQ(server.requests().at(0).target, target);
}

TEST(CurlTransport, EveryMethodIsSentUnderItsName) {
  LoopbackServer server({text("body")});
  const auto http = transport();
  for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"}) {
    const auto response = http->send(request(method, server.url()));
    ASSERT_TRUE(response) << method << ": " << response.error().message;
    EXPECT_EQ(response->body, std::string(method) == "HEAD" ? "" : "body") << method;
    EXPECT_EQ(server.requests().back().method, method);
  }
  const auto seen = server.requests();
  EXPECT_EQ(seen.at(2).header("content-length"), "0");  // an empty PUT and POST say so
  EXPECT_EQ(seen.at(3).header("content-length"), "0");
}

TEST(CurlTransport, AHeadOfALargeObjectIsNoLargeAnswer) {
  LoopbackServer server({text(std::string(1000, 'x'))});
  HttpRequest head = request("HEAD", server.url());
  head.max_response_bytes = 10;
  const auto response = transport()->send(head);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header("content-length"), "1000");
}

TEST(CurlTransport, AnAnswerKeepsItsStatusHeadersAndBytes) {
  LoopbackReply reply = text(std::string("a\0b\r\n\xff", 6));
  reply.status = 503;
  reply.headers = {{"ETag", "\"1\""}, {"X-Space", "  padded  "}, {"Set-Cookie", "a"}, {"set-cookie", "b"}};
  LoopbackServer server({reply});
  const auto http = transport();
  const auto response = http->send(request("GET", server.url()));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);  // an answer, not an error
  EXPECT_EQ(response->body, reply.body);
  EXPECT_EQ(response->header("etag"), "\"1\"");
  EXPECT_EQ(response->header("x-space"), "padded");
  EXPECT_EQ(std::count_if(response->headers.begin(), response->headers.end(),
                          [](const auto& h) { return h.first == "set-cookie"; }),
            2);
  // Cookies are not kept.
  ASSERT_TRUE(http->send(request("GET", server.url())));
  EXPECT_FALSE(server.requests().back().header("cookie"));
}

TEST(CurlTransport, HeadersOfAnInterimAnswerAreNotTheAnswers) {
  LoopbackReply reply;
  reply.raw = "HTTP/1.1 103 Early\r\nETag: early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\nok";
  LoopbackServer server({reply});
  const auto response = transport()->send(request("GET", server.url()));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(response->header("etag"));
  EXPECT_EQ(response->header("a"), "b");
}

TEST(CurlTransport, RedirectsAreAnswers) {
  LoopbackReply reply;
  reply.status = 307;
  reply.headers = {{"Location", "/elsewhere"}};
  LoopbackServer server({reply});
  EXPECT_EQ(transport()->send(request("GET", server.url()))->status, 307);
  EXPECT_EQ(server.requests().size(), 1U);
}

// --- What is refused before a byte goes out.

TEST(CurlTransport, RefusesRequestsThatCannotBeSent) {
  LoopbackServer server({text("")});
  std::vector<HttpRequest> refused{request("PATCH", server.url()),
                                   request("get", server.url()),
                                   request("GET\r\nX: y", server.url()),
                                   request("GET", "ftp://127.0.0.1/"),
                                   request("GET", "/path"),
                                   request("GET", server.url("/a b")),
                                   request("GET", server.url(), "body"),
                                   request("DELETE", server.url(), "body")};
  for (const auto& header : HttpHeaders{{"X", "a\r\nInjected: b"},
                                        {"X", "a\nb"},
                                        {"X", std::string("a\0b", 3)},
                                        {"X: y\r\nInjected", "b"},
                                        {"", "b"},
                                        {"X Y", "b"},
                                        {"Transfer-Encoding", "chunked"},
                                        {"Content-Length", "7"}}) {
    refused.push_back(request("PUT", server.url(), "body"));
    refused.back().headers = {header};
  }
  refused.push_back(request("GET", server.url()));
  refused.back().timeout = -1ms;
  for (const HttpRequest& r : refused) {
    const auto response = transport()->send(r);
    ASSERT_FALSE(response) << r.method << ' ' << r.url;
    EXPECT_EQ(response.error().code, ErrorCode::invalid_input) << response.error().message;
    EXPECT_THAT(response.error().message, Not(HasSubstr("Injected")));
  }
  EXPECT_EQ(server.connections(), 0);
}

// --- Connections.

TEST(CurlTransport, RequestsOneAfterAnotherShareAConnection) {
  LoopbackServer first({text("1")}), second({text("2")});
  const auto http = transport();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(http->send(request("GET", first.url())));
    ASSERT_TRUE(http->send(request("POST", second.url(), "x")));
  }
  EXPECT_EQ(first.connections(), 1);
  EXPECT_EQ(second.connections(), 1);
}

TEST(CurlTransport, ThreadsGetTheirOwnAnswers) {
  LoopbackServer server([](const LoopbackRequest& r) { return text(r.target); });
  const auto http = transport();
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string path = fmt::format("/{}/{}", t, i);
        const auto response = http->send(request("GET", server.url(path)));
        if (response && response->body == path) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 200);
  EXPECT_LE(server.connections(), 8);  // at most one for each that ran at the same time
}

TEST(CurlTransport, AKeptConnectionThatTheServerClosedIsReplaced) {
  LoopbackReply closes = text("bye");
  closes.close = true;
  LoopbackServer server({closes});
  const auto http = transport();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(http->send(request("POST", server.url(), "x")));
  EXPECT_EQ(server.connections(), 3);
}

// The server may have acted on it, so a second copy is the caller's decision.
TEST(CurlTransport, AWriteOnAKeptConnectionIsNeverSentTwice) {
  for (const char* method : {"PUT", "POST"}) {
    for (const char* body : {"x", ""}) {
      LoopbackReply hangs_up;
      hangs_up.hang_up = true;
      LoopbackServer server({text(""), hangs_up, text("")});
      const auto http = transport();
      ASSERT_TRUE(http->send(request("GET", server.url())));
      const auto response = http->send(request(method, server.url(), body));
      ASSERT_FALSE(response) << method;
      EXPECT_EQ(response.error().code, ErrorCode::timed_out);
      EXPECT_EQ(server.requests().size(), 2U) << method << " with body '" << body << "'";
    }
  }
}

// --- Errors: had it an effect or not?

TEST(CurlTransport, NoConnectionIsUnavailable) {
  const auto refused = transport()->send(request("PUT", fmt::format("http://127.0.0.1:{}/p?k=secret", closed_port())));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("PUT http://127.0.0.1:"));
  EXPECT_THAT(refused.error().message, HasSubstr("/p: "));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));

  const auto unknown = transport()->send(request("GET", fmt::format("http://{}/", kUnknownHost)));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::unavailable);
  EXPECT_THAT(unknown.error().message, HasSubstr(kUnknownHost));
}

TEST(CurlTransport, AHandshakeThatNeverEndsIsUnavailable) {
  LoopbackServer silent([](const LoopbackRequest&) { return text(""); });  // speaks no TLS: waits for a request
  HttpRequest get = request("GET", fmt::format("https://127.0.0.1:{}/", silent.port()));
  get.connect_timeout = 200ms;
  const auto response = transport()->send(get);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("no connection within 0.2 s"));
}

TEST(CurlTransport, NoAnswerInTimeIsTimedOut) {
  LoopbackReply late = text("late");
  late.delay = 60s;
  LoopbackServer server({late});
  HttpRequest post = request("POST", server.url("/slow?k=secret"), "x");
  post.timeout = 200ms;
  const auto response = transport()->send(post);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timed_out);
  EXPECT_THAT(response.error().message, HasSubstr("/slow: no whole answer within 0.2 s"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
}

TEST(CurlTransport, WithoutATimeOutItWaits) {
  LoopbackReply late = text("late");
  late.delay = 400ms;
  LoopbackServer server({late});
  HttpRequest poll = request("GET", server.url());
  poll.connect_timeout = 0ms;
  poll.timeout = 0ms;
  EXPECT_EQ(transport()->send(poll)->body, "late");
}

TEST(CurlTransport, ABrokenConnectionIsTimedOut) {
  LoopbackReply cut = text("0123456789");
  cut.cut_after = 4;
  LoopbackReply hangs_up;
  hangs_up.hang_up = true;
  LoopbackReply half_a_chunk;
  half_a_chunk.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc";
  for (const LoopbackReply& reply : {cut, hangs_up, half_a_chunk}) {
    LoopbackServer server({reply});
    const auto response = transport()->send(request("PUT", server.url(), "x"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::timed_out) << response.error().message;
  }
}

TEST(CurlTransport, AnAnswerThatIsNoHttpIsCorrupt) {
  LoopbackReply garbage;
  garbage.raw = "SSH-2.0-OpenSSH_9.2\r\n";
  LoopbackServer server({garbage});
  const auto response = transport()->send(request("GET", server.url()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::corrupt) << response.error().message;
}

TEST(CurlTransport, ABodyMayBeAsLongAsAllowedAndNoLonger) {
  LoopbackReply chunked;
  chunked.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n6\r\nfghijk\r\n0\r\n\r\n";
  for (const LoopbackReply& reply : {text("abcdefghijk"), chunked}) {  // announced and not announced
    LoopbackServer server({reply});
    HttpRequest get = request("GET", server.url());
    get.max_response_bytes = 11;
    EXPECT_EQ(transport()->send(get)->body, "abcdefghijk");
    get.max_response_bytes = 10;
    const auto response = transport()->send(get);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::corrupt);
    EXPECT_THAT(response.error().message, HasSubstr("longer than the 10 bytes allowed"));
  }
}

TEST(CurlTransport, HeadersHaveALimitToo) {
  LoopbackReply many = text(""), one = text("");
  for (int i = 0; i < 100; ++i) many.headers.emplace_back("X", std::string(1000, 'x'));
  one.headers.emplace_back("X", std::string(300'000, 'x'));
  for (const LoopbackReply& reply : {many, one}) {
    LoopbackServer server({reply});
    const auto response = transport()->send(request("GET", server.url()));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::corrupt) << response.error().message;
  }
}

TEST(CurlTransport, ATransportWorksOnAfterAnyError) {
  LoopbackReply cut = text("0123456789"), garbage;
  cut.cut_after = 4;
  garbage.raw = "?";
  LoopbackServer server({cut, garbage, text("fine")});
  const auto http = transport();
  EXPECT_FALSE(http->send(request("PUT", server.url(), "x")));
  EXPECT_FALSE(http->send(request("HEAD", server.url())));
  const auto response = http->send(request("GET", server.url()));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "fine");
  EXPECT_EQ(server.requests().back().body, "");  // nothing of the earlier requests is left in the handle
}

// --- Proxies. Targets below are names that do not resolve: only the proxy can have answered.

TEST(CurlTransportProxy, AHttpRequestGoesToTheProxyWhole) {
  LoopbackServer proxy({text("by proxy")});
  const auto http = transport({{"HTTP_PROXY", proxy.url()}});
  const auto response = http->send(request("GET", "http://shop.invalid/a?b=1"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "by proxy");
  EXPECT_EQ(proxy.requests().at(0).target, "http://shop.invalid/a?b=1");
}

TEST(CurlTransportProxy, AHttpsRequestIsTunnelledAndItsCertificateVerified) {
  LoopbackServer shop({text("secret")}, {.tls = true, .certificate_names = "DNS:shop.invalid"});
  LoopbackReply tunnel;
  tunnel.tunnel_to = shop.port();
  LoopbackServer proxy({tunnel});
  HttpRequest get = request("GET", "https://shop.invalid/a");
  get.headers = {{"Authorization", "signature"}};

  const auto response =
      transport({{"https_proxy", proxy.url()}, {"SSL_CERT_FILE", shop.certificate_file()}})->send(get);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "secret");
  const LoopbackRequest connect = proxy.requests().at(0);
  EXPECT_EQ(connect.method, "CONNECT");
  EXPECT_EQ(connect.target, "shop.invalid:443");
  EXPECT_FALSE(connect.header("authorization"));  // headers are the target's
  EXPECT_EQ(shop.requests().at(0).header("authorization"), "signature");

  const auto refused = transport({{"HTTPS_PROXY", proxy.url()}})->send(get);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
}

TEST(CurlTransportProxy, AProxyThatRefusesOrStallsIsNoConnection) {
  LoopbackReply refuses, stalls;
  refuses.status = 407;
  stalls.delay = 60s;
  for (const LoopbackReply& reply : {refuses, stalls}) {
    LoopbackServer proxy({reply});
    HttpRequest put = request("PUT", "https://shop.invalid/a", "x");
    put.timeout = 300ms;
    const auto response = transport({{"HTTPS_PROXY", proxy.url()}})->send(put);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::unavailable) << response.error().message;
    EXPECT_EQ(proxy.requests().at(0).method, "CONNECT");
  }
}

TEST(CurlTransportProxy, ItsPasswordIsSentToItAndNeverShown) {
  LoopbackReply refuses;
  refuses.status = 407;
  LoopbackServer proxy({refuses});
  const auto http = transport({{"HTTPS_PROXY", fmt::format("http://user:hunter2@127.0.0.1:{}", proxy.port())}});
  const auto response = http->send(request("GET", "https://shop.invalid/"));
  ASSERT_FALSE(response);
  EXPECT_EQ(proxy.requests().at(0).header("proxy-authorization"), "Basic dXNlcjpodW50ZXIy");  // user:hunter2
  EXPECT_THAT(response.error().message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(response.error().message, Not(HasSubstr("dXNlcjpodW50ZXIy")));
}

TEST(CurlTransportProxy, ExcludedHostsAreReachedDirectly) {
  LoopbackServer proxy({text("by proxy")});
  const std::string shop = kUnknownHost;
  const auto http = transport({{"http_proxy", proxy.url()}, {"NO_PROXY", "elsewhere.invalid,." + shop}});
  EXPECT_FALSE(http->send(request("GET", "http://" + shop + "/")));  // direct, and the name does not resolve
  EXPECT_FALSE(http->send(request("GET", "http://www." + shop + "/")));
  EXPECT_TRUE(proxy.requests().empty());
  EXPECT_TRUE(http->send(request("GET", "http://work" + shop + "/")));
}

TEST(CurlTransportProxy, LoopbackNeverUsesIt) {
  LoopbackServer proxy({text("by proxy")}), server({text("direct")});
  const auto http = transport({{"http_proxy", proxy.url()}});
  EXPECT_EQ(http->send(request("GET", server.url()))->body, "direct");
  EXPECT_EQ(http->send(request("GET", fmt::format("http://localhost:{}/", server.port())))->body, "direct");
  EXPECT_TRUE(proxy.requests().empty());
}

}  // namespace
}  // namespace almanac::adapters::http
