#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "serving/http/feed.h"

namespace almanac::serving {

// One message as a server-sent event (HTML standard, 9.2): id, event, data.
std::string to_server_sent_event(const Feed::Message& message);

// Sends messages as they come, and a comment every `heartbeat` without one, until the subscription is over, `send`
// refuses or `is_gone`. The first bytes go out at once and tell the browser to come back after 2 seconds.
void stream_events(Feed::Subscription& subscription, std::chrono::milliseconds heartbeat,
                   const std::function<bool(std::string_view)>& send, const std::function<bool()>& is_gone);

}  // namespace almanac::serving
