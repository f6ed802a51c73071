#include "serving/http/event_stream.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::serving {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// How soon a viewer who left is noticed.
constexpr std::chrono::milliseconds kLook = 2s;

}  // namespace

std::string to_server_sent_event(const Feed::Message& message) {
  std::string text = fmt::format("id: {}\nevent: {}\n", message.id, message.event);
  std::string_view data = message.data;
  while (true) {
    const auto end = data.find_first_of("\r\n");
    text += fmt::format("data: {}\n", data.substr(0, end));
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + 1);
  }
  return text + "\n";
}

void stream_events(Feed::Subscription& subscription, std::chrono::milliseconds heartbeat,
                   const std::function<bool(std::string_view)>& send, const std::function<bool()>& is_gone) {
  if (!send("retry: 2000\n: welcome\n\n")) return;
  auto last_sent = Clock::now();
  while (!subscription.over()) {
    const auto message = subscription.next(std::min(kLook, heartbeat));
    if (is_gone()) return;
    if (message != nullptr) {
      if (!send(to_server_sent_event(*message))) return;
    } else if (Clock::now() - last_sent < heartbeat) {
      continue;
    } else if (!subscription.over() && !send(": still here\n\n")) {
      return;
    }
    last_sent = Clock::now();
  }
}

}  // namespace almanac::serving
