#include "adapters/http/webhook_notifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "adapters/http/secret_url.h"

namespace almanac::adapters::http {
namespace {

using ports::HttpResponse;
using ports::Notification;

// The three characters that mean something in Slack's text (https://api.slack.com/reference/surfaces/formatting). A
// calendar's event named "<!channel>" must not call everyone.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else
      result += c;
  }
  return result;
}

std::string to_json(const Notification& notification) {
  std::string text = fmt::format("[{}] {}", notification.group, notification.title);
  if (!notification.text.empty()) text += "\n" + notification.text;
  nlohmann::ordered_json json;
  json["text"] = escaped(text);
  json["kind"] = ports::to_string(notification.kind);
  json["group"] = notification.group;
  json["time"] = format_timestamp(notification.time);
  json["title"] = notification.title;
  json["detail"] = notification.text;
  // Names from files may hold bytes that are no UTF-8, which would throw.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// Whole seconds; dates are not read, they would need a clock that agrees with the server's.
std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response) {
  const auto text = response.header("retry-after");
  int seconds = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

class WebhookNotifier final : public ports::Notifier {
 public:
  WebhookNotifier(std::string url, std::string host, std::shared_ptr<ports::HttpTransport> transport,
                  WebhookOptions options)
      : url_(std::move(url)), host_(std::move(host)), transport_(std::move(transport)), options_(std::move(options)) {}

  Result<void> notify(const Notification& notification) override;

 private:
  Error refusal(int status) const;
  void pause(std::chrono::milliseconds time) const;

  std::string url_;  // a secret
  std::string host_;
  std::shared_ptr<ports::HttpTransport> transport_;
  WebhookOptions options_;
};

Result<void> WebhookNotifier::notify(const Notification& notification) {
  ports::HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  request.body = to_json(notification);
  request.timeout = options_.timeout;
  request.connect_timeout = std::min(request.connect_timeout, options_.timeout);
  request.max_response_bytes = 1U << 20U;

  std::chrono::milliseconds wait = options_.first_pause;
  for (int attempt = 1;; ++attempt, wait *= 2) {
    const auto response = transport_->send(request);
    if (response && response->status >= 200 && response->status < 300) return {};
    Error error = response ? refusal(response->status) : without_path(response.error(), host_);
    // The port knows no time_out: a message twice is no harm.
    if (error.code == ErrorCode::timed_out || error.code == ErrorCode::corrupt) error.code = ErrorCode::unavailable;
    if (!is_retryable(error.code) || attempt >= options_.attempts)
      return tl::unexpected(with_context(std::move(error), "webhook"));
    std::chrono::milliseconds asked = wait;
    if (response) asked = retry_after(*response).value_or(wait);
    if (asked > options_.longest_pause) return tl::unexpected(with_context(std::move(error), "webhook"));
    pause(asked);
  }
}

Error WebhookNotifier::refusal(int status) const {
  const std::string what = fmt::format("{} answers {}", host_, status);
  if (status == 429) return {ErrorCode::throttled, what + ": too many messages"};
  if (status >= 500) return {ErrorCode::unavailable, what};
  if (status == 401 || status == 403)
    return {ErrorCode::permission_denied, what + ": it does not accept this URL (any more); make a new webhook there"};
  if (status == 404 || status == 410)
    return {ErrorCode::invalid_input, what + ": there is no such webhook (any more); make a new one there"};
  return {ErrorCode::invalid_input, what + "; expected 200: is the URL that of an incoming webhook?"};
}

void WebhookNotifier::pause(std::chrono::milliseconds time) const {
  if (options_.pause)
    options_.pause(time);
  else
    std::this_thread::sleep_for(time);
}

}  // namespace

Result<std::shared_ptr<ports::Notifier>> make_webhook_notifier(std::string url,
                                                               std::shared_ptr<ports::HttpTransport> transport,
                                                               WebhookOptions options) {
  auto host = host_of_secret_url(url);
  if (!host) return tl::unexpected(with_context(host.error(), "webhook"));
  return std::make_shared<WebhookNotifier>(std::move(url), std::move(*host), std::move(transport), std::move(options));
}

}  // namespace almanac::adapters::http
