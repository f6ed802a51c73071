#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "ports/http_transport.h"
#include "ports/notifier.h"

namespace almanac::adapters::http {

struct WebhookOptions {
  int attempts = 3;
  std::chrono::milliseconds timeout{5'000};              // of one attempt
  std::chrono::milliseconds first_pause{1'000};          // doubled with every attempt, unless the server names one
  std::chrono::milliseconds longest_pause{5'000};        // a server that asks for more gets no further attempt now
  std::function<void(std::chrono::milliseconds)> pause;  // sleeps when empty
};

// POSTs each notification as JSON in the form of Slack's incoming webhooks (docs/formats.md, "Webhook").
//
// `url` is https, or http to this machine; it is a secret, so messages name its host only. Error invalid_input for any
// other URL.
//
// notify: 429, 5xx and lost connections are tried again, so that a message may arrive twice but is seldom lost. Errors:
// invalid_input when the webhook does not exist (any more) or does not take the message, permission_denied, throttled,
// unavailable.
Result<std::shared_ptr<ports::Notifier>> make_webhook_notifier(std::string url,
                                                               std::shared_ptr<ports::HttpTransport> transport,
                                                               WebhookOptions options = {});

}  // namespace almanac::adapters::http
