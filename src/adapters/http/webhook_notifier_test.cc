#include "adapters/http/webhook_notifier.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/http/curl_transport.h"
#include "adapters/http/loopback_server.h"
#include "ports/fake_http_transport.h"

namespace almanac::adapters::http {
namespace {

using namespace std::chrono_literals;
using ports::Notification;
using ports::NotificationKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kSecretPath = "/services/T000/B000/XyZsecret?key=alsosecret";

const Notification kNotification{NotificationKind::calendar_stale, "shop", *parse_timestamp("2026-11-27T08:00:00Z"),
                                 "calendar cannot be read", "Its copy of 07:55 is in use; check the link."};

// A notifier for a server, and how long it paused between attempts.
struct Webhook {
  explicit Webhook(const LoopbackServer& server) : Webhook(server.url(kSecretPath)) {}
  explicit Webhook(const std::string& url) {
    WebhookOptions options;
    options.timeout = 500ms;
    options.pause = [this](std::chrono::milliseconds time) { pauses.push_back(time); };
    notifier = *make_webhook_notifier(url, make_curl_transport(), options);
  }
  std::vector<std::chrono::milliseconds> pauses;
  std::shared_ptr<ports::Notifier> notifier;
};

LoopbackReply status(int code, ports::HttpHeaders headers = {}) {
  LoopbackReply reply;
  reply.status = code;
  reply.headers = std::move(headers);
  reply.body = "invalid_token: XyZsecret";  // a server may repeat the URL
  return reply;
}

TEST(WebhookNotifier, PostsTextForSlackAndFieldsForPrograms) {
  LoopbackServer server({status(200)});
  ASSERT_TRUE(Webhook(server).notifier->notify(kNotification));
  const LoopbackRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, kSecretPath);
  EXPECT_EQ(seen.header("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(nlohmann::json::parse(seen.body),
            (nlohmann::json{
                {"text", "[shop] calendar cannot be read\nIts copy of 07:55 is in use; check the link."},
                {"kind", "calendar_stale"},
                {"group", "shop"},
                {"time", "2026-11-27T08:00:00Z"},
                {"title", "calendar cannot be read"},
                {"detail", "Its copy of 07:55 is in use; check the link."},
            }));
}

TEST(WebhookNotifier, TextFromOutsideCannotCallEveryoneNorBreakTheMessage) {
  LoopbackServer server({status(200)});
  Notification notification = kNotification;
  notification.title = "event \"<!channel> R&D\" \xff";
  ASSERT_TRUE(Webhook(server).notifier->notify(notification));
  const auto json = nlohmann::json::parse(server.requests().at(0).body);
  EXPECT_THAT(json["text"].get<std::string>(),
              HasSubstr("event \"&lt;!channel&gt; R&amp;D\" \xef\xbf\xbd\n"));  // U+FFFD for what is no UTF-8
  EXPECT_THAT(json["title"].get<std::string>(), HasSubstr("<!channel> R&D"));
}

TEST(WebhookNotifier, TriesAgainAfterFaults) {
  LoopbackReply hangs_up;
  hangs_up.hang_up = true;
  LoopbackServer server({status(503), hangs_up, status(200)});
  Webhook webhook(server);
  EXPECT_TRUE(webhook.notifier->notify(kNotification));
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(webhook.pauses, ElementsAre(1s, 2s));
}

TEST(WebhookNotifier, WaitsAsLongAsTheServerAsks) {
  LoopbackServer server({status(429, {{"Retry-After", "3"}}), status(200)});
  Webhook webhook(server);
  EXPECT_TRUE(webhook.notifier->notify(kNotification));
  EXPECT_THAT(webhook.pauses, ElementsAre(3s));
}

TEST(WebhookNotifier, AWaitTooLongForATickIsNotWaited) {
  LoopbackServer server({status(429, {{"Retry-After", "3600"}})});
  Webhook webhook(server);
  const auto sent = webhook.notifier->notify(kNotification);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::throttled);
  EXPECT_THAT(webhook.pauses, IsEmpty());
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(WebhookNotifier, ARetryAfterThatIsNoNumberIsNotTrusted) {
  for (const char* value : {"-5", "soon", "99999999999999999999", "Fri, 27 Nov 2026 08:00:00 GMT"}) {
    LoopbackServer server({status(429, {{"Retry-After", value}}), status(200)});
    Webhook webhook(server);
    EXPECT_TRUE(webhook.notifier->notify(kNotification));
    EXPECT_THAT(webhook.pauses, ElementsAre(1s)) << value;
  }
}

TEST(WebhookNotifier, GivesUpAfterThreeAttempts) {
  LoopbackServer server({status(500)});
  Webhook webhook(server);
  const auto sent = webhook.notifier->notify(kNotification);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::unavailable);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(WebhookNotifier, ARefusalIsNotRepeatedAndSaysWhatToDo) {
  const std::vector<std::pair<int, ErrorCode>> refusals{
      {400, ErrorCode::invalid_input}, {401, ErrorCode::permission_denied}, {403, ErrorCode::permission_denied},
      {404, ErrorCode::invalid_input}, {410, ErrorCode::invalid_input},     {302, ErrorCode::invalid_input}};
  for (const auto& [code, expected] : refusals) {
    LoopbackServer server({status(code)});
    const auto sent = Webhook(server).notifier->notify(kNotification);
    ASSERT_FALSE(sent) << code;
    EXPECT_EQ(sent.error().code, expected) << code;
    EXPECT_THAT(sent.error().message, HasSubstr(fmt::format("webhook: 127.0.0.1 answers {}", code)));
    EXPECT_EQ(server.requests().size(), 1U) << code;
  }
}

TEST(WebhookNotifier, TheUrlIsNeverShown) {
  LoopbackReply slow, garbage;
  slow.delay = 60s;
  garbage.raw = "?";
  const auto error_of = [](const LoopbackReply& reply, const LoopbackOptions& options = {}) {
    LoopbackServer server({reply}, options);
    return Webhook(server).notifier->notify(kNotification).error();
  };
  const std::vector<Error> errors{
      error_of(status(400)),
      error_of(status(403)),
      error_of(status(429, {{"Retry-After", "60"}})),
      error_of(status(500)),
      error_of(slow),
      error_of(garbage),
      error_of(status(200), {.tls = true}),  // nobody vouches for the certificate
      Webhook(fmt::format("http://127.0.0.1:{}{}", closed_port(), kSecretPath)).notifier->notify(kNotification).error(),
      make_webhook_notifier("https://hooks.example/XyZsecret path", nullptr).error(),
      make_webhook_notifier("https://XyZsecret:x@hooks.example/", nullptr).error(),
      make_webhook_notifier("http://hooks.example/XyZsecret", nullptr).error(),
      make_webhook_notifier("XyZsecret", nullptr).error(),
  };
  for (const Error& error : errors) {
    EXPECT_THAT(error.message, Not(HasSubstr("secret")));
    EXPECT_THAT(error.message, Not(HasSubstr("T000")));
    EXPECT_THAT(error.message, HasSubstr("webhook: "));
    // The port's own codes.
    EXPECT_TRUE(error.code == ErrorCode::invalid_input || error.code == ErrorCode::permission_denied ||
                error.code == ErrorCode::unavailable || error.code == ErrorCode::throttled)
        << to_string(error.code);
  }
}

TEST(WebhookNotifier, PlainHttpIsForThisMachineOnly) {
  const auto made = make_webhook_notifier("http://hooks.example/x", nullptr);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(made.error().message, HasSubstr("hooks.example: http would show"));
  EXPECT_TRUE(make_webhook_notifier("http://localhost:8080/x", nullptr));
  EXPECT_TRUE(make_webhook_notifier("https://hooks.example/x", nullptr));
}

}  // namespace
}  // namespace almanac::adapters::http
