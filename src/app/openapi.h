#pragma once

#include <string_view>

namespace almanac::app {

// docs/openapi.yaml as it was when the program was built.
std::string_view openapi_yaml();

}  // namespace almanac::app
