#include "core/version.h"

namespace almanac {

std::string program_version() {
  return ALMANAC_VERSION;
}

}  // namespace almanac
