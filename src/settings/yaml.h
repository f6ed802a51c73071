#pragma once

#include <filesystem>
#include <string>

#include "settings/key.h"
#include "settings/values.h"

namespace almanac::settings {

// Reads a YAML text as a block of `keys`. What is not there, not known or not understood goes to `mistakes` with its
// place and what was expected; never is anything guessed. Relative files are relative to `folder`.
Values read_yaml(const std::string& text, const Keys& keys, const std::filesystem::path& folder, Mistakes& mistakes);

}  // namespace almanac::settings
