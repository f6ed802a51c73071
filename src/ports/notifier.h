#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace almanac::ports {

// What a person should hear of without looking.
enum class NotificationKind {
  degraded,           // decisions left the full method: the ladder's rung and why
  recovered,          // and returned to it
  event_not_applied,  // an entry of the calendar could not be used
  calendar_stale,     // a calendar could not be read; its last good copy is in use, or none
  at_maximum,         // the group's maximum is lower than what would be needed
  write_refused,      // the group did not take a decision
  reverted,           // something else changed the capacity back
};

std::string_view to_string(NotificationKind kind);

struct Notification {
  NotificationKind kind = NotificationKind::degraded;
  std::string group;
  Timestamp time;
  std::string title;  // one line
  std::string text;   // what happened, what Almanac does about it, what a person can do

  bool operator==(const Notification&) const = default;
};

// Carries messages to people: SNS, a webhook. Thread-safe.
class Notifier {
 public:
  virtual ~Notifier() = default;
  // invalid_input, permission_denied, unavailable, throttled. A message that cannot be delivered never stops a tick.
  virtual Result<void> notify(const Notification& notification) = 0;
};

}  // namespace almanac::ports
