#pragma once

namespace almanac::app {

inline constexpr const char* kVersion = ALMANAC_VERSION;

}  // namespace almanac::app
