#include "ports/notifier.h"

namespace almanac::ports {

std::string_view to_string(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::degraded:
      return "degraded";
    case NotificationKind::recovered:
      return "recovered";
    case NotificationKind::event_not_applied:
      return "event_not_applied";
    case NotificationKind::calendar_stale:
      return "calendar_stale";
    case NotificationKind::at_maximum:
      return "at_maximum";
    case NotificationKind::write_refused:
      return "write_refused";
    case NotificationKind::reverted:
      return "reverted";
  }
  return "unknown";
}

}  // namespace almanac::ports
