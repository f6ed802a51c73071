#include "ports/scaling_group.h"

#include <algorithm>

namespace almanac::ports {

std::string_view to_string(Blocker::Kind kind) {
  switch (kind) {
    case Blocker::Kind::cannot_launch:
      return "cannot_launch";
    case Blocker::Kind::cannot_terminate:
      return "cannot_terminate";
    case Blocker::Kind::floor_stands_still:
      return "floor_stands_still";
    case Blocker::Kind::being_replaced:
      return "being_replaced";
    case Blocker::Kind::others_stand_still:
      return "others_stand_still";
    case Blocker::Kind::other:
      return "other";
  }
  return "other";
}

const Blocker* find_blocker(const GroupState& group, Blocker::Kind kind) {
  const auto found =
      std::find_if(group.blockers.begin(), group.blockers.end(), [&](const Blocker& b) { return b.kind == kind; });
  return found == group.blockers.end() ? nullptr : &*found;
}

}  // namespace almanac::ports
