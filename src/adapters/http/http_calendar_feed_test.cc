#include "adapters/http/http_calendar_feed.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/http/curl_transport.h"
#include "adapters/http/loopback_server.h"
#include "core/test_packing.h"
#include "ports/fake_http_transport.h"

namespace almanac::adapters::http {
namespace {

using ports::FakeHttpTransport;
using ports::HttpHeaders;
using ports::HttpResponse;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPath = "/ical/private-0123secret/basic.ics?token=alsosecret";

LoopbackReply reply(int status, std::string body = "", HttpHeaders headers = {}) {
  LoopbackReply r;
  r.status = status;
  r.body = std::move(body);
  r.headers = std::move(headers);
  return r;
}

std::shared_ptr<HttpCalendarFeed> feed(const std::string& url, std::shared_ptr<ports::HttpTransport> transport) {
  auto made = HttpCalendarFeed::make(url, std::move(transport));
  EXPECT_TRUE(made) << made.error().message;
  return *made;
}

std::shared_ptr<HttpCalendarFeed> feed(const LoopbackServer& server) {
  return feed(server.url(kPath), make_curl_transport());
}

TEST(HttpCalendarFeed, ReadsTheBytes) {
  LoopbackServer server({reply(200, "BEGIN:VCALENDAR")});
  EXPECT_EQ(feed(server)->read(), "BEGIN:VCALENDAR");
  EXPECT_EQ(server.requests().at(0).target, kPath);
}

TEST(HttpCalendarFeed, AnUnchangedCalendarIsNotSentAgain) {
  LoopbackServer server([](const LoopbackRequest& r) {
    const HttpHeaders version{{"ETag", "\"7\""}, {"Last-Modified", "Fri, 27 Nov 2026 08:00:00 GMT"}};
    return r.header("if-none-match") == "\"7\"" ? reply(304) : reply(200, "calendar", version);
  });
  const auto calendar = feed(server);
  EXPECT_EQ(calendar->read(), "calendar");
  EXPECT_EQ(calendar->read(), "calendar");
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_FALSE(seen.at(0).header("if-none-match"));
  EXPECT_EQ(seen.at(1).header("if-modified-since"), "Fri, 27 Nov 2026 08:00:00 GMT");
}

TEST(HttpCalendarFeed, AChangedCalendarReplacesTheCopy) {
  LoopbackServer server(
      {reply(200, "first", {{"ETag", "\"1\""}}), reply(200, "second", {{"ETag", "\"2\""}}), reply(304)});
  const auto calendar = feed(server);
  EXPECT_EQ(calendar->read(), "first");
  EXPECT_EQ(calendar->read(), "second");
  EXPECT_EQ(calendar->read(), "second");
  EXPECT_EQ(server.requests().back().header("if-none-match"), "\"2\"");
}

// A 200 that was cut off behind a proxy carries the ETag of the whole: kept, it would be "unchanged" for ever.
TEST(HttpCalendarFeed, WhatIsNotTrustedIsAskedForAsAWhole) {
  LoopbackServer server(
      {reply(200, "BEGIN:VCAL", {{"ETag", "\"7\""}}), reply(200, "BEGIN:VCALENDAR", {{"ETag", "\"7\""}})});
  const auto calendar = feed(server);
  EXPECT_EQ(calendar->read(), "BEGIN:VCAL");
  calendar->distrust();
  EXPECT_EQ(calendar->read(), "BEGIN:VCALENDAR");
  EXPECT_FALSE(server.requests().back().header("if-none-match"));
}

TEST(HttpCalendarFeed, PackedAnswersAreAskedForAndUnpacked) {
  const std::string text = "BEGIN:VCALENDAR" + std::string(100'000, ' ');
  LoopbackServer server({reply(200, packed(text), {{"Content-Encoding", "gzip"}})});
  EXPECT_EQ(feed(server)->read(), text);
  EXPECT_THAT(std::string(*server.requests().at(0).header("accept-encoding")), HasSubstr("gzip"));
}

TEST(HttpCalendarFeed, APackedAnswerThatIsCutDamagedOrTooLargeIsRefused) {
  const std::string bytes = packed(std::string(50'000, 'x') + "end");
  LoopbackReply cut = reply(200, bytes, {{"Content-Encoding", "gzip"}});
  cut.cut_after = bytes.size() / 2;
  std::string damaged = bytes;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  LoopbackServer server({cut, reply(200, bytes.substr(0, bytes.size() / 2), {{"Content-Encoding", "gzip"}}),
                         reply(200, damaged, {{"Content-Encoding", "gzip"}}),
                         reply(200, packed(std::string(40U << 20U, ' ')), {{"Content-Encoding", "gzip"}})});
  const auto calendar = feed(server);
  EXPECT_FALSE(calendar->read()) << "cut on the way";
  const auto half = calendar->read();
  EXPECT_TRUE(!half || half->size() < 50'003U) << "whole to HTTP: the calendar's own end is missed";
  EXPECT_FALSE(calendar->read()) << "damaged";
  const auto large = calendar->read();
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("longer than allowed"));
}

TEST(HttpCalendarFeed, WhyAnAnswerCannotBeUsedIsSaid) {
  const std::string bytes = packed(std::string(50'000, 'x') + "end");
  std::string checksum = bytes;
  checksum[bytes.size() - 6] = static_cast<char>(checksum[bytes.size() - 6] ^ 0x55);
  LoopbackReply cut = reply(200, "BEGIN:VCALENDAR and more");
  cut.cut_after = 15;
  const auto coded = [](const std::string& body, const char* coding) {
    return reply(200, body, {{"Content-Encoding", coding}});
  };
  const std::vector<std::pair<LoopbackReply, const char*>> answers{
      {cut, "the answer is cut off"},
      {coded(checksum, "gzip"), "the packed answer is damaged"},
      {coded("BEGIN:VCALENDAR", "gzip"), "the packed answer is damaged"},
      {coded(bytes.substr(0, bytes.size() - 4), "gzip"), "the packed answer is cut off"},
      {coded("\x0b\x02\x80", "br"), "the answer is sent in an encoding (br) that was not asked for"},
      {coded("x", "secret/path"), "the answer is sent in an encoding (unknown) that was not asked for"}};
  for (const auto& [answer, reason] : answers) {
    LoopbackServer server({answer});
    const auto read = feed(server)->read();
    ASSERT_FALSE(read) << reason;
    EXPECT_THAT(read.error().message, HasSubstr(reason));
    EXPECT_THAT(read.error().message, Not(HasSubstr("secret")));
  }
}

TEST(HttpCalendarFeed, AGzipOfSeveralMembersIsOneText) {
  LoopbackServer server({reply(200, packed("BEGIN:") + packed("VCALENDAR"), {{"Content-Encoding", "gzip"}}),
                         reply(200, packed("END") + std::string(100, '\0'), {{"Content-Encoding", "x-gzip"}}),
                         reply(200, packed("END") + "\n", {{"Content-Encoding", "gzip"}}),
                         reply(200, "plain", {{"Content-Encoding", "identity"}})});
  const auto calendar = feed(server);
  EXPECT_EQ(calendar->read(), "BEGIN:VCALENDAR");
  EXPECT_EQ(calendar->read(), "END") << "padding";
  EXPECT_EQ(calendar->read(), "END") << "a line end of the server's own";
  EXPECT_EQ(calendar->read(), "plain");
}

TEST(HttpCalendarFeed, DeflateIsReadWithItsFrameAndWithout) {
  LoopbackServer server(
      {reply(200, packed("BEGIN:VCALENDAR", Packing::zlib), {{"Content-Encoding", "deflate"}}),
       reply(200, packed("BEGIN:VCALENDAR without", Packing::raw), {{"Content-Encoding", "deflate"}})});
  const auto calendar = feed(server);
  EXPECT_EQ(calendar->read(), "BEGIN:VCALENDAR");
  EXPECT_EQ(calendar->read(), "BEGIN:VCALENDAR without");
}

TEST(HttpCalendarFeed, AFaultIsAnErrorAndNotAnOldCopy) {  // the store's last good copy stands in, and says so
  LoopbackServer server({reply(200, "calendar", {{"ETag", "\"1\""}}), reply(500), reply(304)});
  const auto calendar = feed(server);
  EXPECT_TRUE(calendar->read());
  EXPECT_FALSE(calendar->read());
  EXPECT_EQ(calendar->read(), "calendar");
}

TEST(HttpCalendarFeed, EachRefusalHasItsCode) {
  const std::vector<std::pair<int, ErrorCode>> refusals{
      {401, ErrorCode::permission_denied}, {403, ErrorCode::permission_denied},
      {404, ErrorCode::not_found},         {410, ErrorCode::not_found},
      {429, ErrorCode::throttled},         {500, ErrorCode::unavailable},
      {503, ErrorCode::unavailable},       {400, ErrorCode::corrupt},
      {204, ErrorCode::corrupt},           {304, ErrorCode::corrupt}};  // 304 without a copy
  for (const auto& [status, code] : refusals) {
    LoopbackServer server({reply(status)});
    const auto calendar = feed(server);
    const auto read = calendar->read();
    ASSERT_FALSE(read) << status;
    EXPECT_EQ(read.error().code, code) << status;
    EXPECT_THAT(read.error().message, StartsWith(calendar->name() + ": the server answers " + std::to_string(status)));
  }
}

TEST(HttpCalendarFeed, FollowsRedirects) {
  LoopbackServer server([](const LoopbackRequest& r) {
    if (r.target == kPath) return reply(302, "", {{"Location", "/a/b?x=1"}});
    if (r.target == "/a/b?x=1") return reply(308, "", {{"Location", "c.ics#fragment"}});
    return reply(200, r.target);
  });
  EXPECT_EQ(feed(server)->read(), "/a/c.ics");
}

TEST(HttpCalendarFeed, FiveRedirectsAndNoMore) {
  for (const int redirects : {5, 6}) {
    LoopbackServer server([redirects, n = std::make_shared<int>(0)](const LoopbackRequest&) {
      return ++*n <= redirects ? reply(301, "", {{"Location", fmt::format("/secret{}", *n)}}) : reply(200, "calendar");
    });
    const auto read = feed(server)->read();
    EXPECT_EQ(read.has_value(), redirects == 5);
    if (!read) {
      EXPECT_THAT(read.error().message, HasSubstr("more than 5 redirects"));
    }
    EXPECT_EQ(server.requests().size(), 6U);
  }
}

TEST(HttpCalendarFeed, NeverFollowsToPlainHttpOrIntoThisMachine) {
  for (const char* target :
       {"http://calendar.example/secret.ics", "http://169.254.169.254/secret", "https://127.0.0.1/",
        "http://localhost:8080/secret", "ftp://calendar.example/secret", "file:///etc/secret"}) {
    const auto transport = std::make_shared<FakeHttpTransport>();
    transport->answers.push_back(HttpResponse{302, {{"location", target}}, ""});
    const auto read = feed("https://calendar.example/basic.ics", transport)->read();
    ASSERT_FALSE(read) << target;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_input) << target;
    EXPECT_THAT(read.error().message, Not(HasSubstr("secret"))) << target;
    EXPECT_EQ(transport->requests.size(), 1U) << target;
  }
}

TEST(HttpCalendarFeed, ATooLongCalendarIsCorrupt) {
  LoopbackServer server({reply(200, std::string((16U << 20U) + 1, 'x'))});
  const auto read = feed(server)->read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::corrupt);
}

TEST(HttpCalendarFeed, AWebcalLinkIsReadOverHttps) {
  const auto transport = std::make_shared<FakeHttpTransport>();
  transport->answers.push_back(HttpResponse{200, {}, "calendar"});
  EXPECT_EQ(feed("webcal://calendar.example/team.ics#today", transport)->read(), "calendar");
  EXPECT_EQ(transport->requests.at(0).url, "https://calendar.example/team.ics");
}

TEST(HttpCalendarFeed, RefusesOtherUrls) {
  for (const char* url : {"http://calendar.example/secret.ics", "ftp://calendar.example/secret.ics", "secret.ics", "",
                          "https://user:secret@calendar.example/x.ics"}) {
    const auto made = HttpCalendarFeed::make(url, nullptr);
    ASSERT_FALSE(made) << url;
    EXPECT_EQ(made.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(made.error().message, Not(HasSubstr("secret")));
  }
}

// --- The name, which stands in messages and names the stored copy.

std::string name_of(const std::string& url) {
  return feed(url, nullptr)->name();
}

TEST(HttpCalendarFeed, ItsNameIsHostLastPartAndFingerprint) {
  EXPECT_EQ(name_of("https://Calendar.Example/ical/private-0123secret/basic.ics?token=alsosecret").substr(0, 26),
            "calendar.example/basic.ics");
  EXPECT_THAT(name_of("https://calendar.example/a.ics"), MatchesRegex("calendar\\.example/a\\.ics#[0-9a-f]{8}"));
  EXPECT_EQ(name_of("https://calendar.example/a.ics"), name_of("webcal://calendar.example/a.ics#x"));
}

TEST(HttpCalendarFeed, TwoFeedsOfOneHostHaveTwoNames) {
  EXPECT_NE(name_of("https://calendar.example/private-1/basic.ics"),
            name_of("https://calendar.example/private-2/basic.ics"));
  EXPECT_NE(name_of("https://calendar.example/basic.ics?k=1"), name_of("https://calendar.example/basic.ics?k=2"));
}

TEST(HttpCalendarFeed, ALastPartThatMayBeATokenIsNotShown) {
  for (const char* file : {"team.ics", "Team-events.ics", "holidays-2026.ics", "business_calendar.json", "UK.ics"})
    EXPECT_THAT(name_of(fmt::format("https://h.example/x/{}", file)), StartsWith(fmt::format("h.example/{}#", file)));
  for (const char* file : {"0f8fad5bd9cb469fa16570867728950e.ics", "xKqJvQ.ics", "a1b2c3.ics", "12345678.ics",
                           "aqwzsxedcrfvtgb.ics", "a-b-c-d-e.ics", "token", "", "%73ecret.ics", "a..ics", ".ics"})
    EXPECT_THAT(name_of(fmt::format("https://h.example/x/{}", file)), MatchesRegex("h\\.example/calendar#[0-9a-f]{8}"))
        << file;
}

TEST(HttpCalendarFeed, TheLinkIsNeverShown) {
  LoopbackReply cut = reply(200, "0123456789"), garbage;
  cut.cut_after = 4;
  garbage.raw = "?";
  std::vector<Error> errors;
  for (const LoopbackReply& r : {cut, garbage, reply(403, "secret"), reply(404), reply(500), reply(302),
                                 reply(302, "", {{"Location", "https://h.example/secret path"}})}) {
    LoopbackServer server({r});
    errors.push_back(feed(server)->read().error());
  }
  LoopbackServer distrusted({reply(200)}, {.tls = true});
  errors.push_back(feed(distrusted)->read().error());
  errors.push_back(
      feed(fmt::format("http://127.0.0.1:{}{}", closed_port(), kPath), make_curl_transport())->read().error());
  for (const Error& error : errors) {
    EXPECT_THAT(error.message, Not(HasSubstr("secret")));
    EXPECT_THAT(error.message, StartsWith("127.0.0.1/basic.ics#"));
  }
}

}  // namespace
}  // namespace almanac::adapters::http
