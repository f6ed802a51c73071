#pragma once

#include <string>

namespace almanac::app {

// Log lines go to standard error with time and level; results never do. Levels: debug, info, warning, error, off.
bool set_log_level(const std::string& level);
// Whether lines of this level are written: "info".
bool logs(const std::string& level);
void log_info(const std::string& message);
void log_warning(const std::string& message);

}  // namespace almanac::app
