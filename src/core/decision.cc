#include "core/decision.h"

namespace almanac {

std::string_view to_string(Health health) {
  switch (health) {
    case Health::full:
      return "full";
    case Health::fallback:
      return "fallback";
    case Health::reactive:
      return "reactive";
    case Health::hold:
      return "hold";
  }
  return "unknown";
}

}  // namespace almanac
